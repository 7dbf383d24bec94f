"""Commits for a store with a log, of a process that has it to itself.

No one else changes the store, so a batch is decided on the event loop, over the store as it is. Its
changes are written to the log; while that is flushed (see `flushes`) the loop goes on, and decides
what comes next over what is pending. Then they are put into the store, and the callers are
answered. Reads see a change no sooner than that: it is on the disk by then. (The store may put many
changes together; it is given time for that, and asked to catch up a little later.)

    loop   decide 1, log | decide 2, decide 3 | store 1, answer 1, log 2 and 3 | ...
    disk                 | flush              |                                | flush

Some things take long: to begin a log, to store where there is no room, and to decide tasks that
look at very much. These are done on a thread. For the last the loop decides only as much of a batch
as a few short requests take; after one that was long all the same the next ones are decided on the
thread, as `writer` does it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from jedlik.storage.engine import Value, WriteTask
from jedlik.storage.failures import OutcomeUnknown, StorageFailure, failure_of
from jedlik.storage.flushes import Flushes, FlushLost, WorkThread, make_flushes
from jedlik.storage.groupcommit import (
    MAX_BATCH_BYTES,
    Decided,
    Gatherer,
    TaskOutcome,
    Waiting,
    all_failed,
)
from jedlik.storage.writer import SYNC_INTERVAL

ON_LOOP: Final = 128 * 1024
"""The loop ends a batch with the task with which its reads and changes reach this many bytes."""

LONG: Final = 0.008
"""Seconds of the processor's time from which on the decision of a batch was long. While other
programs have the processor, deciding on the thread would only take longer still."""

APART: Final = 64
"""Batches that are decided on the thread after a long one."""

BEHIND: Final = 0.03
"""Seconds after which a store that is behind catches up."""

MAX_DECIDED: Final = 64
"""Batches that are decided while one is being flushed, at most; further tasks wait as they are, so
that a disk that takes very long fills no memory with what they change."""

_NOTHING: Final = object()


class LoggedStore(Protocol):
    """What the writer needs of the store. One thread at a time; all methods raise StorageFailure.

    `flushes`: whether `log` is to be flushed before a write is answered.
    """

    flushes: bool

    def decide(
        self, tasks: Sequence[WriteTask[Any]], max_bytes: int, pending: Mapping[bytes, Value]
    ) -> Decided:
        """Decide as many tasks as `groupcommit.decide` does, over the store with what is `pending`
        in it."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether `log` is quick."""
        ...

    def make_ready(self) -> None:
        """Prepare it. May take long."""
        ...

    @property
    def files(self) -> Sequence[int]:
        """The open files of the log, once it is ready."""
        ...

    @property
    def data_file(self) -> int:
        """The open file that `store` writes to, unflushed."""
        ...

    def log(self, changes: Mapping[bytes, Value]) -> int:
        """Write changes to the log, once it is ready; returns the place among `files` of the one
        that is to be flushed, if any is. After a failure they are not in the log."""
        ...

    def log_durably(self, changes: Mapping[bytes, Value]) -> None:
        """Write changes to the log, and flush it if it is to be flushed. After a failure they are
        not in the log. May take long."""
        ...

    def forget(self, reason: OSError) -> StorageFailure:
        """Take out of the log what it got last and could not flush; returns what the callers are
        told. May take long."""
        ...

    def store(self, changes: Mapping[bytes, Value]) -> bool:
        """Put into the store what was logged last; False if that takes longer than it should.
        Reads see it from now on."""
        ...

    @property
    def is_behind(self) -> bool:
        """Whether something that reads see is still to be put where it stays."""
        ...

    def catch_up(self) -> bool:
        """Put it there; False if that could not be done now."""
        ...

    def store_anyhow(self, changes: Mapping[bytes, Value]) -> None:
        """The same, and it may take long. Where it fails the log has lost the changes as well."""
        ...

    def flush(self) -> None:
        """Flush all that was logged. May take long."""
        ...


class _Flight(NamedTuple):
    """A batch that is decided and not answered."""

    batch: list[Waiting]
    outcomes: list[TaskOutcome]


class _Group:
    """Batches that are logged together, by one record."""

    def __init__(self) -> None:
        self.flights: list[_Flight] = []
        self.changes: dict[bytes, Value] = {}
        self.is_logged = False

    def add(self, batch: list[Waiting], decided: Decided) -> None:
        self.flights.append(_Flight(batch, decided.outcomes))
        self.changes.update(decided.changes)


