"""TagResource, UntagResource and ListTagsForResource, of alarms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from jedlik.gateway.operation import Payload
from jedlik.kernel.arns import Arns
from jedlik.services.cloudwatch.alarms.changes import ChangeAlarms
from jedlik.services.cloudwatch.alarms.model import Alarm, alarm_key, decode_alarm
from jedlik.services.cloudwatch.alarms.names import named_alarm
from jedlik.services.cloudwatch.errors import (
    InvalidParameterValueException,
    ResourceNotFoundException,
)
from jedlik.services.cloudwatch.monitoring import Monitoring
from jedlik.services.cloudwatch.wire.protocol import Members
from jedlik.storage.engine import Value

MAX_TAGS: Final = 50


def checked_tags(given: list[dict[str, str]]) -> dict[str, str]:
    """Tags of a request. Raises InvalidParameterValueException."""
    tags: dict[str, str] = {}
    for tag in given:
        key = tag["Key"]
        if key.lower().startswith("aws:") or key in tags:
            raise InvalidParameterValueException(f"The tag key {key} is reserved or given twice.")
        tags[key] = tag["Value"]
    _check_count(tags)
    return tags


def _check_count(tags: dict[str, str]) -> None:
    if len(tags) > MAX_TAGS:
        raise InvalidParameterValueException(f"A resource has at most {MAX_TAGS} tags.")


async def tag_resource(monitoring: Monitoring, payload: Payload) -> Members:
    """Add tags to an alarm, or replace their values."""
    tags = checked_tags(payload["Tags"])
    await _change(monitoring, payload["ResourceARN"], lambda known: {**known, **tags})
    return {}


async def untag_resource(monitoring: Monitoring, payload: Payload) -> Members:
    """Remove tags from an alarm."""
    gone = set(payload["TagKeys"])
    await _change(
        monitoring, payload["ResourceARN"],
        lambda known: {key: value for key, value in known.items() if key not in gone},
    )  # fmt: skip
    return {}


async def list_tags_for_resource(monitoring: Monitoring, payload: Payload) -> Members:
    """The tags of an alarm."""
    arn = payload["ResourceARN"]
    (stored,) = await monitoring.engine.read((alarm_key(_name(monitoring, arn)),))
    if stored is None:
        raise _not_found(arn)
    tags: list[dict[str, Any]] = [
        {"Key": key, "Value": value} for key, value in decode_alarm(stored).tags.items()
    ]
    return {"Tags": tags}


async def _change(
    monitoring: Monitoring, arn: str, change: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    def decide(_name: str, alarm: Alarm | None) -> dict[bytes, Value]:
        if alarm is None:
            raise _not_found(arn)
        tags = change(alarm.tags)
        _check_count(tags)
        return {alarm.key: replace(alarm, tags=tags).encode()}

    await monitoring.engine.write(ChangeAlarms([_name(monitoring, arn)], decide))


def _name(monitoring: Monitoring, arn: str) -> str:
    """The alarm with an ARN. Raises InvalidParameterValueException, and ResourceNotFoundException
    if it is another region's or account's where these make a difference."""
    if named_alarm(Arns(), arn) is None:
        raise InvalidParameterValueException(f"{arn} is no ARN of an alarm.")
    name = named_alarm(monitoring.store.arns, arn)
    if name is None:
        raise _not_found(arn)
    return name


def _not_found(arn: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(None, ResourceType="alarm", ResourceId=arn)
