"""One mapping at work: a delivery for each shard whose parent is done, as long as the lease holds.

A shard that was split or rotated is followed by its children, which hold the later changes of the
same items. So children wait until their parent has been delivered to its end.

The stream is read under the function's role. Whether the role may is asked again and again while
nothing happens, and before every event: a shard that is refused ends, and goes on from its
checkpoint once the role may again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Final

from jedlik.base.errors import AccessDeniedException, ResourceNotFoundException
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.streams.model import Stream
from jedlik.services.dynamodb.streams.reading import HORIZON, find_stream
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.lambda_.checkpoints import checkpoints_of
from jedlik.services.lambda_.errors import StreamRefused
from jedlik.services.lambda_.event_source_mappings import NOTHING_YET
from jedlik.services.lambda_.mapping_model import EventSourceMapping
from jedlik.services.lambda_.runtime.invoker import Invoker
from jedlik.services.lambda_.triggers.shard import Placement, ShardDelivery

_log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.5
"""How often new shards are looked for, and whether the function's role may read the stream."""
GONE_SECONDS: Final = 5.0
AFTER_ERROR_SECONDS: Final = 1.0


class Stopping(Exception):
    """The delivery is to end."""


class Delivery:
    """The delivery of one mapping, in a task."""

    def __init__(
        self, database: Database, invoker: Invoker, mapping: EventSourceMapping, lease: Lease
    ) -> None:
        self.mapping = mapping
        self._database = database
        self._stopping = asyncio.Event()
        self._placement = Placement(database, invoker, mapping, lease, self.pause)
        self._shards: dict[str, asyncio.Task[None]] = {}
        self._refused: str | None = None
        """LastProcessingResult as long as the role may not read the stream."""
        self._stopped = asyncio.get_running_loop().create_task(self._stopping.wait())
        self.task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self, grace: float) -> None:
        """End it; an invocation that is going on is given `grace` seconds."""
        self._stopping.set()
        await asyncio.wait([self.task], timeout=grace)
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def pause(self, seconds: float) -> None:
        """Wait. Raises Stopping where the delivery is to end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        if self._stopping.is_set():
            raise Stopping

    async def _run(self) -> None:
        """Deliver until stopped. Raises LeaseLost."""
        try:
            while True:
                await self._start_shards()
                await self._look_after(self._shards)
        except Stopping:
            await self._end_shards()
        finally:
            tasks = [self._stopped, *self._shards.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _end_shards(self) -> None:
        """Let shards finish what they are invoking; they see that the delivery is to end."""
        results = await asyncio.gather(*self._shards.values(), return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, Stopping | StreamRefused):
                _log.error("delivery to %s failed", self.mapping.function, exc_info=result)

    async def _look_after(self, shards: dict[str, asyncio.Task[None]]) -> None:
        """Wait a little, and take note of shards that have ended or failed. Raises LeaseLost."""
        if shards:
            await asyncio.wait(
                [*shards.values(), self._stopped],
                timeout=LOOK_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
        for shard_id in [shard_id for shard_id, task in shards.items() if task.done()]:
            task = shards.pop(shard_id)
            try:
                task.result()
            except Stopping:
                raise
            except StreamRefused:
                pass  # no shard starts before the role may read again
            except ResourceNotFoundException:
                await self.pause(AFTER_ERROR_SECONDS)
            except AccessDeniedException as error:  # the key of the stream's table may not be used
                await self._placement.move({}, f"PROBLEM: {error.message}")
                await self.pause(GONE_SECONDS)
            except OSError as error:
                _log.error("delivery to %s failed: %s", self.mapping.function, error)
                await self.pause(AFTER_ERROR_SECONDS)
        if self._stopping.is_set():
            raise Stopping
        if not shards:
            await self.pause(LOOK_SECONDS)

    async def _start_shards(self) -> None:
        stream = await self._stream()
        if stream is None:
            await self.pause(GONE_SECONDS)
            return
        if not await self._may_read():
            return
        checkpoints = await checkpoints_of(self._database.engine, self.mapping.uuid)
        there = {shard.id for shard in stream.shards}
        ended = {shard_id for shard_id, checkpoint in checkpoints.items() if checkpoint.ended}
        for shard in stream.shards:
            waits = shard.parent in there and shard.parent not in ended
            if shard.id in ended or shard.id in self._shards or waits:
                continue
            checkpoint = checkpoints.get(shard.id)
            position = HORIZON if checkpoint is None else checkpoint.position
            delivery = ShardDelivery(self._placement, stream, shard, position)
            task = asyncio.get_running_loop().create_task(delivery.run())
            self._shards[shard.id] = task
        trimmed = checkpoints.keys() - there
        if trimmed:
            await self._placement.move(dict.fromkeys(trimmed), None)

    async def _may_read(self) -> bool:
        """Whether the function's role may read the stream; says so where it may not."""
        placement, refused = self._placement, self._refused
        try:
            await placement.function()
        except StreamRefused as refusal:
            self._refused = f"PROBLEM: {refusal.message}"
            if refused is None:
                _log.warning("delivery to %s stops: %s", self.mapping.function, refusal.message)
            await placement.move({}, self._refused)
            return False
        self._refused = None
        if refused is not None and placement.result == refused:
            _log.warning("delivery to %s goes on", self.mapping.function)
            await placement.move({}, NOTHING_YET)
        return True

    async def _stream(self) -> Stream | None:
        names = self._database.names
        try:
            return await find_stream(self._database, *names.stream(self.mapping.stream_arn))
        except ResourceNotFoundException as error:
            await self._placement.move({}, f"PROBLEM: {error.message}")
            return None
