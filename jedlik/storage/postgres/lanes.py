"""Which waiting tasks make the next batch, with several batches on their way at once.

A batch on its way has claimed the keys of its tasks. A task with one of those keys waits for its
end, and so do later tasks with any of *its* keys, so that no task is overtaken for ever. So the
batches of one node never compete for a key, and tasks on one key are in one batch or in order.

Some keys are in every task and are hardly ever changed, such as the version of a catalog. Claiming
those would leave one batch at a time. Which they are shows in what batches do with them: a key that
STEADY batches in a row have only read is not claimed until some batch changes it. This is only a
guess: the commit itself checks what was read.

Others are changed by every task, such as the counters of a table's items. If one of several keys
would do as well, the tasks of one batch should take the same one, and those of the next batch
another: `on_batch` says when a batch has left.

A batch leaves as in `groupcommit`: once a turn of the loop brings no further task, after a few
turns at most.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from jedlik.storage.engine import WriteTask
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.groupcommit import GATHERING, MAX_WAITING, TURNS
from jedlik.storage.postgres.decisions import Waiting

IN_FLIGHT: Final = 4
MAX_TASKS: Final = 512
"""Tasks of a batch."""
STEADY: Final = 16
_REMEMBERED: Final = 1024
"""Keys that are remembered as only read."""


class OnlyRead:
    """Keys that the last STEADY batches which had them did not change."""

    def __init__(self) -> None:
        self._keys: OrderedDict[bytes, int] = OrderedDict()

    def __contains__(self, key: object) -> bool:
        return self._keys.get(key, 0) >= STEADY  # type: ignore[call-overload, no-any-return]

    def learn(self, only_read: Iterable[bytes], changed: Iterable[bytes]) -> None:
        """Note the keys that a batch read and changed."""
        for key in changed:
            self._keys.pop(key, None)
        for key in only_read:
            self._keys[key] = self._keys.get(key, 0) + 1
            self._keys.move_to_end(key)
        while len(self._keys) > _REMEMBERED:
            self._keys.popitem(last=False)


Commit = Callable[[list[Waiting]], Awaitable[None]]
"""Commits a batch and answers all its callers; never raises."""


def _ignore(_number: int) -> None:
    """Nothing depends on which batch is next."""


class Lanes:
    """Queues the tasks of one event loop and hands batches of them to `commit`."""

    def __init__(self, commit: Commit, only_read: OnlyRead, in_flight: int = IN_FLIGHT) -> None:
        self._commit = commit
        self._only_read = only_read
        self._in_flight = in_flight
        self.on_batch: Callable[[int], None] = _ignore
        """Called with the number of the next batch, below `in_flight`, when one has left."""
        self._number = 0
        self._waiting: list[Waiting] = []
        self._claimed: set[bytes] = set()
        self._running: dict[asyncio.Task[None], list[bytes]] = {}
        self._gathering = False
        self._turns = 0
        self._seen = 0
        self._end = 0.0
        self._closed = False

    def join(self, task: WriteTask[Any]) -> asyncio.Future[Any]:
        """Queue a task; the future gets its result or its exception once the commit is over."""
        if self._closed:
            raise StorageUnavailable("the storage engine is closed")
        if len(self._waiting) >= MAX_WAITING:
            raise StorageUnavailable(f"{MAX_WAITING} writes are waiting already")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append(Waiting(task, task.keys, future, loop.time()))
        self._gather()
        return future

    async def close(self) -> None:
        """Refuse new tasks and return when all accepted ones are answered."""
        self._closed = True
        while self._waiting or self._running:
            if self._running:
                await asyncio.wait(self._running)
            await asyncio.sleep(0)

    def _gather(self) -> None:
        if self._gathering or len(self._running) >= self._in_flight:
            return
        self._gathering = True
        self._seen = 0
        self._turns = TURNS
        self._end = time.perf_counter() + GATHERING
        asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        waiting = len(self._waiting)
        if waiting != self._seen and self._turns and time.perf_counter() < self._end:
            self._seen = waiting
            self._turns -= 1
            asyncio.get_running_loop().call_soon(self._flush)
            return
        self._gathering = False
        batch, claims = self._take()
        if batch:
            self._claimed.update(claims)
            running = asyncio.get_running_loop().create_task(self._run(batch))
            self._running[running] = claims
            running.add_done_callback(self._ended)
            self._number = (self._number + 1) % self._in_flight
            self.on_batch(self._number)

    async def _run(self, batch: list[Waiting]) -> None:
        await self._commit(batch)

    def _ended(self, running: asyncio.Task[None]) -> None:
        self._claimed.difference_update(self._running.pop(running))
        if self._waiting:
            self._gather()

    def _take(self) -> tuple[list[Waiting], list[bytes]]:
        """Tasks whose keys are free, and the keys that they claim; the others continue to wait."""
        batch: list[Waiting] = []
        later: list[Waiting] = []
        claims: dict[bytes, None] = {}
        blocked: set[bytes] = set()
        claimed, only_read = self._claimed, self._only_read
        for place, waiting in enumerate(self._waiting):
            if len(batch) >= MAX_TASKS:
                later += self._waiting[place:]
                break
            own = [key for key in waiting.keys if key not in only_read]
            if claimed.isdisjoint(own) and blocked.isdisjoint(own):
                batch.append(waiting)
                claims.update(dict.fromkeys(own))
            else:
                later.append(waiting)
                blocked.update(own)
        self._waiting = later
        return batch, list(claims)
