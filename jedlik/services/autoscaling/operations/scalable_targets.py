"""RegisterScalableTarget, DescribeScalableTargets, DeregisterScalableTarget."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from jedlik.gateway.operation import Payload
from jedlik.services.autoscaling.alarms import delete_alarms
from jedlik.services.autoscaling.errors import ObjectNotFoundException, ScalingValidationException
from jedlik.services.autoscaling.model import NAMESPACE, ScalableTarget, Scaled
from jedlik.services.autoscaling.names import target_arn
from jedlik.services.autoscaling.operations.parameters import (
    check_bounds,
    is_asked_for,
    page,
    scaled_of,
)
from jedlik.services.autoscaling.operations.tags import checked_tags
from jedlik.services.autoscaling.scaling import keep_within
from jedlik.services.autoscaling.store import all_targets, change_target
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.replication.scaling import service_role_arn

_SUSPENDED: Final = (
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
)
_TAGS_OF_KNOWN: Final = (
    "The scalable target that you tried to tag already exists. To update tags on an existing "
    "scalable target, use the TagResource API."
)


async def register_scalable_target(database: Database, payload: Payload) -> Payload:
    """Start scaling the capacity of a table or index, or change the bounds or the suspension.

    A capacity outside the new bounds is set to the nearer one immediately. Only a new target takes
    tags: those of a known one are changed by TagResource.
    """
    scaled = scaled_of(payload)
    check_bounds(payload.get("MinCapacity"), payload.get("MaxCapacity"))
    await _check_there(database, scaled)
    tags = checked_tags({}, payload.get("Tags") or {})
    new_id = database.ids.uuid().replace("-", "")
    now = round(database.clock.now(), 3)

    def decide(known: ScalableTarget | None) -> tuple[ScalableTarget | None, ScalableTarget]:
        if known is None:
            target = replace(_new(database, scaled, payload, new_id, now), tags=tags)
        elif tags:
            raise ScalingValidationException(_TAGS_OF_KNOWN)
        else:
            target = _changed(known, payload)
        return target, target

    target = await change_target(database, scaled, decide)
    if payload.get("MinCapacity") is not None or payload.get("MaxCapacity") is not None:
        await keep_within(database, target)
    return {"ScalableTargetARN": target_arn(database.arns, target.id)}


async def _check_there(database: Database, scaled: Scaled) -> None:
    table = await database.catalog.current(scaled.table)
    if table is None:
        raise ScalingValidationException(f"DynamoDB table does not exist: table/{scaled.table}")
    index = None if scaled.index is None else table.index(scaled.index)
    if scaled.index is not None and (index is None or index.local):
        raise ScalingValidationException(f"DynamoDB index does not exist: {scaled.resource}")


def _new(
    database: Database, scaled: Scaled, payload: Payload, new_id: str, now: float
) -> ScalableTarget:
    minimum, maximum = payload.get("MinCapacity"), payload.get("MaxCapacity")
    if minimum is None or maximum is None:
        raise ScalingValidationException(
            "You must specify both MinCapacity and MaxCapacity to register a new scalable target."
        )
    suspended = {**dict.fromkeys(_SUSPENDED, False), **_stated(payload)}
    # The service replaces any given role by its own ("RoleARN").
    role = service_role_arn(database.arns)
    return ScalableTarget(new_id, scaled, minimum, maximum, role, now, suspended)


def _changed(known: ScalableTarget, payload: Payload) -> ScalableTarget:
    minimum, maximum = payload.get("MinCapacity"), payload.get("MaxCapacity")
    minimum = known.minimum if minimum is None else minimum
    maximum = known.maximum if maximum is None else maximum
    check_bounds(minimum, maximum)
    suspended = {**known.suspended, **_stated(payload)}
    return replace(known, minimum=minimum, maximum=maximum, suspended=suspended)


def _stated(payload: Payload) -> dict[str, bool]:
    state = payload.get("SuspendedState") or {}
    return {member: state[member] for member in _SUSPENDED if state.get(member) is not None}


async def describe_scalable_targets(database: Database, payload: Payload) -> Payload:
    """A page of the targets, by resource and dimension."""
    found = [
        _described(database, target)
        for target in await all_targets(database)
        if is_asked_for(payload, target.scaled)
    ]
    return page(payload, "ScalableTargets", found)


def _described(database: Database, target: ScalableTarget) -> dict[str, Any]:
    return {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": target.scaled.resource,
        "ScalableDimension": target.scaled.dimension,
        "MinCapacity": target.minimum,
        "MaxCapacity": target.maximum,
        "RoleARN": target.role,
        "CreationTime": target.created,
        "SuspendedState": target.suspended,
        "ScalableTargetARN": target_arn(database.arns, target.id),
    }


async def deregister_scalable_target(database: Database, payload: Payload) -> Payload:
    """Stop scaling it; its policies and scheduled actions are deleted too."""
    scaled = scaled_of(payload)

    def decide(known: ScalableTarget | None) -> tuple[None, ScalableTarget]:
        if known is None:
            raise ObjectNotFoundException(f"No scalable target found for {scaled.named}")
        return None, known

    gone = await change_target(database, scaled, decide)
    await delete_alarms(database, scaled, gone.policies)
    return {}
