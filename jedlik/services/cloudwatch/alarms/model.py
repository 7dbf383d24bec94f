"""A metric alarm, and its JSON as it is stored."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import orjson

from jedlik.kernel.keyspaces import ALARMS

OK: Final = "OK"
ALARM: Final = "ALARM"
INSUFFICIENT_DATA: Final = "INSUFFICIENT_DATA"

ACTIONS_OF: Final = {
    OK: "OKActions", ALARM: "AlarmActions", INSUFFICIENT_DATA: "InsufficientDataActions",
}  # fmt: skip
"""The member with the actions for an alarm's change into a state."""

UNCHECKED: Final = "Unchecked: Initial alarm creation"


@dataclass(frozen=True, slots=True)
class State:
    """The state of an alarm: `since` is when its value changed, `updated` when it was last written,
    in seconds."""

    value: str
    reason: str
    data: str
    updated: float
    since: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm. `id` distinguishes it from an earlier one with its name; `settings` are the members
    of PutMetricAlarm, `configured` is when they were stored."""

    name: str
    id: str
    settings: dict[str, Any]
    configured: float
    state: State
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> bytes:
        """Its key in the store."""
        return alarm_key(self.name)

    def encode(self) -> bytes:
        """The stored bytes."""
        return orjson.dumps(asdict(self))

    def with_settings(self, settings: dict[str, Any], now: float) -> Alarm:
        """The alarm with new settings; its state stays until the next evaluation."""
        return replace(self, settings=settings, configured=now)

    def with_state(self, value: str, reason: str, data: str, now: float) -> Alarm:
        """The alarm in a state."""
        since = self.state.since if value == self.state.value else now
        return replace(self, state=State(value, reason, data, now, since))

    @property
    def enabled(self) -> bool:
        """Whether its actions are carried out."""
        return self.settings.get("ActionsEnabled") is not False


def alarm_key(name: str) -> bytes:
    """The key of an alarm in the store."""
    return ALARMS + name.encode()


def decode_alarm(stored: bytes) -> Alarm:
    """The alarm of stored bytes."""
    members = orjson.loads(stored)
    return Alarm(**{**members, "state": State(**members["state"])})
