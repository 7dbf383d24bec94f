"""Tags of tables and streams: their rules, and changing them.

Developer guide, "Tagging restrictions in DynamoDB": up to 50 tags, keys up to 128 and values up to
256 characters, none beginning with `aws:`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from jedlik.base.errors import (
    AccessDeniedException,
    ResourceInUseException,
    ValidationException,
)
from jedlik.base.limits import (
    MAX_EXAMINED_PARTS,
    MAX_TAG_KEY_SIZE,
    MAX_TAG_VALUE_SIZE,
    MAX_TAGS,
    MAX_TAGS_SIZE,
)
from jedlik.kernel.arns import Arns
from jedlik.kernel.catalog_version import CatalogChanged, next_version
from jedlik.kernel.keyspaces import CATALOG_VERSION, tags_key
from jedlik.services.dynamodb.capacity.budgets import CAPACITY_MODES, CAPACITY_TAG
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.resources import (
    Resource,
    Tags,
    find_resource,
    id_of,
    parse_tags,
    resource_not_found,
)
from jedlik.services.dynamodb.tables.model import ACTIVE, CREATING, DELETING
from jedlik.services.dynamodb.tables.waiting import IN_USE
from jedlik.storage.engine import Changes, Value

_OF_TABLE_OR_STREAM = re.compile(r"table/[^/]+(/stream/[^/]+)?").fullmatch
_FORBIDDEN = re.compile(r"[^\w\s.:/=+\-@]").search


def encode(tags: Tags) -> Value:
    """Stored bytes of tags; None, which deletes, if there are none."""
    return orjson.dumps(tags) if tags else None


def checked(given: Sequence[Mapping[str, Any]]) -> Tags:
    """The Tags member of a request. Raises ValidationException if it breaks a rule."""
    tags: Tags = {}
    if len(given) > MAX_EXAMINED_PARTS:
        raise too_many()
    for tag in given:
        key, value = tag.get("Key"), tag.get("Value")
        check_key(key)
        if not isinstance(value, str) or len(value) > MAX_TAG_VALUE_SIZE or _FORBIDDEN(value):
            shown = "null" if value is None else value
            raise ValidationException(f"The Tag Value provided is invalid, Value: {shown}")
        if key in tags:
            raise ValidationException(
                f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}"
            )
        if key == CAPACITY_TAG and value not in CAPACITY_MODES:
            # The service has no such tag; taken with a slip of the pen it would do nothing.
            modes = " or ".join(CAPACITY_MODES)
            raise ValidationException(f"The tag {key} takes {modes}, not '{value}'")
        tags[str(key)] = value
    check_count(tags)
    check_size(tags)
    return tags


def check_key(key: str | None) -> None:
    """Refuse a tag key that is empty, too long or the service's own."""
    if not isinstance(key, str) or not 0 < len(key) <= MAX_TAG_KEY_SIZE or _FORBIDDEN(key):
        shown = "null" if key is None else key
        raise ValidationException(f"The Tag Key provided is invalid, Key: {shown}")
    if key.lower().startswith("aws:"):
        raise ValidationException(f"Tag Key cannot be prefixed with aws:, Key: {key}")


def check_count(tags: Iterable[str]) -> None:
    """Refuse more tags than a resource may have."""
    if len(list(tags)) > MAX_TAGS:
        raise too_many()


def too_many() -> ValidationException:
    """The error if there are more tags than a resource may have."""
    return ValidationException(
        "Number of Tags exceed the current limit for the provided ResourceArn"
    )


def check_size(tags: Tags) -> None:
    """Refuse tags that are too long together."""
    size = sum(len(key.encode()) + len(value.encode()) for key, value in tags.items())
    if size > MAX_TAGS_SIZE:
        raise ValidationException(
            f"Tag set size {size} bytes is above max size limit of {MAX_TAGS_SIZE} bytes"
        )


def check_arn(arns: Arns, arn: str) -> None:
    """Raise ValidationException unless a ResourceArn is that of a table or stream."""
    if not arn.startswith("arn:"):
        raise ValidationException.of_values(f"ARNs must start with 'arn:': {arn}")
    parts = arn.split(":", 5)
    if len(parts) == 6 and parts[2] == "dynamodb" and "/index/" in parts[5]:
        raise ValidationException.of_values(
            f"Invalid resource arn provided, only table or stream is accepted. "
            f"Provided resource arn: {arn}"
        )
    if len(parts) < 6 or parts[2] != "dynamodb" or not _OF_TABLE_OR_STREAM(parts[5]):
        raise ValidationException.of_values(f"Provided Arn is not a DynamoDB resource arn: {arn}")
    if arns.resource(arn) is None:
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")


def check_tagged_arn(arns: Arns, arn: str) -> None:
    """As `check_arn`; raise AccessDeniedException if the ARN is another service's (observed)."""
    parts = arn.split(":", 5)
    if len(parts) == 6 and parts[0] == "arn" and parts[2] != "dynamodb":
        raise AccessDeniedException("Access is denied")
    check_arn(arns, arn)


async def find_tagged(database: Database, arn: str, *, changing: bool = False) -> Resource:
    """The resource of a ResourceArn, for reading its tags or for `changing` them.

    Raises AccessDeniedException, ValidationException, ResourceNotFoundException (also of a table
    that is still CREATING) and, if the tags of a table that is DELETING are to be changed,
    ResourceInUseException.
    """
    check_tagged_arn(database.arns, arn)
    resource = await find_resource(database.engine, database.arns, arn)
    status = await passing_status(database, arn)
    if status == CREATING:
        raise resource_not_found(arn)
    if changing and status == DELETING:
        raise being_deleted(database, arn)
    return resource


async def passing_status(database: Database, arn: str) -> str:
    """The status of the table of that ARN; always ACTIVE for a stream, and if tables are created
    and deleted instantly."""
    table, label = database.arns.resource(arn) or ("", "")
    if not database.transition_seconds or label is not None:
        return ACTIVE
    found = await database.catalog.current(table)
    return ACTIVE if found is None else found.status(database.clock.now())


def being_deleted(database: Database, arn: str) -> ResourceInUseException:
    """The error if something attached to a table that is DELETING is to be changed."""
    table, _ = database.arns.resource(arn) or (arn, None)
    return ResourceInUseException(f"{IN_USE}Table is being deleted: {table}")


class TagChange:
    """Write task: change a resource's tags. Raises CatalogChanged if it is another one by now.

    The catalog moves on with them: policies decide by tags (see `database.resources`).
    """

    def __init__(self, resource: Resource, change: Callable[[Tags], Tags]) -> None:
        self._resource = resource
        self._change = change
        self.keys = (CATALOG_VERSION, resource.key, tags_key(resource.id))

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        """See WriteTask."""
        version, description, stored = values
        if description is None or id_of(description) != self._resource.id:
            raise CatalogChanged
        before = parse_tags(stored)
        after = self._change(before)
        check_count(after)
        check_size(after)
        if after == before:
            return Changes({}, None)
        return Changes({self.keys[2]: encode(after), CATALOG_VERSION: next_version(version)}, None)
