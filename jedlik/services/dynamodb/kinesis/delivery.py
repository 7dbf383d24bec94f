"""Delivery to one destination: its internal stream is read shard by shard, parents first."""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import AccessDeniedException, ResourceNotFoundException
from jedlik.kernel.keyspaces import (
    destination_checkpoints_key,
    destinations_key,
    internal_stream_key,
)
from jedlik.kernel.leases import Lease
from jedlik.kernel.metrics.metric import MILLISECONDS
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.kinesis import changes
from jedlik.services.dynamodb.kinesis.batches import batches, fits
from jedlik.services.dynamodb.kinesis.model import ACTIVE, ENABLING, MILLISECOND, Destination
from jedlik.services.dynamodb.kinesis.records import KinesisForm, KinesisRecord
from jedlik.services.dynamodb.kinesis.sinks import DENIED, UNREACHABLE, Sink, SinkFailure
from jedlik.services.dynamodb.sealing.key_failures import KeyDisabled
from jedlik.services.dynamodb.streams.arrivals import Arrivals
from jedlik.services.dynamodb.streams.checkpoints import (
    Checkpoint,
    Checkpoints,
    MoveCheckpoints,
    read_checkpoints,
)
from jedlik.services.dynamodb.streams.reading import RecordPage
from jedlik.services.dynamodb.streams.shard_reader import Pause, read_shard
from jedlik.services.dynamodb.streams.stream_reader import GONE_SECONDS
from jedlik.services.dynamodb.streams.streams import decode
from jedlik.services.dynamodb.tables.stream import Shard, Stream

_log = logging.getLogger(__name__)

AFTER_ERROR_SECONDS: Final = 1.0
FIRST_WAIT: Final = 0.1
MAX_WAIT: Final = 5.0
"""Seconds before refused records are sent again, the first time and after many."""
OPERATION: Final = "PutRecord"
"""DelegatedOperation of the metrics."""


class Delivery:
    """The delivery to one destination, as a follower of its stream (`stream_reader.Follower`)."""

    def __init__(
        self,
        database: Database,
        sink: Sink,
        destination: Destination,
        lease: Lease,
        pause: Pause,
        arrivals: Arrivals,
    ) -> None:
        self._database = database
        self._sink = sink
        self._destination = destination
        self._name = destination.stream_name or ""
        self._lease = lease
        self._pause = pause
        self._arrivals = arrivals
        self._meter = database.meters.named(destination.table_name)
        self._failing = False

    async def stream(self) -> Stream | None:
        """See Follower. Ends the destination once a closed stream is delivered completely."""
        destination = self._destination
        key = internal_stream_key(destination.table_name, destination.label)
        (stored,) = await self._database.store.read((key,))
        stream = None if stored is None else decode(stored)
        if stream is None or stream.table_id != destination.table_id:
            await changes.set_disabled(self._database, destination, self._lease)
            return None
        if stream.closed_at is not None:
            checkpoints = await self.checkpoints()
            ended = {name for name, each in checkpoints.items() if each.ended}
            late = self._database.clock.now() > stream.closed_at + changes.DRAIN_SECONDS
            if late or all(shard.id in ended for shard in stream.shards):
                await changes.set_disabled(self._database, destination, self._lease)
                return None
        return stream

    async def may_read(self) -> bool:
        """See Follower. Checks the Kinesis stream of a destination that is ENABLING."""
        destination, database = self._destination, self._database
        if destination.state != ENABLING:
            return True
        if database.clock.now() < destination.until:
            return False
        try:
            why = reason = await self._sink.refusal(self._name) if self._name else DENIED
        except SinkFailure as failure:  # it names what is behind the stream
            why, reason = UNREACHABLE, str(failure)
        if why is not None:
            _log.warning("changes of %s cannot go to %s: %s",
                         destination.table_name, destination.stream_arn, reason)  # fmt: skip
            await changes.set_enable_failed(database, destination, self._lease, why)
            return False
        await changes.set_active(database, destination, self._lease)
        self._destination = replace(destination, state=ACTIVE)
        return True

    async def checkpoints(self) -> Checkpoints:
        """See Follower."""
        key = destination_checkpoints_key(self._destination.uuid)
        return await read_checkpoints(self._database.store, key)

    async def move(self, moved: Mapping[str, Checkpoint | None]) -> None:
        """See Follower."""
        destination = self._destination
        owner = destinations_key(destination.table_id)
        key = destination_checkpoints_key(destination.uuid)
        await self._database.store.write(MoveCheckpoints(self._lease, owner, key, moved))

    def read_shard(self, stream: Stream, shard: Shard, position: int) -> Coroutine[Any, Any, None]:
        """See Follower."""
        precision = self._destination.precision or MILLISECOND
        form = KinesisForm(stream, shard, self._database.arns.region, precision)

        async def hand_on(page: RecordPage) -> None:
            await self._deliver([form.record(row) for row in page.rows])

        async def more(page: RecordPage) -> None:
            await self._arrivals.wait(stream, shard, page, self._pause)

        return read_shard(
            self._database, stream, shard, position,
            hand_on=hand_on, move=self.move, more=more, on_gap=self._note_gap,
        )  # fmt: skip

    async def failed(self, error: Exception) -> float:
        """See Follower."""
        name = self._destination.stream_arn
        if isinstance(error, ResourceNotFoundException):
            return AFTER_ERROR_SECONDS
        if isinstance(error, (AccessDeniedException, KeyDisabled)):  # the key of the table
            _log.warning("delivery to %s waits: %s", name, error.message)
            return GONE_SECONDS
        raise error

    async def _deliver(self, records: Sequence[KinesisRecord]) -> None:
        """Send records until all are accepted; those that are too large are left out."""
        sendable = [record for record in records if fits(record)]
        self._lose(len(records) - len(sendable), "larger than a Kinesis record may be")
        for batch in batches(sendable):
            left, wait = batch, FIRST_WAIT
            while left := await self._send(left):
                await self._pause(wait)
                wait = min(MAX_WAIT, 2 * wait)
        for record in sendable:
            self._record("ConsumedChangeDataCaptureUnits", record.units)

    async def _send(self, records: list[KinesisRecord]) -> list[KinesisRecord]:
        """Send records once; returns those that must be sent again."""
        age = max(0.0, self._database.clock.now() - records[0].time)
        self._record("AgeOfOldestUnreplicatedRecord", 1000 * age, MILLISECONDS)
        try:
            taken = await self._sink.put(self._name, records)
        except SinkFailure as failure:
            if not self._failing:
                _log.warning("delivery to %s waits: %s", self._destination.stream_arn, failure)
            self._failing = True
            return records
        if self._failing:
            _log.warning("delivery to %s continues", self._destination.stream_arn)
        self._failing = False
        left = [record for record, done in zip(records, taken, strict=True) if not done]
        if left:
            self._record("ThrottledPutRecordCount", len(left))
        return left

    def _note_gap(self) -> None:
        self._lose(1, "trimmed before they were delivered")

    def _lose(self, count: int, why: str) -> None:
        if count:
            self._record("FailedToReplicateRecordCount", count)
            destination = self._destination
            _log.error("changes of %s were not delivered to %s: they were %s",
                       destination.table_name, destination.stream_arn, why)  # fmt: skip

    def _record(self, name: str, value: float, unit: str = "Count") -> None:
        self._meter.record(name, value, unit, DelegatedOperation=OPERATION)
