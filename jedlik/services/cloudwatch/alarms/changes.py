"""Changes of alarms, each in one commit with its history and the next jobs.

An alarm's evaluation and its actions are due work (see `kernel.due_work`): they survive the process
that created them, and another one continues them. An item of history is deleted by its own job,
after 30 days (API reference, "DescribeAlarmHistory").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from jedlik.kernel.arns import Arns
from jedlik.kernel.due_work import Job
from jedlik.kernel.keyspaces import ALARM_HISTORY
from jedlik.kernel.leases import Lease
from jedlik.kernel.metrics.points import DAY
from jedlik.services.cloudwatch.alarms.messages import event_of, shown_state
from jedlik.services.cloudwatch.alarms.model import ACTIONS_OF, Alarm, alarm_key, decode_alarm
from jedlik.storage.engine import Changes, Value

EVALUATION: Final = "alarm"
ACTION: Final = "alarm-action"
FORGETTING: Final = "alarm-history"

CONFIGURATION_UPDATE: Final = "ConfigurationUpdate"
STATE_UPDATE: Final = "StateUpdate"
ACTION_ITEM: Final = "Action"

_KEPT_SECONDS: Final = 30 * DAY
_TIME_SIZE: Final = 8


def history_prefix(name: str) -> bytes:
    """The prefix of the keys of an alarm's history."""
    return ALARM_HISTORY + name.encode() + b"\x00"


def history_item(
    name: str, kind: str, summary: str, data: dict[str, Any], now: float, number: int = 0
) -> dict[bytes, Value]:
    """The changes for an item of history; `number` distinguishes items of one time and kind."""
    moment = int(now * 1000).to_bytes(_TIME_SIZE, "big")
    key = history_prefix(name) + moment + kind[:1].encode() + bytes((number,))
    record = {
        "AlarmName": name,
        "AlarmType": "MetricAlarm",
        "Timestamp": now,
        "HistoryItemType": kind,
        "HistorySummary": summary[:255],
        "HistoryData": orjson.dumps({"version": "1.0", **data}).decode()[:4095],
    }
    forget = Job(FORGETTING, key.hex(), forgotten_at(key))
    return {key: orjson.dumps(record), **forget.puts()}


def forgotten_at(key: bytes) -> float:
    """When an item of history is deleted."""
    moment = int.from_bytes(key[-_TIME_SIZE - 2 : -2], "big")
    return moment / 1000 + _KEPT_SECONDS


def configured(old: Alarm | None, new: Alarm | None, now: float) -> dict[bytes, Value]:
    """The changes for an alarm that is created, updated or (`new` None) deleted."""
    alarm = new or old
    assert alarm is not None
    verb = "deleted" if new is None else "updated" if old is not None else "created"
    kind = {"deleted": "Delete", "updated": "Update", "created": "Create"}[verb]
    data: dict[str, Any] = {"type": kind}
    for member, each in (("createdAlarm" if old is None else "updatedAlarm", new),
                         ("deletedAlarm" if new is None else "previousAlarm", old)):  # fmt: skip
        if each is not None:
            data[member] = {"alarmName": each.name, **each.settings}
    changes: dict[bytes, Value] = {
        alarm.key: None if new is None else new.encode(),
        **history_item(alarm.name, CONFIGURATION_UPDATE, f'Alarm "{alarm.name}" {verb}', data, now),
    }
    if new is not None:
        changes |= Job(EVALUATION, new.name, now, evaluation_payload(new)).puts()
    return changes


def evaluation_payload(alarm: Alarm) -> bytes:
    """The payload of an evaluation job: which alarm of its name, in which configuration."""
    return orjson.dumps({"id": alarm.id, "configured": alarm.configured})


def transition(
    old: Alarm, new: Alarm, arns: Arns, new_id: Callable[[], str], now: float
) -> dict[bytes, Value]:
    """The changes for an alarm in a state: if the state is new, with its history, and its actions
    as jobs."""
    changes: dict[bytes, Value] = {new.key: new.encode()}
    if new.state.value == old.state.value:
        return changes
    summary = f"Alarm updated from {old.state.value} to {new.state.value}"
    states = {"oldState": shown_state(old.state), "newState": shown_state(new.state)}
    changes |= history_item(new.name, STATE_UPDATE, summary, states, now)
    if new.enabled:
        for action in new.settings.get(ACTIONS_OF[new.state.value]) or ():
            event = event_of(old, new, arns)
            payload = {"alarm": new.name, "action": action, "event": event, "failed": 0}
            changes |= Job(ACTION, new_id(), now, orjson.dumps(payload)).puts()
    return changes


class ChangeAlarms:
    """Write task: call `decide` with each alarm of `names` and its name, and store its changes.

    `decide` is pure, and its errors cancel everything. A `lease` is checked first.
    """

    def __init__(
        self,
        names: Sequence[str],
        decide: Callable[[str, Alarm | None], dict[bytes, Value]],
        lease: Lease | None = None,
    ) -> None:
        self._names = tuple(dict.fromkeys(names))
        self._decide = decide
        self._lease = lease
        own = () if lease is None else (lease.key,)
        self.keys = (*map(alarm_key, self._names), *own)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        """See WriteTask."""
        if self._lease is not None:
            self._lease.check(values[-1])
        changes: dict[bytes, Value] = {}
        for name, stored in zip(self._names, values, strict=False):
            changes |= self._decide(name, None if stored is None else decode_alarm(stored))
        return Changes(changes, None)
