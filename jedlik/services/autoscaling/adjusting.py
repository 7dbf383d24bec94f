"""Adjusts one target by its policy or its scheduled actions."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from jedlik.kernel.leases import Lease
from jedlik.services.autoscaling.consumption import MINUTE, consumed
from jedlik.services.autoscaling.model import ScalableTarget, Scaled, ScheduledAction
from jedlik.services.autoscaling.names import alarm_name
from jedlik.services.autoscaling.scaling import (
    current_capacity,
    keep_within,
    set_capacity,
    tell_bounds,
)
from jedlik.services.autoscaling.schedules import read_schedule
from jedlik.services.autoscaling.store import change_target, find_target
from jedlik.services.autoscaling.tracking import MINUTES_BELOW, decide
from jedlik.services.dynamodb.database.database import Database

DELAY_SECONDS: Final = 15
"""After a minute's end: processes store their metrics every ten seconds."""


def last_minute(now: float) -> int:
    """The last full minute whose metrics are stored, counted from the epoch."""
    return int(now - DELAY_SECONDS) // MINUTE


async def follow(database: Database, _lease: Lease, scaled: Scaled) -> None:
    """Apply a target's policy to its current state."""
    now = database.clock.now()
    target = await find_target(database, scaled)
    if target is None:
        return
    target = replace(target, history=target.history.as_of(now))
    if now < target.history.not_before:
        return
    current = await current_capacity(database, target.scaled)
    if current is None:
        return
    end = last_minute(now) * MINUTE
    minutes = await consumed(database, target.scaled, end, MINUTES_BELOW)
    for policy in target.policies:
        decision = decide(target, policy, current, minutes, now)
        if decision is not None:
            name = alarm_name(target.scaled, decision.alarm, policy.alarms[decision.alarm])
            cause = f"monitor alarm {name} in state ALARM triggered policy {policy.name}"
            await set_capacity(database, target, decision.capacity, cause)
            return


async def run_due_actions(database: Database, _lease: Lease, target: ScalableTarget) -> None:
    """Set the bounds of scheduled actions that are due."""
    now = database.clock.now()
    if target.suspended.get("ScheduledScalingSuspended"):
        return
    for action in target.actions:
        if _is_due(action, now):
            await _run(database, target, action, now)


def _is_due(action: ScheduledAction, now: float) -> bool:
    first = action.created if action.start is None else action.start
    due = read_schedule(action.schedule, action.timezone, first).next_after(action.looked)
    return due is not None and due <= now and (action.end is None or due <= action.end)


async def _run(
    database: Database, target: ScalableTarget, action: ScheduledAction, now: float
) -> None:
    def change(known: ScalableTarget | None) -> tuple[ScalableTarget | None, ScalableTarget | None]:
        if known is None or known.action(action.name) != action:
            return known, None
        minimum = action.action.get("MinCapacity", known.minimum)
        maximum = action.action.get("MaxCapacity", known.maximum)
        # A bound that passes the other one moves it along.
        if "MinCapacity" in action.action:
            maximum = max(minimum, maximum)
        else:
            minimum = min(minimum, maximum)
        changed = replace(known, minimum=minimum, maximum=maximum)
        changed = changed.with_action(replace(action, looked=now))
        return changed, changed

    changed = await change_target(database, target.scaled, change)
    if changed is not None:
        cause = f"scheduled action name {action.name} was triggered"
        await tell_bounds(database, changed, cause)
        await keep_within(database, changed)
