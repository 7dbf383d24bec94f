"""One shard of a mapping: from its checkpoint to its end.

Rounds follow one another: records are gathered, assigned to lanes and delivered, all lanes
concurrently and each in order. After every delivery the checkpoint moves to the first record that
is not done, whatever lane it is in. So after a crash no record is missed, some may be delivered
twice, and the records of an item are delivered in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Final

from jedlik.base.limits import MAX_STREAM_RECORDS
from jedlik.base.turns import give_way
from jedlik.services.dynamodb.streams.checkpoints import Checkpoint
from jedlik.services.dynamodb.streams.reading import RecordPage
from jedlik.services.dynamodb.streams.shard_reader import POLL_SECONDS, read_page
from jedlik.services.dynamodb.tables.stream import Shard, Stream
from jedlik.services.lambda_.triggers.batch import Batch
from jedlik.services.lambda_.triggers.context import MappingContext
from jedlik.services.lambda_.triggers.failures import Discarded
from jedlik.services.lambda_.triggers.gathering import Gathering, Reading, Record, batches, event_of
from jedlik.services.lambda_.triggers.outcome import BatchOutcome, outcome_of
from jedlik.services.lambda_.triggers.reporting import report_discarded
from jedlik.storage.failures import StorageFailure

_log = logging.getLogger(__name__)

PASSED_OVER_SECONDS: Final = 1.0
"""Seconds after which the checkpoint moves over records that match no filter."""

OK: Final = "OK"
PROBLEM: Final = "PROBLEM: Function call failed"


class ShardDelivery:
    """Delivers the records of one shard."""

    def __init__(
        self, context: MappingContext, stream: Stream, shard: Shard, position: int
    ) -> None:
        self._context = context
        self._stream = stream
        self._shard = shard
        self._position = position
        self._moved_at = context.database.clock.now()
        self._undone: dict[int, None] = {}
        """Numbers of the round's records that are not done, in order."""
        self._behind = position
        """The position after the round."""
        self._reading = Reading(context.mapping)

    async def run(self) -> None:
        """Deliver up to the shard's end.

        Raises LeaseLost, ResourceNotFoundException, StreamAccessDenied.
        """
        context = self._context
        while True:
            gathering = await self._gather()
            if gathering.records:
                await self._round(gathering)
            if gathering.ended:
                ended = Checkpoint(gathering.position, ended=True)
                await context.move({self._shard.id: ended}, None)
                return
            if gathering.position > self._position:
                await self._move_to(gathering.position, None)

    async def _gather(self) -> Gathering:
        context, clock = self._context, self._context.database.clock
        gathering = Gathering(context.mapping, self._position)
        while True:
            page = await self._page(gathering)
            gathering.add(await self._reading.records(page), clock.now())
            if page.following is None:
                gathering.ended = True
            else:
                gathering.position = page.following
            if gathering.is_complete(clock.now(), bool(page.rows)):
                return gathering
            if page.rows:
                await give_way()
            elif (
                not gathering.records
                and gathering.position > self._position
                and clock.now() - self._moved_at >= PASSED_OVER_SECONDS
            ):
                return gathering
            elif gathering.records or gathering.position > self._position:
                await context.pause(POLL_SECONDS)  # until a window or the checkpoint is due
            else:
                await context.arrivals.wait(self._stream, self._shard, page, context.pause)

    async def _page(self, gathering: Gathering) -> RecordPage:
        limit = min(MAX_STREAM_RECORDS, max(1, gathering.most - len(gathering.records)))
        database = self._context.database
        position = gathering.position
        return await read_page(database, self._stream, self._shard, position, limit, self._note_gap)

    def _note_gap(self) -> None:
        _log.error(
            "function %s: records of %s were trimmed before they were delivered",
            self._context.mapping.function, self._shard.id,
        )  # fmt: skip

    async def _round(self, gathering: Gathering) -> None:
        mapping = self._context.mapping
        self._undone = dict.fromkeys(record.number for record in gathering.records)
        self._behind = gathering.position
        batch = Batch(mapping, self, self._context.pause, self._shard.id)

        async def deliver(lane: list[Record]) -> None:
            for records in batches(lane, mapping.batch_size):
                await batch.deliver(records)

        lanes = gathering.lanes()
        if len(lanes) == 1:
            await deliver(lanes[0])
            return
        tasks = [asyncio.ensure_future(deliver(lane)) for lane in lanes]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _move_to(self, position: int, result: str | None) -> None:
        self._position = position
        self._moved_at = self._context.database.clock.now()
        await self._context.move({self._shard.id: Checkpoint(position)}, result)

    # --- What a batch needs --------------------------------------------------------------------

    def now(self) -> float:
        return self._context.database.clock.now()

    async def invoke(self, records: Sequence[Record]) -> BatchOutcome:
        context = self._context
        mapping = context.mapping
        try:
            function = await context.function()
            if function is None:
                return BatchOutcome(0, "the function does not exist", counts=False)
            invocation = await context.invoker.invoke(function, event_of(records))
        except StorageFailure as failure:
            # Our failure, not the function's: it waits, and does not count as a retry.
            return BatchOutcome(0, f"the store failed: {failure}", counts=False)
        numbers = [record.sequence_number for record in records]
        return outcome_of(invocation, numbers, mapping.reports_failures)

    async def done(self, records: Sequence[Record], problem: str | None) -> None:
        for record in records:
            del self._undone[record.number]
        position = next(iter(self._undone), self._behind)
        result = OK if problem is None else f"{PROBLEM}. {problem}"
        if position > self._position:
            await self._move_to(position, result)
        else:
            await self._context.move({}, result)

    async def failed(self, problem: str) -> None:
        # Only affects the mapping's description: while the store fails, the batch waits anyway.
        with contextlib.suppress(StorageFailure):
            await self._context.move({}, f"{PROBLEM}. {problem}")

    async def discard(self, discarded: Discarded) -> None:
        await report_discarded(self._context, self._shard.id, discarded)
