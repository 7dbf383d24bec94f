"""Reading one stream: a task for each shard whose parent is done, beginning at its checkpoint.

A shard that was split or rotated has children, which hold the later changes of the same items. So
children wait until their parent has been read to its end, and the changes of an item are read in
order.

Everything that follows a stream reads it through here: functions, deliveries to other systems,
replicas, a live view. Each is a `Follower`, which says where its checkpoints are stored, what to do
with the records of a shard (`shard_reader` is the plain way), and what to do if that fails. A
`StreamReader` belongs to one process; `followers` makes sure that only one process has it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Any, Final, Protocol

from jedlik.kernel.leases import LeaseLost
from jedlik.services.dynamodb.streams.checkpoints import Checkpoint, Checkpoints
from jedlik.services.dynamodb.streams.reading import HORIZON
from jedlik.services.dynamodb.tables.stream import Shard, Stream

_log = logging.getLogger(__name__)

POLL_SECONDS: Final = 1.0
"""How often to look for new shards, and whether the stream may still be read."""
GONE_SECONDS: Final = 5.0
"""How often to look for a missing stream."""


class Stopping(Exception):
    """The reader has to end. Raised by `StreamReader.pause`; must not be caught."""


class Follower(Protocol):
    """What follows a stream."""

    async def stream(self) -> Stream | None:
        """The present stream; None if it is gone, or cannot be found yet."""
        ...

    async def may_read(self) -> bool:
        """Whether to start shards now; called every POLL_SECONDS."""
        ...

    async def checkpoints(self) -> Checkpoints:
        """How far it has come."""
        ...

    async def move(self, moved: Mapping[str, Checkpoint | None]) -> None:
        """Store checkpoints, or with None delete them. Raises LeaseLost."""
        ...

    def read_shard(self, stream: Stream, shard: Shard, position: int) -> Coroutine[Any, Any, None]:
        """Read a shard from a position to its end, moving its checkpoint, which is `ended` then."""
        ...

    async def failed(self, error: Exception) -> float:
        """Reading a shard failed; it starts again from its checkpoint.

        Returns the seconds until then. An exception ends the whole reader.
        """
        ...


class StreamReader:
    """Reads a stream in a task of its own, which `run` starts."""

    def __init__(self) -> None:
        self._stopping = asyncio.Event()
        self._shards: dict[str, asyncio.Task[None]] = {}
        self.task: asyncio.Task[None]

    def run(self, follower: Follower) -> None:
        """Start, on the running event loop. `task` ends with LeaseLost, with an exception of the
        follower, or without one after `stop`."""
        loop = asyncio.get_running_loop()
        self._stopped = loop.create_task(self._stopping.wait())
        self.task = loop.create_task(self._run(follower))

    async def stop(self, grace: float) -> None:
        """End it; work on records may take `grace` seconds."""
        self._stopping.set()
        await asyncio.wait([self.task], timeout=grace)
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def pause(self, seconds: float, until: asyncio.Future[None] | None = None, /) -> None:
        """Wait for some seconds, or until `until` is done. Raises Stopping if the reader has to
        end."""
        ends: list[asyncio.Future[Any]] = [self._stopped]
        if until is not None:
            ends.append(until)
        await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if self._stopping.is_set():
            raise Stopping

    async def _run(self, follower: Follower) -> None:
        try:
            while True:
                await self._start_shards(follower)
                await self._watch_shards(follower)
        except Stopping:
            await self._end_shards(follower)
        finally:
            tasks = [self._stopped, *self._shards.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _end_shards(self, follower: Follower) -> None:
        """Let shards finish the records in hand; `pause` ends them then."""
        results = await asyncio.gather(*self._shards.values(), return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, Stopping):
                try:
                    await follower.failed(result)
                except LeaseLost:
                    continue  # it was deleted meanwhile, or is read elsewhere by now
                except Exception as error:
                    _log.error("a shard could not be read to where it was to stop", exc_info=error)

    async def _watch_shards(self, follower: Follower) -> None:
        """Wait a little, and handle shards that have ended or failed."""
        shards = self._shards
        if shards:
            await asyncio.wait(
                [*shards.values(), self._stopped],
                timeout=POLL_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
        for shard_id in [shard_id for shard_id, task in shards.items() if task.done()]:
            error = shards.pop(shard_id).exception()
            if isinstance(error, Exception) and not isinstance(error, Stopping):
                seconds = await follower.failed(error)
                if seconds:
                    await self.pause(seconds)
            elif error is not None:
                raise error
        if self._stopping.is_set():
            raise Stopping
        if not shards:
            await self.pause(POLL_SECONDS)

    async def _start_shards(self, follower: Follower) -> None:
        stream = await follower.stream()
        if stream is None:
            await self.pause(GONE_SECONDS)
            return
        if not await follower.may_read():
            return
        checkpoints = await follower.checkpoints()
        there = {shard.id for shard in stream.shards}
        ended = {shard_id for shard_id, checkpoint in checkpoints.items() if checkpoint.ended}
        for shard in stream.shards:
            waits = shard.parent in there and shard.parent not in ended
            if shard.id in ended or shard.id in self._shards or waits:
                continue
            checkpoint = checkpoints.get(shard.id)
            position = HORIZON if checkpoint is None else checkpoint.position
            reading = follower.read_shard(stream, shard, position)
            self._shards[shard.id] = asyncio.get_running_loop().create_task(reading)
        trimmed = checkpoints.keys() - there
        if trimmed:
            await follower.move(dict.fromkeys(trimmed))
