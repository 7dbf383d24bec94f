"""Waiting for records: readers that have read their shard to its present end are woken when there
is more.

Thousands of readers may follow streams to which hardly anything is written. If each of them polled
its shard, that would keep an idle server busy. Instead one task polls for all of them, with a
single read: of the number of each shard's last record, and of each stream's description, which
changes when shards are closed or the stream is gone.
"""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

from jedlik.kernel.keyspaces import record_number_key
from jedlik.kernel.store import Store
from jedlik.services.dynamodb.streams.reading import RecordPage
from jedlik.services.dynamodb.streams.shard_reader import POLL_SECONDS, Pause
from jedlik.services.dynamodb.tables.stream import Shard, Stream
from jedlik.storage.engine import Value
from jedlik.storage.failures import StorageFailure

MAX_SECONDS: Final = 5.0
"""Seconds after which a shard is read again in any case: some changes, such as a disabled key, show
only in reading."""


class _Waiting(NamedTuple):
    """A shard as it was when it was read to its end, and what to do once it has changed."""

    stream_key: bytes
    number_key: bytes
    described: Value
    last: int
    arrival: asyncio.Future[None]

    def is_over(self, described: Value, number: Value) -> bool:
        """Whether there is more, or the waiting has ended."""
        last = int.from_bytes(number or b"", "big")
        return self.arrival.done() or last > self.last or described != self.described


class Arrivals:
    """The waiting of one process, on whichever event loop it waits at the time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def wait(self, stream: Stream, shard: Shard, page: RecordPage, pause: Pause) -> None:
        """Return once a shard has more than `page`, the last one read, or after MAX_SECONDS.
        Raises what `pause` raises."""
        loop = asyncio.get_running_loop()
        arrival: asyncio.Future[None] = loop.create_future()
        number_key = record_number_key(stream.id, shard.number)
        waiting = _Waiting(stream.key, number_key, page.described, page.last, arrival)
        task = self._task
        if task is not None and task.get_loop() is not loop:
            self._waiting.clear()  # of a loop that has ended
            task = None
        self._waiting.append(waiting)
        if task is None or task.done():
            self._task = loop.create_task(self._poll())
        try:
            await pause(MAX_SECONDS, arrival)
        finally:
            arrival.cancel()

    async def _poll(self) -> None:
        while self._waiting:
            await asyncio.sleep(POLL_SECONDS)
            keys = {key for each in self._waiting for key in (each.stream_key, each.number_key)}
            try:
                found = dict(zip(keys, await self._store.engine.read(tuple(keys)), strict=True))
            except StorageFailure:
                found = {}  # all are woken, and meet the failure themselves
            still = []
            for each in self._waiting:
                if not each.is_over(found.get(each.stream_key), found.get(each.number_key)):
                    still.append(each)
                elif not each.arrival.done():
                    each.arrival.set_result(None)
            self._waiting = still
