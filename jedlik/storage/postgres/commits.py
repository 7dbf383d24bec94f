"""A batch from its first read to its last answer.

The problem: the keys that a task reads must not change until it is committed, but locking them when
they are read costs a transaction of four round trips, and holds locks (on keys that every batch of
every node reads, too) over two of them. So a batch is first tried without:

    read      one statement, no locks: the values of all keys, of the first tasks where they hold
              very much
    decide    the tasks run (see decisions)
    commit    one statement: locks the keys in order, compares their values, writes, commits

If a value has changed meanwhile, or is locked by another transaction, nothing happens and the batch
is retried. After OPTIMISTIC attempts it takes the long way, which cannot fail like that: a
transaction that locks all its keys in their order, waiting for each, and only then decides. This is
also the way of tasks that need a key to stay absent without putting it: a placeholder is put there,
which holds the lock, and is removed before the commit. Locks are in share mode if the last decision
only read the key; if this one changes it after all, the transaction begins again.

The gate. Share locks overlap: with enough nodes there is always one on a key that is in every
batch, and a task that changes the key might wait for ever. A task that has waited for GATE_AFTER
notes its keys in the gate, a row that every batch reads. Batches that only read one of these keys
hold back until the row is removed. Only waiting times depend on the gate, so one that was left by a
dead node is simply removed after a while.

Failures: if the database refused the batch, or was lost before the commit was sent, the batch is
retried until its time is up, and then had no effect. If the connection broke after that, the commit
may have happened: OutcomeUnknown, and no other attempt.
"""

from __future__ import annotations

import asyncio
import functools
import os
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any, Final

from jedlik.storage.failures import OutcomeUnknown, StorageFailure, StorageUnavailable
from jedlik.storage.groupcommit import MAX_BATCH_BYTES, TaskOutcome
from jedlik.storage.postgres.connections import Conflict, Connection, ConnectionLost, Connections
from jedlik.storage.postgres.decisions import Decisions, Waiting
from jedlik.storage.postgres.lanes import OnlyRead
from jedlik.storage.postgres.longkeys import stored_key, stored_value
from jedlik.storage.postgres.reads import PATIENCE, by_key, stored
from jedlik.storage.postgres.statements import (
    APPLY,
    CLEAR_NOTE,
    COMMIT,
    GATE_NOTE,
    LOCK,
    READ_BOUNDED,
    READ_FOR_WRITE,
    SET_NOTE,
    SHARE,
)

OPTIMISTIC: Final = 3
MIN_PATIENCE: Final = 1.0
"""Seconds that a batch has at least, however long its tasks have waited before."""
GATE_AFTER: Final = "300ms"
"""How long the first transaction with locks waits for one before the gate is closed."""
HOLD_BACK: Final = 0.5
"""Seconds that a batch waits at a closed gate before it treats the gate as abandoned."""
_AT_THE_GATE: Final = 0.005
"""Seconds between two reads of a closed gate: a few round trips."""
_MAX_PAUSE: Final = 0.1
FEW_KEYS: Final = 64
"""Up to this many keys are read whatever the sizes of their values: 25 MB, with the largest
items."""
AT_ONCE: Final = 256 * 1024
"""Bytes of values on which tasks are decided without a thread: some milliseconds for values of tiny
parts."""
_LENGTH: Final = 4
_NAME: Final = 8


class _HoldBack(Conflict):
    """Another node waits to change a key that this batch only reads. It is a Conflict: nothing has
    happened, and the connection remains usable."""


class _Batch:
    """A batch: tasks that are not answered yet."""

    def __init__(self, waiting: list[Waiting], deadline: float) -> None:
        self.waiting = waiting
        self.deadline = deadline
        self.attempts = 0
        self.to_change: set[bytes] = set()
        """Keys that an attempt found locked in share mode and wanted to change."""
        self.gate: bytes | None = None
        self.held_back = 0.0
        """The gate that it stands at, and since when."""
        self.committing: list[Waiting] = []
        """Tasks whose commit was sent and is not known to have failed."""

    def answer(self, outcomes: Sequence[tuple[Waiting, TaskOutcome]]) -> None:
        """Answer callers with the outcomes of their tasks."""
        answered = set()
        for waiting, (result, error) in outcomes:
            answered.add(waiting.future)
            if waiting.future.done():
                continue  # the caller was cancelled; its write took place all the same
            if error is None:
                waiting.future.set_result(result)
            else:
                fail([waiting], error)
        self.waiting = [waiting for waiting in self.waiting if waiting.future not in answered]


