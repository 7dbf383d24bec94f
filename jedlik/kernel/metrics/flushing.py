"""Stores the metrics of a process every few seconds, and when it ends.

So `kill -9` loses only some seconds of metrics, and other processes see them after some seconds. A
process that has recorded nothing writes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from jedlik.base.turns import give_way
from jedlik.kernel.due_work import due_jobs
from jedlik.kernel.metrics.points import POINTS_A_TASK, store_points
from jedlik.kernel.metrics.trimming import trim
from jedlik.kernel.rounds import failures_logged
from jedlik.kernel.store import Store
from jedlik.storage.failures import StorageFailure

FLUSH_SECONDS: Final = 10
"""Seconds between two writes: a fraction of the minute that may be lost."""
TRIM_SECONDS: Final = 60
_TOO_SHORT: Final = 0.05

_log = logging.getLogger(__name__)


async def store_recorded(store: Store) -> None:
    """Store everything that this process has recorded. Raises StorageFailure, and then keeps it."""
    points = store.metrics.take()
    while points:
        some = points[:POINTS_A_TASK]
        try:
            dropped = await store_points(store.engine, some, store.clock.now())
        except BaseException:
            store.metrics.put_back(points)
            raise
        store.metrics.dropped += dropped
        del points[:POINTS_A_TASK]


class MetricsFlush:
    """Flushes one process's recorder at intervals. `samplers` are called before each flush, to
    record gauges; `after` are called after it, and `every_second` every second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._task: asyncio.Task[None] | None = None
        self.samplers: list[Callable[[], None]] = []
        self.after: list[Callable[[], Awaitable[None]]] = []
        self.every_second: list[Callable[[], None]] = []
        self.lag = 0.0
        """By how many seconds the last timer was late."""
        self.due_lag = 0.0
        """For how many seconds the job that is due first has waited, as of the last flush."""

    def start(self) -> None:
        """Start, on the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Stop, with a last flush."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            with contextlib.suppress(StorageFailure):
                await self.flush()

    async def flush(self) -> None:
        """Store everything recorded so far. Raises StorageFailure, and then keeps it."""
        for sample in self.samplers:
            sample()
        await store_recorded(self._store)
        now = self._store.clock.now()
        first = await due_jobs(self._store.engine, now, 1)
        self.due_lag = now - first[0].due if first else 0.0
        for call in self.after:
            await call()

    async def _run(self) -> None:
        second = 0
        while True:
            # Just after a full second, so that a minute's last second counts as that minute's.
            pause = 1.0 - self._store.clock.now() % 1.0
            if pause < _TOO_SHORT:  # the timer was a little early
                pause += 1.0
            begin = self._store.clock.monotonic()
            await asyncio.sleep(pause)
            self.lag = max(0.0, self._store.clock.monotonic() - begin - pause)
            self._store.metrics.fold()
            for call in self.every_second:
                call()
            second += 1
            with failures_logged(_log, "storing metrics"):
                if second % FLUSH_SECONDS == 0:
                    await self.flush()
                if second % TRIM_SECONDS == 0:
                    await self._trim()

    async def _trim(self) -> None:
        more = True
        while more:
            more = await trim(self._store.engine, self._store.clock.now())
            await give_way()
