"""The functions and mappings that have tags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from jedlik.base.limits import MAX_TAGS
from jedlik.services.lambda_.errors import FunctionNotFoundException, InvalidParameterValueException
from jedlik.services.lambda_.event_source_mappings import ChangeMapping, get_mapping
from jedlik.services.lambda_.names import has_qualifier, parse_resource
from jedlik.services.lambda_.operations.operation import Host
from jedlik.services.lambda_.store import ChangeFunction, get_function

Tags = dict[str, str]


async def tags_of(host: Host, arn: str) -> Tags:
    """The tags of a function or mapping. Raises FunctionNotFoundException."""
    kind, name = _resource(arn)
    engine = host.database.engine
    if kind == "function":
        return (await get_function(engine, host.database.arns, name)).tags
    return (await get_mapping(engine, name))[0].tags


async def change_tags(host: Host, arn: str, change: Callable[[Tags], Tags]) -> None:
    """Change them. Raises FunctionNotFoundException, or what `change` raises."""
    kind, name = _resource(arn)
    engine, arns = host.database.engine, host.database.arns

    def changed(before: Tags) -> Tags:
        after = change(before)
        check_tags(after)
        return after

    if kind == "function":
        task = ChangeFunction(arns, name, lambda each: replace(each, tags=changed(each.tags)))
        await engine.write(task)
    else:
        await engine.write(ChangeMapping(name, lambda each: replace(each, tags=changed(each.tags))))


def check_tags(tags: Tags) -> None:
    """Raise InvalidParameterValueException for more tags than a resource has."""
    if len(tags) > MAX_TAGS:
        raise InvalidParameterValueException("Number of tags exceeds resource tag limit.")


def _resource(arn: str) -> tuple[str, str]:
    resource = parse_resource(arn)
    if resource is None:
        if has_qualifier(arn):
            raise InvalidParameterValueException(
                "Tags on function aliases and versions are not supported. Please specify a "
                "function ARN."
            )
        raise FunctionNotFoundException(f"The resource {arn} does not exist.")
    return resource
