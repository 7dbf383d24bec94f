"""PutScheduledAction, DescribeScheduledActions, DeleteScheduledAction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from jedlik.gateway.operation import Payload
from jedlik.services.autoscaling.errors import (
    LimitExceededException,
    ObjectNotFoundException,
    ScalingValidationException,
)
from jedlik.services.autoscaling.model import NAMESPACE, ScalableTarget, ScheduledAction
from jedlik.services.autoscaling.names import action_arn
from jedlik.services.autoscaling.operations.parameters import (
    check_bounds,
    is_asked_for,
    page,
    registered,
    scaled_of,
)
from jedlik.services.autoscaling.schedules import InvalidSchedule, read_schedule
from jedlik.services.autoscaling.store import all_targets, change_target
from jedlik.services.dynamodb.database.database import Database

MAX_ACTIONS: Final = 200
"""Scheduled actions of a target (Application Auto Scaling user guide, "Quotas")."""
_BOUNDS: Final = ("MinCapacity", "MaxCapacity")


async def put_scheduled_action(database: Database, payload: Payload) -> Payload:
    """Create or change a scheduled action; omitted members are unchanged."""
    scaled = scaled_of(payload)
    new_id = database.ids.uuid()
    now = round(database.clock.now(), 3)

    def decide(found: ScalableTarget | None) -> tuple[ScalableTarget, None]:
        target = registered(found, scaled)
        known = target.action(payload["ScheduledActionName"])
        if known is None and len(target.actions) >= MAX_ACTIONS:
            raise LimitExceededException(
                f"A scalable target has at most {MAX_ACTIONS} scheduled actions."
            )
        action = _changed(known, payload, now) if known else _new(payload, new_id, now)
        _check(action, target)
        return target.with_action(action), None

    await change_target(database, scaled, decide)
    return {}


def _new(payload: Payload, new_id: str, now: float) -> ScheduledAction:
    for member in ("Schedule", "ScalableTargetAction"):
        if payload.get(member) is None:
            raise ScalingValidationException(f"{member} must be set")
    return ScheduledAction(
        new_id,
        payload["ScheduledActionName"],
        now,
        payload["Schedule"],
        payload.get("Timezone") or "UTC",
        _bounds(payload),
        now,
        payload.get("StartTime"),
        payload.get("EndTime"),
    )


def _changed(known: ScheduledAction, payload: Payload, now: float) -> ScheduledAction:
    given = {
        "schedule": payload.get("Schedule"),
        "timezone": payload.get("Timezone"),
        "start": payload.get("StartTime"),
        "end": payload.get("EndTime"),
        "action": _bounds(payload) or None,
    }
    stated: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return replace(known, looked=now, **stated)


def _bounds(payload: Payload) -> dict[str, int]:
    given = payload.get("ScalableTargetAction") or {}
    return {member: given[member] for member in _BOUNDS if given.get(member) is not None}


def _check(action: ScheduledAction, target: ScalableTarget) -> None:
    if not action.action:
        raise ScalingValidationException(
            "At least one of minimum capacity and maximum capacity should be provided"
        )
    check_bounds(*(action.action.get(member) for member in _BOUNDS))
    if action.start is not None and action.end is not None and action.end <= action.start:
        raise ScalingValidationException("StartTime must be before EndTime")
    try:
        read_schedule(action.schedule, action.timezone, target.created)
    except InvalidSchedule as invalid:
        raise ScalingValidationException(str(invalid)) from None


async def describe_scheduled_actions(database: Database, payload: Payload) -> Payload:
    """A page of the scheduled actions, by resource, dimension and name."""
    wanted = payload.get("ScheduledActionNames")
    found = [
        _described(database, target, action)
        for target in await all_targets(database)
        if is_asked_for(payload, target.scaled)
        for action in target.actions
        if not wanted or action.name in wanted
    ]
    return page(payload, "ScheduledActions", found)


def _described(
    database: Database, target: ScalableTarget, action: ScheduledAction
) -> dict[str, Any]:
    times = {"StartTime": action.start, "EndTime": action.end}
    return {
        "ScheduledActionName": action.name,
        "ScheduledActionARN": action_arn(database.arns, target.scaled, action),
        "ServiceNamespace": NAMESPACE,
        "Schedule": action.schedule,
        "Timezone": action.timezone,
        "ResourceId": target.scaled.resource,
        "ScalableDimension": target.scaled.dimension,
        **{member: time for member, time in times.items() if time is not None},
        "ScalableTargetAction": action.action,
        "CreationTime": action.created,
    }


async def delete_scheduled_action(database: Database, payload: Payload) -> Payload:
    """Delete a scheduled action; the bounds do not change."""
    scaled = scaled_of(payload)
    name = payload["ScheduledActionName"]

    def decide(target: ScalableTarget | None) -> tuple[ScalableTarget, None]:
        if target is None or target.action(name) is None:
            raise ObjectNotFoundException(
                f"No scheduled action found for {scaled.named}, scheduled action name: {name}"
            )
        kept = tuple(action for action in target.actions if action.name != name)
        return replace(target, actions=kept), None

    await change_target(database, scaled, decide)
    return {}
