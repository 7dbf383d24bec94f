"""The background work of streams: shards are rotated, and records trimmed after a day.

Records leave in front, in short commits. A closed shard leaves its stream once its last record has
gone and a day has passed since it was closed, and a stream that was disabled a day ago leaves with
its last shard. None of that can lose what a reader has not seen for less than a day: what is read
and what is trimmed are told apart by the gap that trimming leaves (see `stream_reading`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Final, NamedTuple

from jedlik.kernel.keyspaces import (
    CATALOG_VERSION,
    STREAMS,
    record_number_key,
    records_prefix,
    resource_policy_key,
    stream_key,
    tags_key,
)
from jedlik.kernel.leases import Lease
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.background.loop import LeasedLoop
from jedlik.services.dynamodb.background.purge import DeleteKeys
from jedlik.services.dynamodb.streams.model import Shard, Stream
from jedlik.services.dynamodb.streams.records import time_of
from jedlik.services.dynamodb.streams.streams import (
    RETENTION,
    StreamDraft,
    change_table,
    decode,
    encode,
    is_due,
    rotated,
)
from jedlik.services.dynamodb.tables.catalog import CatalogDraft
from jedlik.services.dynamodb.tables.database import Database
from jedlik.storage.engine import Row, Value
from jedlik.values.keybytes import successor

TRIM_INTERVAL: Final = 60.0
"""Seconds between two looks at the oldest record of every shard."""

ROWS_A_STEP: Final = 256
BYTES_A_STEP: Final = 256 * 1024
_STREAMS_A_PAGE: Final = 100


class _ShardOf(NamedTuple):
    stream: Stream
    shard: Shard


class StreamUpkeep(LeasedLoop):
    """Rotation and trimming of all streams of one database."""

    lease_name: ClassVar[str] = "streams"

    def __init__(self, database: Database, interval: float = 1.0) -> None:
        super().__init__(database, interval)
        self._version: Value = b"none yet"
        self._streams: list[Stream] = []
        self._trim_at = 0.0

    async def _round(self) -> bool:
        await self._refresh()
        now = self._database.clock.now()
        rotations = await self._due_rotations(now)
        trims: list[_ShardOf] = []
        if now >= self._trim_at:
            trims = [each for each in self._shards() if await _has_old(self._database, each, now)]
        ends = [stream for stream in self._streams if _has_ended(stream, now)]
        if not (rotations or trims or ends):
            self._trim_at = max(self._trim_at, _next_trim(self._trim_at, now))
            return False
        if not await self._hold():
            return False
        for stream in rotations:
            await self._step(_rotate, stream)
        for each in trims:
            await self._steps(_trim_step, each)
        for stream in ends:
            await self._step(_forget_ended, stream)
        self._trim_at = _next_trim(self._trim_at, now)
        return False

    async def _refresh(self) -> None:
        """Read the streams again if the catalog has changed."""
        engine = self._database.engine
        (version,) = await engine.read((CATALOG_VERSION,))
        if version == self._version:
            return
        rows = await all_rows(engine, STREAMS, _STREAMS_A_PAGE)
        self._streams = [decode(value) for _, value in rows]
        self._version = version

    def _shards(self) -> Iterator[_ShardOf]:
        for stream in self._streams:
            for shard in stream.shards:
                yield _ShardOf(stream, shard)

    async def _due_rotations(self, now: float) -> list[Stream]:
        settings = self._database.stream_settings
        due: list[Stream] = []
        for stream in self._streams:
            numbers = [
                record_number_key(stream.id, shard.number)
                for shard in stream.open_shards
                if is_due(shard, now, settings)
            ]
            if numbers and any(await self._database.engine.read(numbers)):
                due.append(stream)
        return due


def _next_trim(last: float, now: float) -> float:
    return now + TRIM_INTERVAL if now >= last else last


async def _rotate(database: Database, lease: Lease, stream: Stream) -> None:
    """Close the shards of a stream that are due. Raises LeaseLost."""
    now = round(database.clock.now(), 3)

    def decide(draft: StreamDraft) -> None:
        lease.check(draft.read(lease.key))
        table = draft.catalog.table(stream.table_name)
        current = None if table is None else draft.current(table)
        if table is None or current is None or current.closed_at is not None:
            return
        after = rotated(draft, current, now, database.stream_settings)
        if after != current:
            draft.catalog.put(draft.put(table, after))

    await change_table(database, stream.table_name, decide, beside=(lease.key,))


async def _oldest(database: Database, each: _ShardOf, limit: int) -> list[Row]:
    prefix = records_prefix(each.stream.id, each.shard.number)
    end = successor(prefix)
    # Of a record its time is all that counts, and that is never sealed.
    page = await database.store.range(prefix, end, limit=limit, max_bytes=BYTES_A_STEP)
    return page.rows


def _is_old(row: Row, now: float) -> bool:
    return time_of(row) + RETENTION <= now


async def _has_old(database: Database, each: _ShardOf, now: float) -> bool:
    rows = await _oldest(database, each, 1)
    return bool(rows) and _is_old(rows[0], now)


async def _trim_step(database: Database, lease: Lease, each: _ShardOf) -> bool:
    """Delete the oldest records of a shard; False once the rest is young. Raises LeaseLost."""
    now = database.clock.now()
    rows = await _oldest(database, each, ROWS_A_STEP)
    doomed: list[bytes] = []
    for row in rows:
        if not _is_old(row, now):
            break
        doomed.append(row[0])
    if doomed:
        await database.engine.write(DeleteKeys(lease, doomed))
    return bool(rows) and len(doomed) == len(rows)


def _may_go(shard: Shard, now: float) -> bool:
    return shard.closed_at is not None and shard.closed_at + RETENTION <= now


def _has_ended(stream: Stream, now: float) -> bool:
    """Whether some of a stream, or all of it, is to be forgotten at `now`."""
    return any(_may_go(shard, now) for shard in stream.shards)


async def _forget_ended(database: Database, lease: Lease, stream: Stream) -> None:
    """Take shards that ended a day ago out of their stream, and the stream with its last one."""
    now = database.clock.now()
    empty = {
        shard.number
        for shard in stream.shards
        if _may_go(shard, now) and not await _oldest(database, _ShardOf(stream, shard), 1)
    }
    if not empty:
        return
    key = stream_key(stream.table_name, stream.label)

    def decide(draft: CatalogDraft) -> None:
        record, stored = draft.beside
        lease.check(record)
        if stored is None:
            return
        current = decode(stored)
        shards = tuple(shard for shard in current.shards if shard.number not in empty)
        if shards:
            draft.values[key] = encode(replace(current, shards=shards))
        else:
            attached = (resource_policy_key(current.id), tags_key(current.id))
            draft.values |= dict.fromkeys((key, *attached))

    await database.catalog.change((), decide, beside=(lease.key, key))
