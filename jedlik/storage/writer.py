"""The thread that commits to SQLite's file, and what commits a batch on any thread.

The thread exists so that the flush of a commit never blocks the event loop. While it commits a
batch, new tasks gather. If enough of them are waiting when the commit is done (at least half as
many as it had), they immediately become the next batch. If not, the callers are answered first,
because most callers then write again, and the loop sends the next batch when its turns are over.

The tasks run on this thread too, inside the write transaction: nothing else can change the store
between a task's reads and its puts, not even another process. While another one has the store's
lock more tasks come; a batch takes them along once it has the lock itself.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

from jedlik.base.clock import Clock
from jedlik.storage.engine import WriteTask
from jedlik.storage.failures import StorageFailure, StorageUnavailable, failure_of
from jedlik.storage.groupcommit import Gatherer, TaskOutcome, Waiting, all_failed

_END: Final = None
"""Passed in place of a batch, this ends the thread; an empty batch does not."""

SYNC_INTERVAL: Final = 1.0
"""Seconds that a commit may stay unflushed with relaxed durability."""

Tasks = Callable[[], Sequence[WriteTask[Any]]]
"""The tasks of a batch, to be asked for once the store is locked; when asked again there may be
more behind them."""

Commit = Callable[[Tasks], list[TaskOutcome]]
"""Commits tasks and returns the outcomes of the first of them, at least one; or raises."""


class Writer:
    """Commits batch after batch on its own thread. `sync` is given if commits do not flush."""

    def __init__(self, commit: Commit, clock: Clock, sync: Callable[[], None] | None) -> None:
        self.gatherer = Gatherer(self._hand_over)
        self._commit = commit
        self._clock = clock
        self._sync = sync
        self._unsynced_since: float | None = None
        self._batches: queue.SimpleQueue[list[Waiting] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="jedlik-writer", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Finish what was accepted and end the thread."""
        await self.gatherer.close()
        if self._thread.is_alive():
            self._batches.put(_END)
            self._thread.join()

    def _hand_over(self, batch: list[Waiting]) -> None:
        if not self._thread.is_alive():
            dead = TaskOutcome(None, StorageUnavailable("the thread that commits has ended"))
            self.gatherer.deliver(batch, [dead] * len(batch), ended=True)
            return
        self._batches.put(batch)

    def _run(self) -> None:
        gatherer = self.gatherer
        batch = self._next()
        while batch is not _END:
            if not batch:
                # After an event loop has ended, the tasks of the next one may have gone with the
                # previous batch (`following`), so that none are left at its own turn.
                batch = self._next()
                continue
            outcomes = self._outcomes(batch)
            done = batch[: len(outcomes)]
            following = batch[len(outcomes) :] or gatherer.take(at_least=len(done) // 2)
            loop = done[0].future.get_loop()
            with contextlib.suppress(RuntimeError):  # the loop is closed: no caller is waiting
                loop.call_soon_threadsafe(gatherer.deliver, done, outcomes, not following)
            self._sync_if_due()
            batch = following or self._next()
        self._sync_now()

    def _outcomes(self, batch: list[Waiting]) -> list[TaskOutcome]:
        try:
            return committed(self._commit, self.gatherer, batch)
        finally:
            if self._unsynced_since is None:
                self._unsynced_since = self._clock.monotonic()

    def _next(self) -> list[Waiting] | None:
        if self._sync is not None and self._unsynced_since is not None:
            try:
                return self._batches.get(timeout=SYNC_INTERVAL)
            except queue.Empty:
                self._sync_now()
        return self._batches.get()

    def _sync_if_due(self) -> None:
        since = self._unsynced_since
        if since is not None and self._clock.monotonic() - since >= SYNC_INTERVAL:
            self._sync_now()

    def _sync_now(self) -> None:
        self._unsynced_since = None
        if self._sync is not None:
            with contextlib.suppress(StorageFailure):  # relaxed durability promises no flush
                self._sync()


def committed(commit: Commit, gatherer: Gatherer, batch: list[Waiting]) -> list[TaskOutcome]:
    """The outcomes of the first tasks of a batch, which takes along what is waiting once the store
    is locked. Whatever `commit` raises is the outcome of all."""

    def tasks() -> list[WriteTask[Any]]:
        gatherer.fill_up(batch)
        return [task for task, _ in batch]

    try:
        return commit(tasks)
    except Exception as error:
        return all_failed(failure_of(error), batch)
