"""Commits for processes that share a store, as far as they take no long time: on the event loop.

A thread of this process would take turns at the interpreter with the loop. Each of a commit's
system calls gives the turn away, and while the loop is busy with reads it takes half a millisecond
to get it back: two processes answered fewer requests of all kinds than one. So a batch is decided,
logged and published on the loop, and flushed by a process of its own (see `flushes`); one batch at
a time, while the next is being gathered. What has been published is put into LMDB's file while
another batch is flushed, or when a little time has passed.

The turn at the log is another process's at times, for as long as that decides: the loop looks again
in its next turns. What takes longer is done on a thread: to wait for that turn, a commit that is
made alone, and whatever follows from a failure.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from jedlik.storage.failures import OutcomeUnknown, StorageFailure, StorageFull, failure_of
from jedlik.storage.flushes import Flushes, FlushLost, WorkThread, make_flushes
from jedlik.storage.groupcommit import Gatherer, TaskOutcome, Waiting, all_failed
from jedlik.storage.lmdb.overlapping import Logged, OverlappingCommits
from jedlik.storage.lmdb.pending import Pending
from jedlik.storage.logged_writer import APART, LONG, ON_LOOP
from jedlik.storage.writer import SYNC_INTERVAL, committed

CATCH_UP: Final = 0.05
"""Seconds after which what was published is put into LMDB's file at the latest."""

LOOKS: Final = 0.001
"""Seconds for which the loop looks in each of its turns whether it is this process's, before a
thread waits."""


