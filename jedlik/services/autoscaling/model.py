"""A scalable target with its policies and scheduled actions: one record, changed as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from jedlik.kernel.leases import MAX_AHEAD

NAMESPACE: Final = "dynamodb"

POINTS_BELOW: Final = 20
"""How many percentage points below its target a utilization lowers the capacity."""

READ: Final = "Read"
WRITE: Final = "Write"


@dataclass(frozen=True, slots=True)
class Scaled:
    """The scaled resource: the read or the write capacity of a table, or of an index of it."""

    table: str
    index: str | None
    direction: str

    @property
    def resource(self) -> str:
        """The ResourceId."""
        return f"table/{self.table}" + (f"/index/{self.index}" if self.index else "")

    @property
    def dimension(self) -> str:
        """The ScalableDimension."""
        kind = "table" if self.index is None else "index"
        return f"{NAMESPACE}:{kind}:{self.direction}CapacityUnits"

    @property
    def member(self) -> str:
        """The member of ProvisionedThroughput."""
        return f"{self.direction}CapacityUnits"

    @property
    def in_words(self) -> str:
        """The name in activities."""
        return f"{self.direction.lower()} capacity units"

    @property
    def named(self) -> str:
        """The name in errors."""
        return (
            f"service namespace: {NAMESPACE}, resource ID: {self.resource}, "
            f"scalable dimension: {self.dimension}"
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """A target tracking policy. `configuration` has the API's form; `alarms` are the ids in the
    names of its alarms, by kind."""

    id: str
    name: str
    created: float
    configuration: dict[str, Any]
    alarms: dict[str, str]

    @property
    def lower(self) -> float:
        """The share of the capacity below which it is lowered (measured at a target of 70). With a
        target of 20 it is a hundredth, so that the capacity of an idle table is still lowered."""
        value: float = self.configuration["TargetValue"]
        return max(value - POINTS_BELOW, 1.0) / 100.0

    @property
    def target(self) -> float:
        """The share of the capacity that should be consumed."""
        value: float = self.configuration["TargetValue"]
        return value / 100.0

    def cooldown(self, member: str) -> float:
        """ScaleOutCooldown or ScaleInCooldown, in seconds."""
        seconds: float = self.configuration.get(member) or 0.0
        return seconds

    @property
    def scales_in(self) -> bool:
        """Whether it may lower the capacity."""
        return not self.configuration.get("DisableScaleIn")


@dataclass(frozen=True, slots=True)
class ScheduledAction:
    """New bounds at times. `action` is the ScalableTargetAction; `looked` is the time up to which
    its schedule was carried out."""

    id: str
    name: str
    created: float
    schedule: str
    timezone: str
    action: dict[str, int]
    looked: float
    start: float | None = None
    end: float | None = None


PATIENCE_SECONDS: Final = 300.0
"""Seconds without attempts after a failure: a refusal will be the same in a minute, and activities
are for people to read."""


@dataclass(frozen=True, slots=True)
class History:
    """The last changes: when capacity was raised and lowered, its new value, and the time before
    which there is no new attempt."""

    raised: float = 0.0
    lowered: float = 0.0
    set_to: int | None = None
    not_before: float = 0.0

    def as_of(self, now: float) -> History:
        """The same without times that only a wrong clock can have recorded."""
        latest = now + PATIENCE_SECONDS + MAX_AHEAD
        moments = (self.raised, self.lowered, self.not_before)
        raised, lowered, not_before = (each if each <= latest else 0.0 for each in moments)
        return replace(self, raised=raised, lowered=lowered, not_before=not_before)


@dataclass(frozen=True, slots=True)
class ScalableTarget:
    """A target. `suspended` is its SuspendedState."""

    id: str
    scaled: Scaled
    minimum: int
    maximum: int
    role: str
    created: float
    suspended: dict[str, bool]
    tags: dict[str, str] = field(default_factory=dict)
    policies: tuple[Policy, ...] = ()
    actions: tuple[ScheduledAction, ...] = ()
    history: History = History()

    def policy(self, name: str) -> Policy | None:
        """The policy with that name."""
        return next((each for each in self.policies if each.name == name), None)

    def action(self, name: str) -> ScheduledAction | None:
        """The scheduled action with that name."""
        return next((each for each in self.actions if each.name == name), None)

    def with_policy(self, policy: Policy) -> ScalableTarget:
        """The target with a policy added or replaced."""
        others = (each for each in self.policies if each.name != policy.name)
        return replace(self, policies=(*others, policy))

    def with_action(self, action: ScheduledAction) -> ScalableTarget:
        """The target with a scheduled action added or replaced."""
        others = (each for each in self.actions if each.name != action.name)
        return replace(self, actions=(*others, action))


def target_from_json(data: dict[str, Any]) -> ScalableTarget:
    """The target from its JSON (dataclasses become objects, tuples arrays)."""
    return ScalableTarget(
        **{
            **data,
            "scaled": Scaled(**data["scaled"]),
            "policies": tuple(Policy(**each) for each in data["policies"]),
            "actions": tuple(ScheduledAction(**each) for each in data["actions"]),
            "history": History(**data["history"]),
        }
    )
