"""Tags of clusters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from jedlik.base.limits import MAX_TAG_KEY_SIZE, MAX_TAG_VALUE_SIZE
from jedlik.gateway.operation import Payload
from jedlik.services.dax_control.errors import (
    InvalidARNFault,
    InvalidParameterValueException,
    TagNotFoundFault,
    TagQuotaPerResourceExceeded,
)
from jedlik.services.dax_control.model import MAX_TAGS, Cluster, State
from jedlik.services.dax_control.operations.control import (
    Control,
    find_cluster,
    page_of,
    with_token,
)

_ARN: Final = re.compile(r"arn:aws[a-z-]*:dax:[a-z0-9-]*:[0-9]{12}:cache/([^/]+)").fullmatch


async def list_tags(control: Control, payload: Payload) -> dict[str, Any]:
    """ListTags."""
    cluster = _named(await control.state(), payload)
    page, token = page_of({**payload, "MaxResults": 100}, cluster.tags)
    return with_token({"Tags": [{"Key": key, "Value": cluster.tags[key]} for key in page]}, token)


async def tag_resource(control: Control, payload: Payload) -> dict[str, Any]:
    """TagResource."""
    tags = checked_tags(payload["Tags"])

    def tag(state: State) -> Cluster:
        cluster = _named(state, payload)
        cluster.tags.update(tags)
        _check_count(cluster.tags)
        return cluster

    return _described(await control.change(tag))


async def untag_resource(control: Control, payload: Payload) -> dict[str, Any]:
    """UntagResource."""

    def untag(state: State) -> Cluster:
        cluster = _named(state, payload)
        for key in payload["TagKeys"]:
            if cluster.tags.pop(key, None) is None:
                raise TagNotFoundFault(f"There is no tag {key}.")
        return cluster

    return _described(await control.change(untag))


def checked_tags(given: Iterable[Any]) -> dict[str, str]:
    """Tags by their keys.

    Raises InvalidParameterValueException and TagQuotaPerResourceExceeded.
    """
    tags: dict[str, str] = {}
    for each in given:
        key, value = each.get("Key"), each.get("Value") or ""
        if not key or len(key) > MAX_TAG_KEY_SIZE or len(value) > MAX_TAG_VALUE_SIZE:
            raise InvalidParameterValueException(
                f"The key of a tag has 1 to {MAX_TAG_KEY_SIZE} characters, its value up to "
                f"{MAX_TAG_VALUE_SIZE}."
            )
        if key.lower().startswith("aws:"):
            raise InvalidParameterValueException("The key of a tag does not begin with aws:.")
        tags[key] = value
    _check_count(tags)
    return tags


def _check_count(tags: dict[str, str]) -> None:
    if len(tags) > MAX_TAGS:
        raise TagQuotaPerResourceExceeded(f"A cluster has up to {MAX_TAGS} tags.")


def named_cluster(arn: str) -> str | None:
    """The cluster that an ARN names; None if it is not a cluster's."""
    match = _ARN(arn)
    return None if match is None else match[1]


def _named(state: State, payload: Payload) -> Cluster:
    name = named_cluster(payload["ResourceName"])
    if name is None:
        raise InvalidARNFault(f"{payload['ResourceName']} is no ARN of a cluster.")
    return find_cluster(state, name)


def _described(cluster: Cluster) -> dict[str, Any]:
    return {"Tags": [{"Key": key, "Value": value} for key, value in cluster.tags.items()]}