class SharedWriter:
    """Commits batch after batch."""

    def __init__(
        self,
        store: OverlappingCommits,
        flushes: Callable[[Sequence[int], int], Flushes] = make_flushes,
        timer: Callable[[], float] = time.thread_time,
    ) -> None:
        self.gatherer = Gatherer(self._hand_over, is_at_work=lambda: bool(self._batch))
        self._store = store
        self._make_flushes = flushes
        self._flushes: Flushes | None = None
        self._timer = timer
        self._thread = WorkThread("jedlik-writer")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._batch: list[Waiting] = []
        """What is being committed."""
        self._logged: Pending | None = None
        """What of it is being flushed."""
        self._looks_until = 0.0
        """When a thread is to wait for this process's turn; 0 while no one has looked."""
        self._apart = 0
        """Batches that are still to be committed on the thread, after one that took long."""
        self._catch_up_due: asyncio.TimerHandle | None = None
        self._flush_due: asyncio.TimerHandle | None = None

    async def close(self) -> None:
        """Finish what was accepted and end the thread."""
        await self.gatherer.close()
        if self._batch:  # of a loop that has ended
            self._settle()
        for due in (self._catch_up_due, self._flush_due):
            if due is not None:
                due.cancel()
        self._thread.end()
        if self._flushes is not None:
            self._flushes.close()

    # --- On the loop --------------------------------------------------------------------------

    def _hand_over(self, batch: list[Waiting]) -> None:
        if self._loop is not self.gatherer.loop:
            self._settle()
            self._loop = self.gatherer.loop
        self._batch = batch
        self._looks_until = 0.0
        if self._apart:
            self._apart -= 1
            self._thread.put(partial(self._commit, batch))
        else:
            self._begin(batch)

    def _begin(self, batch: list[Waiting]) -> None:
        if self._looks_until:
            self.gatherer.fill_up(batch)
        began = self._timer()
        try:
            logged = self._store.log([task for task, _ in batch], ON_LOOP)
        except BlockingIOError:
            self._look_again(batch)
            return
        except Exception:
            logged = None  # what it takes to go on, or what the callers are told, is found there
        if self._timer() - began > LONG:
            self._apart = APART
        if logged is None:
            self._thread.put(partial(self._commit, batch))
        elif logged.pending is None:
            self._answer(logged.outcomes)
        else:
            self._logged = logged.pending
            if self._store.flushes:
                self._flush(logged)
            else:
                self._flush_later()
                self._flushed(logged, None)
            if self._store.tail.is_long:
                self._store.catch_up()

    def _flush(self, logged: Logged) -> None:
        assert logged.pending is not None, "it was logged"
        if self._flushes is None:
            self._flushes = self._make_flushes(self._store.files, self._store.data_file)
        place = logged.pending.place
        # One process is enough to write LMDB's file out: that which made the last checkpoint.
        self._flushes.start(
            place.generation & 1,
            partial(self._flushed, logged),
            alone=place.snapshot.process != os.getpid(),
        )

    def _flush_later(self) -> None:
        if self._flush_due is None:
            self._flush_due = self.gatherer.loop.call_later(SYNC_INTERVAL, self._flush_now)

    def _flush_now(self) -> None:
        self._flush_due = None
        self._thread.put(self._flush_all)

    def _look_again(self, batch: list[Waiting]) -> None:
        now = time.monotonic()
        if not self._looks_until:
            self._looks_until = now + LOOKS
        if now < self._looks_until:
            self.gatherer.loop.call_soon(self._begin, batch)
        else:
            self._thread.put(partial(self._commit, batch))

    def _flushed(self, logged: Logged, error: OSError | None) -> None:
        pending, self._logged = self._logged, None
        assert pending is not None, "it was logged"
        if error is not None:
            self._thread.put(partial(self._drop, logged, error))
            return
        try:
            self._store.publish(pending)
        except StorageFailure as failed:
            self._answer(all_failed(failed, logged.outcomes))
            return
        self._committed(logged.outcomes)

    def _committed(self, outcomes: list[TaskOutcome]) -> None:
        self._catch_up_later()
        self._answer(outcomes)

    def _catch_up_later(self) -> None:
        if self._catch_up_due is None:
            self._catch_up_due = self.gatherer.loop.call_later(CATCH_UP, self._catch_up)

    def _catch_up(self) -> None:
        self._catch_up_due = None
        if not self._store.catch_up():
            self._catch_up_due = self.gatherer.loop.call_later(SYNC_INTERVAL, self._catch_up)

    def _answer(self, outcomes: list[TaskOutcome]) -> None:
        batch, self._batch = self._batch, []
        rest = batch[len(outcomes) :]
        self.gatherer.deliver(batch[: len(outcomes)], outcomes, ended=not rest)
        if rest:
            self.gatherer.loop.call_soon(self._hand_over, rest)

    def _settle(self) -> None:
        """Finish what was on its way for a loop that has ended. Its callers are gone."""
        self._thread.finish()
        error = self._flushes.finish() if self._flushes is not None else None
        pending, self._logged = self._logged, None
        self._batch = []
        self._catch_up_due = self._flush_due = None
        if pending is None:
            return
        if error is not None:
            self._store.drop(pending, error)
            return
        with contextlib.suppress(StorageFailure):  # no caller is there to be told
            self._store.publish(pending)

    # --- On the thread ------------------------------------------------------------------------

    def _flush_all(self) -> None:
        with contextlib.suppress(StorageFailure):  # no caller waits for it
            self._store.flush()

    def _commit(self, batch: list[Waiting]) -> None:
        self._call(committed(self._store.commit, self.gatherer, batch))

    def _drop(self, logged: Logged, error: OSError) -> None:
        assert logged.pending is not None, "it was logged"
        try:
            failed = self._store.drop(logged.pending, error)
        except Exception as other:
            failed = failure_of(other)
        can_help = isinstance(error, FlushLost) or isinstance(failed, StorageFull)
        if can_help and not isinstance(failed, OutcomeUnknown):
            self._commit(self._batch)
        else:
            self._call(all_failed(failed, logged.outcomes))

    def _call(self, outcomes: list[TaskOutcome]) -> None:
        assert self._loop is not None, "its callers wait on one"
        with contextlib.suppress(RuntimeError):  # it is closed: no caller is waiting
            self._loop.call_soon_threadsafe(self._committed, outcomes)
