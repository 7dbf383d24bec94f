"""TagResource, UntagResource, ListTagsForResource: tags of scalable targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from jedlik.gateway.operation import Payload
from jedlik.services.autoscaling.errors import (
    ResourceNotFoundException,
    ScalingValidationException,
    TooManyTagsException,
)
from jedlik.services.autoscaling.model import ScalableTarget
from jedlik.services.autoscaling.names import target_arn
from jedlik.services.autoscaling.store import all_targets, change_target
from jedlik.services.dynamodb.database.database import Database

MAX_TAGS: Final = 50
"""Tags of a target (Application Auto Scaling user guide, "Tagging support")."""

Tags = dict[str, str]


def checked_tags(tags: Tags, added: Tags) -> Tags:
    """Tags with others added. Raises ScalingValidationException and TooManyTagsException."""
    for key in added:
        if not key or key.lower().startswith("aws:"):
            raise ScalingValidationException(f"The tag key is not valid: {key}")
    together = {**tags, **added}
    if len(together) > MAX_TAGS:
        raise TooManyTagsException(f"The number of tags exceeds {MAX_TAGS}.")
    return together


async def tag_resource(database: Database, payload: Payload) -> Payload:
    """Add tags to a target."""
    await _change(database, payload, lambda tags: checked_tags(tags, payload["Tags"]))
    return {}


async def untag_resource(database: Database, payload: Payload) -> Payload:
    """Remove tags of a target."""
    gone = payload["TagKeys"]

    def without(tags: Tags) -> Tags:
        return {key: value for key, value in tags.items() if key not in gone}

    await _change(database, payload, without)
    return {}


async def list_tags_for_resource(database: Database, payload: Payload) -> Payload:
    """The tags of a target."""
    return {"Tags": (await _find(database, payload)).tags}


async def _find(database: Database, payload: Payload) -> ScalableTarget:
    arn = payload["ResourceARN"]
    for target in await all_targets(database):
        if target_arn(database.arns, target.id) == arn:
            return target
    raise _not_found(arn)


def _not_found(arn: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Scalable target not found: {arn}", ResourceName=arn)


async def _change(database: Database, payload: Payload, change: Callable[[Tags], Tags]) -> None:
    target = await _find(database, payload)

    def decide(known: ScalableTarget | None) -> tuple[ScalableTarget | None, None]:
        if known is None or known.id != target.id:
            raise _not_found(payload["ResourceARN"])
        return replace(known, tags=change(known.tags)), None

    await change_target(database, target.scaled, decide)
