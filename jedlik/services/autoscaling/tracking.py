"""The decision of a target tracking policy on the consumed units.

Developer guide, "Managing throughput capacity automatically with DynamoDB auto scaling": capacity
is raised when two consecutive minutes are above the target utilization, and lowered when fifteen
are more than 20 points below it, to the value with the target utilization, within the bounds. A
capacity set by someone else is changed to that immediately (the alarms ProvisionedCapacityHigh and
-Low).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from jedlik.services.autoscaling.model import Policy, ScalableTarget

MINUTES_ABOVE: Final = 2
MINUTES_BELOW: Final = 15
_MINUTE: Final = 60

ALARM_HIGH: Final = "AlarmHigh"
ALARM_LOW: Final = "AlarmLow"
PROVISIONED_HIGH: Final = "ProvisionedCapacityHigh"
PROVISIONED_LOW: Final = "ProvisionedCapacityLow"
ALARMS: Final = (ALARM_LOW, ALARM_HIGH, PROVISIONED_LOW, PROVISIONED_HIGH)


class Decision(NamedTuple):
    """The capacity to set, and the kind of the alarm that triggered it."""

    capacity: int
    alarm: str


def decide(
    target: ScalableTarget, policy: Policy, current: int, minutes: Sequence[float], now: float
) -> Decision | None:
    """The capacity to set; None if it is right or must not be changed.

    `minutes` are units a second consumed in each of the last MINUTES_BELOW minutes, the oldest
    first; `current` is the provisioned capacity.
    """
    decision = _wanted(target, policy, current, minutes, now)
    if decision is None or decision.capacity == current:
        return None
    history, suspended = target.history, target.suspended
    if decision.capacity > current:
        cooling = now < history.raised + policy.cooldown("ScaleOutCooldown")
        if cooling or suspended.get("DynamicScalingOutSuspended"):
            return None
    else:
        cooling = now < max(history.raised, history.lowered) + policy.cooldown("ScaleInCooldown")
        forbidden = not policy.scales_in or suspended.get("DynamicScalingInSuspended")
        if cooling or forbidden:
            return None
    return decision


def _wanted(
    target: ScalableTarget, policy: Policy, current: int, minutes: Sequence[float], now: float
) -> Decision | None:
    share = policy.target
    latest = minutes[-MINUTES_ABOVE:]
    if min(latest) > current * share:
        raised = _clamped(target, latest[-1] / share)
        return Decision(raised, ALARM_HIGH) if raised > current else None
    set_to = target.history.set_to
    if set_to is not None and current != set_to and current >= target.minimum:
        alarm = PROVISIONED_HIGH if current > set_to else PROVISIONED_LOW
        return Decision(_clamped(target, latest[-1] / share), alarm)
    # Before the policy existed nothing was measured for it.
    long_enough = now - policy.created >= MINUTES_BELOW * _MINUTE
    if long_enough and max(minutes) < current * policy.lower:
        lowered = _clamped(target, max(minutes) / share)
        return Decision(lowered, ALARM_LOW) if lowered < current else None
    return None


def _clamped(target: ScalableTarget, units: float) -> int:
    # Slightly less, so that 70 units at 70 % are 100 and not, by a rounding error, 101.
    return min(max(math.ceil(units - 1e-9), target.minimum), target.maximum)