def fail(batch: Sequence[Waiting], error: BaseException) -> None:
    """Answer with an error."""
    for waiting in batch:
        if not waiting.future.done():
            waiting.future.set_exception(error)
            waiting.future.exception()  # no warning for a caller that went away


class Commits:
    """Commits batches over some connections."""

    def __init__(
        self, connections: Connections, only_read: OnlyRead, optimistic: int = OPTIMISTIC
    ) -> None:
        self._connections = connections
        self._only_read = only_read
        self._optimistic = optimistic
        self._name = os.urandom(_NAME)

    async def commit(self, waiting: list[Waiting]) -> None:
        """Commit the tasks, in one batch if they are not too large, and answer their callers."""
        loop = asyncio.get_running_loop()
        deadline = max(waiting[0].since + PATIENCE, loop.time() + MIN_PATIENCE)
        batch = _Batch(waiting, deadline)
        try:
            while batch.waiting:
                await self._try(batch)
        except BaseException as error:
            failure = (
                error if isinstance(error, StorageFailure) else StorageUnavailable(repr(error))
            )
            fail(batch.waiting, failure)
            if not isinstance(error, Exception):
                raise

    async def _try(self, batch: _Batch) -> None:
        """One attempt; returns after answers, or if it should be repeated."""
        now = asyncio.get_running_loop().time
        try:
            await self._connections.use(
                lambda connection: self._attempt(connection, batch), batch.deadline
            )
            batch.attempts = 0
        except _HoldBack:
            await asyncio.sleep(_AT_THE_GATE)
        except (Conflict, ConnectionLost) as error:
            if batch.committing and isinstance(error, ConnectionLost):
                unknown = OutcomeUnknown(f"the connection was lost during a commit: {error}")
                lost, batch.committing = batch.committing, []
                batch.answer([(each, TaskOutcome(None, unknown)) for each in lost])
                return
            if now() >= batch.deadline:
                reason = "does not answer" if isinstance(error, ConnectionLost) else "is contended"
                raise StorageUnavailable(f"the database {reason}: {error}") from error
            if isinstance(error, Conflict):
                batch.attempts += 1
                pause = min(0.001 * 2**batch.attempts, _MAX_PAUSE)
                await asyncio.sleep(pause * random.random())  # noqa: S311  no secret
        finally:
            batch.committing = []

    async def _attempt(self, connection: Connection, batch: _Batch) -> None:
        tasks, rows, gate = await _read(connection, batch.waiting)
        decisions = await _decided(tasks, by_key(rows))
        batch.answer(decisions.at_once)
        if not decisions.changes:
            return
        if gate is not None:
            await self._stop_at(gate, connection, batch, decisions)
        if decisions.unguarded or batch.attempts >= self._optimistic:
            await self._under_locks(connection, batch, decisions)
            return
        batch.committing = [waiting for waiting, _ in decisions.after]
        connection.warned = False
        if await connection.value(COMMIT, *decisions.arguments()) != 1:
            raise Conflict("values changed or are locked")
        self._committed(connection, batch, decisions)

    def _committed(self, connection: Connection, batch: _Batch, decisions: Decisions) -> None:
        self._only_read.learn(decisions.only_read, decisions.changes)
        after = decisions.after
        if connection.warned:
            # The wait for the standby was cancelled: for the time being, the commit exists.
            unknown = OutcomeUnknown("the database committed with a warning")
            after = [(waiting, TaskOutcome(None, unknown)) for waiting, _ in after]
        batch.answer(after)

    # --- The gate ------------------------------------------------------------------------------

    async def _stop_at(
        self, gate: bytes, connection: Connection, batch: _Batch, decisions: Decisions
    ) -> None:
        """Raise _HoldBack if the gate is for a key that the batch only reads."""
        if gate[:_NAME] == self._name or decisions.only_read.isdisjoint(_wanted(gate)):
            return
        now = asyncio.get_running_loop().time()
        if gate != batch.gate:  # a new gate is not abandoned yet
            batch.gate, batch.held_back = gate, now
        if now - batch.held_back < HOLD_BACK:
            raise _HoldBack
        await connection.fetch(CLEAR_NOTE, GATE_NOTE, gate)

    # --- Under locks ---------------------------------------------------------------------------

    async def _under_locks(
        self, connection: Connection, batch: _Batch, prefetched: Decisions
    ) -> None:
        wanted = sorted(key for key in prefetched.changes if key in prefetched.expected)
        gate = None
        if batch.attempts > self._optimistic and wanted:
            gate = self._name + b"".join(len(key).to_bytes(_LENGTH, "big") + key for key in wanted)
            await connection.fetch(SET_NOTE, GATE_NOTE, gate)
        try:
            await self._transaction(connection, batch, prefetched)
        except (Conflict, StorageFailure):
            await connection.run("ROLLBACK")
            raise
        finally:
            if gate is not None and connection.is_open:
                await connection.fetch(CLEAR_NOTE, GATE_NOTE, gate)

    async def _transaction(
        self, connection: Connection, batch: _Batch, prefetched: Decisions
    ) -> None:
        tasks = [waiting for waiting, _ in prefetched.after]
        keys = dict.fromkeys(key for waiting in tasks for key in waiting.keys)
        # Keys that are put without having been read are locked too, to keep the order of locks.
        keys.update(dict.fromkeys(prefetched.changes))
        values = prefetched.values
        alone = {
            key
            for key in keys
            if key in prefetched.changes or key not in values or key in batch.to_change
        }
        await connection.run("BEGIN ISOLATION LEVEL READ COMMITTED")
        if batch.attempts <= self._optimistic:
            await connection.run(f"SET LOCAL lock_timeout = '{GATE_AFTER}'")
        rows: list[Any] = []
        for is_alone, run in _in_order(keys, alone):
            rows += await connection.fetch(LOCK if is_alone else SHARE, run)
        present = by_key([(key, value) for key, value in rows if value is not None])
        decisions = await _decided(tasks, present)
        shared = keys.keys() - alone
        changed = shared & decisions.changes.keys()
        gone = {key for key in shared if key not in present}
        if changed or gone:
            batch.to_change |= changed | gone
            raise Conflict("a key was locked in share mode and has to be changed")
        batch.answer(decisions.at_once)
        puts = sorted(
            (stored_key(key), stored_value(key, value))
            for key, value in decisions.changes.items()
            if value is not None
        )
        placeholders = [
            key for key in alone if key not in present and decisions.changes.get(key) is None
        ]
        deletes = [key for key, value in decisions.changes.items() if value is None]
        await connection.fetch(
            APPLY,
            [key for key, _ in puts],
            [value for _, value in puts],
            stored(dict.fromkeys((*placeholders, *deletes))),
        )
        batch.committing = [waiting for waiting, _ in decisions.after]
        connection.warned = False
        await connection.run("COMMIT")
        self._committed(connection, batch, decisions)


