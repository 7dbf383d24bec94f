"""The jobs of alarms: evaluation every period, actions, and deleting history."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final, Protocol

import orjson

from jedlik.base.errors import ServiceError
from jedlik.kernel.due_work import Job, Settle
from jedlik.kernel.leases import Lease
from jedlik.kernel.metrics.flushing import FLUSH_SECONDS, store_recorded
from jedlik.kernel.store import Store
from jedlik.services.cloudwatch.alarms.changes import (
    ACTION,
    ACTION_ITEM,
    EVALUATION,
    FORGETTING,
    ChangeAlarms,
    evaluation_payload,
    forgotten_at,
    history_item,
    transition,
)
from jedlik.services.cloudwatch.alarms.evaluation import Finding, evaluate, period_of
from jedlik.services.cloudwatch.alarms.model import Alarm, alarm_key, decode_alarm
from jedlik.storage.engine import Value

SETTLED_AFTER: Final = FLUSH_SECONDS + 2
"""Seconds after a period's end until all processes have stored their points of it."""
ATTEMPTS: Final = 3
FIRST_PAUSE: Final = 10.0

_log = logging.getLogger(__name__)


class ActionRunner(Protocol):
    """Carries out an alarm's actions."""

    async def run(self, action: str, event: bytes) -> str | None:
        """Send an event (JSON) to a function or an endpoint; returns the problem, if any."""
        ...


class Evaluations:
    """The jobs that evaluate alarms."""

    name = EVALUATION

    def __init__(self, store: Store) -> None:
        self._store = store

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """See JobKind."""
        store = self._store
        (stored,) = await store.engine.read((alarm_key(job.name),))
        alarm = None if stored is None else decode_alarm(stored)
        if alarm is None or evaluation_payload(alarm) != job.payload:
            return []  # it was deleted, or stored again with another job
        await store_recorded(store)
        now = store.clock.now()
        settled = now - SETTLED_AFTER
        finding = await self._finding(alarm, settled)
        if finding is not None:
            await self._write(alarm, finding, lease, now)
        period = period_of(alarm)
        return [job.again((int(settled) // period + 1) * period + SETTLED_AFTER)]

    async def _finding(self, alarm: Alarm, settled: float) -> Finding | None:
        try:
            return await evaluate(self._store.engine, alarm, settled)
        except ServiceError as error:
            _log.warning("alarm %s cannot be evaluated: %s", alarm.name, error)
            return None

    async def _write(self, alarm: Alarm, finding: Finding, lease: Lease, now: float) -> None:
        if finding.value == alarm.state.value:
            return
        store = self._store

        def decide(_name: str, current: Alarm | None) -> dict[bytes, Value]:
            if current is None or current.id != alarm.id or current.state != alarm.state:
                return {}
            found = current.with_state(*finding, now)
            return transition(current, found, store.arns, store.ids.uuid, now)

        await store.engine.write(ChangeAlarms([alarm.name], decide, lease))


class Actions:
    """The jobs that carry out actions: at most three attempts, with the result in the history."""

    name = ACTION

    def __init__(self, store: Store, runner: ActionRunner) -> None:
        self._store = store
        self._runner = runner

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """See JobKind."""
        job_members = job.members
        problem = await self._runner.run(job_members["action"], orjson.dumps(job_members["event"]))
        now = self._store.clock.now()
        failed = job_members["failed"] + 1
        if problem is not None and failed < ATTEMPTS:
            return [job.again(now + FIRST_PAUSE * 2 ** (failed - 1), failed=failed)]
        action = job_members["action"]
        summary = f"Successfully executed action {action}"
        state = "Succeeded" if problem is None else "Failed"
        if problem is not None:
            summary = f"Failed to execute action {action}. Received error: {problem}"
            _log.warning("alarm %s: %s", job_members["alarm"], summary)
        data = {"actionState": state, "notificationResource": action, "error": problem}
        number = int(job.name[:2], 16)  # several actions may end at the same time
        item = history_item(job_members["alarm"], ACTION_ITEM, summary, data, now, number)
        await self._store.engine.write(Settle(lease, job, (), item))
        return None


class Forgetting:
    """The jobs that delete items of history."""

    name = FORGETTING

    def __init__(self, store: Store) -> None:
        self._store = store

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """See JobKind."""
        key = bytes.fromhex(job.name)
        due = forgotten_at(key)
        if due > self._store.clock.now():
            return [job.again(due)]
        await self._store.engine.write(Settle(lease, job, (), {key: None}))
        return None
