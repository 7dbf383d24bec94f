"""What a process has recorded goes into the store every few seconds, and when it ends.

So `kill -9` loses no more than that, and readers of other processes see values as soon. A process
that recorded nothing writes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from jedlik.kernel.metrics.points import POINTS_A_TASK, store_points
from jedlik.kernel.metrics.trimming import trim
from jedlik.kernel.store import Store
from jedlik.storage.failures import StorageFailure

FLUSH_SECONDS: Final = 10
"""Seconds between two writes: a fraction of the minute that may be lost."""
TRIM_SECONDS: Final = 60

_log = logging.getLogger(__name__)


async def store_recorded(store: Store) -> None:
    """Store all that this process has recorded so far. Raises StorageFailure; nothing is lost."""
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
    """The clockwork of one process's recorder. `samplers` are called before each flush, to record
    what is measured rather than counted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._task: asyncio.Task[None] | None = None
        self.samplers: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin, on the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End, with a last flush."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            with contextlib.suppress(StorageFailure):
                await self.flush()

    async def flush(self) -> None:
        """Store all that was recorded so far. Raises StorageFailure; nothing is lost then."""
        for sample in self.samplers:
            sample()
        await store_recorded(self._store)

    async def _run(self) -> None:
        second = 0
        while True:
            # Just after a full second, so that a minute's last second counts as that minute's.
            await asyncio.sleep(1.0 - self._store.clock.now() % 1.0)
            self._store.metrics.fold()
            second += 1
            try:
                if second % FLUSH_SECONDS == 0:
                    await self.flush()
                if second % TRIM_SECONDS == 0:
                    await self._trim()
            except StorageFailure as error:
                _log.warning("metrics wait for the storage: %s", error)
            except Exception:
                _log.exception("metrics could not be stored; it is tried again")

    async def _trim(self) -> None:
        more = True
        while more:
            more = await trim(self._store.engine, self._store.clock.now())
            await asyncio.sleep(0)