async def _decided(tasks: list[Waiting], values: dict[bytes, bytes]) -> Decisions:
    """The decisions of tasks on values. If these are large, conditions may take long to evaluate:
    then a thread decides, as other engines' writers always do: one of its own, so that commits do
    not wait for whatever else is done in threads."""
    if sum(map(len, values.values())) <= AT_ONCE:
        return Decisions(tasks, values)
    return await asyncio.get_running_loop().run_in_executor(_thread(), Decisions, tasks, values)


@functools.cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "decisions")


async def _read(
    connection: Connection, waiting: list[Waiting]
) -> tuple[list[Waiting], list[Any], bytes | None]:
    """The first tasks (all of them, unless the values of their keys are very large), the rows of
    their keys, and the gate."""
    keys = stored(dict.fromkeys(key for each in waiting for key in each.keys))
    if len(keys) <= FEW_KEYS:
        rows = await connection.fetch(READ_FOR_WRITE, keys)
    else:
        # The first task is read whatever its size, or it would never be done.
        first = len(dict.fromkeys(waiting[0].keys))
        rows = await connection.fetch(READ_BOUNDED, keys, first, MAX_BATCH_BYTES)
    gate = next((value for key, value in rows if key is None), None)
    if gate is not None:
        rows = [row for row in rows if row[0] is not None]
    left_out = {key for key, value in rows if value is None}
    if left_out:
        rows = [row for row in rows if row[1] is not None]
        for place, each in enumerate(waiting):
            if not left_out.isdisjoint(stored(each.keys)):
                return waiting[:place], rows, gate
    return waiting, rows, gate


def _in_order(keys: dict[bytes, None], alone: set[bytes]) -> Iterator[tuple[bool, list[bytes]]]:
    """Stored keys in order, in runs of the same kind of lock."""
    ordered = sorted((stored_key(key), key in alone) for key in keys)
    for is_alone, run in groupby(ordered, key=lambda pair: pair[1]):
        yield is_alone, [key for key, _ in run]


def _wanted(gate: bytes) -> list[bytes]:
    keys = []
    at = _NAME
    while at < len(gate):
        start = at + _LENGTH
        at = start + int.from_bytes(gate[at:start], "big")
        keys.append(gate[start:at])
    return keys