class LoggedWriter:
    """Commits group after group; the next one is decided while one is being flushed."""

    def __init__(
        self,
        store: LoggedStore,
        flushes: Callable[[Sequence[int], int], Flushes] = make_flushes,
        timer: Callable[[], float] = time.thread_time,
    ) -> None:
        self.gatherer = Gatherer(self._hand_over, is_at_work=lambda: self._is_under_way)
        self._store = store
        self._timer = timer
        self._thread = WorkThread("jedlik-log")
        self._make_flushes = flushes
        self._flushes: Flushes | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._flushing: _Group | None = None
        self._decided = _Group()
        self._pending: dict[bytes, Value] = {}
        """The changes of both groups: what the next task has to see, and no read may."""
        self._long: list[Waiting] = []
        """A batch that is to be decided on the thread, once nothing is on its way."""
        self._apart = 0
        self._is_full = False
        self._flush_due: asyncio.TimerHandle | None = None
        self._catch_up_due: asyncio.TimerHandle | None = None
        self._all_done: asyncio.Future[None] | None = None

    async def close(self) -> None:
        """Finish what was accepted and end the thread."""
        await self.gatherer.close()
        if self._is_under_way and asyncio.get_running_loop() is not self._loop:
            self._settle()
        while self._is_under_way:
            self._all_done = asyncio.get_running_loop().create_future()
            await self._all_done
        for due in (self._flush_due, self._catch_up_due):
            if due is not None:
                due.cancel()
        self._thread.end()
        if self._flushes is not None:
            self._flushes.close()

    @property
    def _is_under_way(self) -> bool:
        return self._flushing is not None or bool(self._decided.flights or self._long)

    # --- On the loop --------------------------------------------------------------------------

    def _hand_over(self, batch: list[Waiting]) -> None:
        if self._loop is not self.gatherer.loop:
            self._settle()
            self._loop = self.gatherer.loop
        if self._apart:
            self._apart -= 1
            self._long = batch
            if self._flushing is None:
                self._go_on()
            return
        began = self._timer()
        decided = self._decide(batch, ON_LOOP, self._pending)
        if self._timer() - began > LONG:
            self._apart = APART
        self._decided.add(batch, decided)
        self._pending.update(decided.changes)
        rest = batch[len(decided.outcomes) :]
        if rest:
            self.gatherer.loop.call_soon(self._hand_over, rest)
        elif len(self._decided.flights) < MAX_DECIDED:
            self.gatherer.ready()
        else:
            self._is_full = True
        if self._flushing is None:
            self._go_on()

    def _go_on(self) -> None:
        """Send off what comes next, with nothing being flushed."""
        group = self._decided
        if group.flights:
            self._decided = _Group()
            self._flushing = group
            if self._is_full:
                self._is_full = False
                self.gatherer.ready()
            if not group.changes:
                self._answer(group, None)
            elif self._store.is_ready:
                self._log(group)
            else:
                self._thread.put(partial(self._make_ready, group))
        elif self._long:
            batch, self._long = self._long, []
            self._flushing = _Group()
            self._thread.put(partial(self._commit_apart, self._flushing, batch))
        elif self._all_done is not None:
            done, self._all_done = self._all_done, None
            done.set_result(None)

    def _log(self, group: _Group) -> None:
        try:
            place = self._store.log(group.changes)
        except Exception as error:
            self._answer(group, failure_of(error))
            return
        group.is_logged = True
        if not self._store.flushes:
            self._flush_later()
            self._flushed(group, None)
            return
        if self._flushes is None:
            self._flushes = self._make_flushes(self._store.files, self._store.data_file)
        self._flushes.start(place, partial(self._flushed, group))

    def _flushed(self, group: _Group, error: OSError | None) -> None:
        if isinstance(error, FlushLost):
            self._thread.put(partial(self._log_again, group, error))
        elif error is not None:
            self._thread.put(partial(self._forget_logged, group, error))
        elif self._store.store(group.changes):
            if self._catch_up_due is None and self._store.is_behind:
                self._catch_up_due = self.gatherer.loop.call_later(BEHIND, self._catch_up)
            self._answer(group, None)
        else:
            self._thread.put(partial(self._store_anyhow, group))

    def _answer(self, group: _Group, failed: StorageFailure | None) -> None:
        self._flushing = None
        groups = [group]
        if failed is not None:  # what was decided since then has seen changes that never were
            groups.append(self._decided)
            self._decided = _Group()
            self._pending.clear()
        elif not self._decided.flights:
            self._pending.clear()
        else:
            self._forget(group.changes)
        for each in groups:
            for batch, outcomes in each.flights:
                told = outcomes if failed is None else all_failed(failed, outcomes)
                self.gatherer.deliver(batch[: len(told)], told, ended=False)
        self._go_on()

    def _answer_apart(self, group: _Group, failed: StorageFailure | None) -> None:
        (batch, outcomes), *_ = group.flights
        if group.changes and not self._store.flushes:
            self._flush_later()
        self._answer(group, failed)
        rest = batch[len(outcomes) :]
        if rest:
            self._hand_over(rest)
        else:
            self.gatherer.ready()

    def _forget(self, stored: Mapping[bytes, Value]) -> None:
        """Reads find in the store what is no longer pending. What a later batch put into the same
        place stays; if it is the same, the store has that as well."""
        pending = self._pending
        for key, value in stored.items():
            if pending.get(key, _NOTHING) is value:
                del pending[key]

    def _catch_up(self) -> None:
        self._catch_up_due = None
        if not self._store.catch_up():
            self._catch_up_due = self.gatherer.loop.call_later(SYNC_INTERVAL, self._catch_up)

    def _flush_later(self) -> None:
        if self._flush_due is None:
            self._flush_due = self.gatherer.loop.call_later(SYNC_INTERVAL, self._flush)

    def _flush(self) -> None:
        self._flush_due = None
        self._thread.put(self._flush_now)

    def _settle(self) -> None:
        """Finish what was on its way for a loop that has ended. Its callers are gone."""
        self._thread.finish()
        error = self._flushes.finish() if self._flushes is not None else None
        group, self._flushing = self._flushing, None
        if group is not None and group.is_logged and error is not None:
            self._store.forget(error)
        elif group is not None and group.is_logged:
            self._attempt(partial(self._store.store_anyhow, group.changes))
        self._decided = _Group()
        self._pending.clear()
        self._long = []
        self._is_full = False
        self._flush_due = self._catch_up_due = None

    # --- On the thread ------------------------------------------------------------------------

    def _flush_now(self) -> None:
        self._attempt(self._store.flush)  # no caller waits for it

    def _make_ready(self, group: _Group) -> None:
        failed = self._attempt(self._get_ready)
        self._call(
            partial(self._log, group) if failed is None else partial(self._answer, group, failed)
        )

    def _get_ready(self) -> None:
        self._store.make_ready()
        if self._store.flushes and self._flushes is None:
            self._flushes = self._make_flushes(self._store.files, self._store.data_file)

    def _forget_logged(self, group: _Group, reason: OSError) -> None:
        group.is_logged = False
        self._call(partial(self._answer, group, self._store.forget(reason)))

    def _log_again(self, group: _Group, reason: FlushLost) -> None:
        failed: StorageFailure | None = self._store.forget(reason)
        if not isinstance(failed, OutcomeUnknown):
            failed = self._attempt(partial(self._put, group.changes))
        group.is_logged = False
        self._call(partial(self._answer, group, failed))

    def _store_anyhow(self, group: _Group) -> None:
        failed = self._attempt(partial(self._store.store_anyhow, group.changes))
        group.is_logged = False
        self._call(partial(self._answer, group, failed))

    def _commit_apart(self, group: _Group, batch: list[Waiting]) -> None:
        decided = self._decide(batch, MAX_BATCH_BYTES, {})
        group.add(batch, decided)
        failed = self._attempt(partial(self._put, decided.changes)) if decided.changes else None
        self._call(partial(self._answer_apart, group, failed))

    def _put(self, changes: Mapping[bytes, Value]) -> None:
        if not self._store.is_ready:
            self._get_ready()
        self._store.log_durably(changes)
        self._store.store_anyhow(changes)

    def _call(self, callback: Callable[[], None]) -> None:
        assert self._loop is not None, "its callers wait on one"
        with contextlib.suppress(RuntimeError):  # it is closed: no caller is waiting
            self._loop.call_soon_threadsafe(callback)

    # --- On either ----------------------------------------------------------------------------

    def _decide(
        self, batch: list[Waiting], max_bytes: int, pending: Mapping[bytes, Value]
    ) -> Decided:
        try:
            return self._store.decide([task for task, _ in batch], max_bytes, pending)
        except Exception as error:
            return Decided({}, all_failed(failure_of(error), batch))

    def _attempt(self, step: Callable[[], None]) -> StorageFailure | None:
        try:
            step()
        except Exception as error:
            return failure_of(error)
        return None
