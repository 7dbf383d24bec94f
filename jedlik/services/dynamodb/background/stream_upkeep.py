"""The background work of streams: shards are rotated, and records trimmed after a day.

Every stream has one job for its whole life (see `streams.upkeep_job`). Each step does what is due
and finds out when the next one will be: when an open shard is old enough to be rotated, when the
oldest record of a shard is a day old, or when a closed shard can be removed. A shard without
records stays open whatever its age, and is checked again from time to time.

The oldest records are deleted first, in short commits. A closed shard is removed from its stream
once its last record is deleted and a day has passed since it was closed, and a stream that was
disabled a day ago is removed with its last shard. Readers can always tell trimmed records from
future ones, by the gap that trimming leaves (see `streams.reading`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from jedlik.kernel.due_work import Job
from jedlik.kernel.keyspaces import (
    record_number_key,
    records_prefix,
    resource_policy_key,
    tags_key,
)
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.background.purge import DeleteKeys
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.recording.stream_records import time_of
from jedlik.services.dynamodb.streams.streams import (
    RETENTION,
    UPKEEP,
    StreamDraft,
    change_table,
    decode,
    encode,
    is_due,
    kept_stream_key,
    rotated,
)
from jedlik.services.dynamodb.tables.stream import Shard, Stream, StreamSettings
from jedlik.storage.engine import Row
from jedlik.values.keybytes import successor

TRIM_INTERVAL: Final = 60.0
"""Seconds between two steps for a shard whose records become old one by one."""

ROWS_A_STEP: Final = 256
BYTES_A_STEP: Final = 256 * 1024


class _ShardOf(NamedTuple):
    stream: Stream
    shard: Shard


class StreamUpkeep:
    """The kind of jobs that maintain streams (see `due_jobs.JobKind`).

    A job's payload has the stream's `id`, and `trim_at`: until then no record can be a day old.
    """

    name = UPKEEP

    def __init__(self, database: Database) -> None:
        self._database = database

    async def step(self, job: Job, lease: Lease) -> Sequence[Job]:
        """Do what is due for a stream. Raises LeaseLost."""
        database = self._database
        stream = await _find(database, job)
        if stream is None:
            return []
        now = database.clock.now()
        if await _is_rotation_due(database, stream, now):
            await _rotate(database, lease, stream)
            return [job]
        trim_at: float = job.members.get("trim_at", 0.0)
        if now >= trim_at:
            trimmed = 0
            for shard in stream.shards:
                rows = await _trim_step(database, lease, _ShardOf(stream, shard))
                if rows == ROWS_A_STEP:
                    return [job]
                trimmed += rows
            trim_at = await _next_trim(database, stream, now)
            if trimmed:
                trim_at = max(trim_at, now + TRIM_INTERVAL)
        if any(_may_go(shard, now) for shard in stream.shards):
            await _forget_ended(database, lease, stream)
            stream = await _find(database, job)
            if stream is None:
                return []
        due = min(trim_at, _next_check(stream, now, database.stream_settings))
        return [job.again(due, trim_at=trim_at)]


async def _find(database: Database, job: Job) -> Stream | None:
    """The stream that a job is about; None if it is gone."""
    (stored,) = await database.store.read((kept_stream_key(job),))
    stream = None if stored is None else decode(stored)
    return stream if stream is not None and stream.id == job.members["id"] else None


async def _is_rotation_due(database: Database, stream: Stream, now: float) -> bool:
    """Whether an open shard is old enough and has records."""
    if stream.closed_at is not None:
        return False
    numbers = [
        record_number_key(stream.id, shard.number)
        for shard in stream.open_shards
        if is_due(shard, now, database.stream_settings)
    ]
    return bool(numbers) and any(await database.store.read(numbers))


async def _next_trim(database: Database, stream: Stream, now: float) -> float:
    """When the next record may be a day old: at the latest, a day from now."""
    oldest = now
    for shard in stream.shards:
        rows = await _oldest(database, _ShardOf(stream, shard), 1)
        if rows:
            oldest = min(oldest, time_of(rows[0]))
    return oldest + RETENTION


def _next_check(stream: Stream, now: float, settings: StreamSettings) -> float:
    """When a shard can be rotated or removed, by its age."""
    moments = [
        shard.closed_at + RETENTION for shard in stream.shards if shard.closed_at is not None
    ]
    moments = [moment if moment > now else now + TRIM_INTERVAL for moment in moments]
    if stream.closed_at is None:
        # Spread out, so that streams that were created together are not checked together for ever.
        again = now + max(1.0, settings.shard_lifetime / 4) * (1 + stream.id % 64 / 128)
        for shard in stream.open_shards:
            is_old = is_due(shard, now, settings)
            moments.append(again if is_old else shard.opened_at + settings.shard_lifetime)
    return min(moments, default=now + TRIM_INTERVAL)


async def _rotate(database: Database, lease: Lease, stream: Stream) -> None:
    """Close the shards of a stream that are due. Raises LeaseLost."""
    now = round(database.clock.now(), 3)

    def decide(draft: StreamDraft) -> None:
        lease.check(draft.read(lease.key))
        table = draft.catalog.table(stream.table_name)
        streams = () if table is None else table.streams
        known = next((each for each in streams if each.id == stream.id), None)
        current = None if known is None else draft.whole(known)
        if table is None or current is None or current.closed_at is not None:
            return
        after = rotated(draft, current, now, database.stream_settings)
        if after != current:
            draft.catalog.put(draft.put(table, after))

    await change_table(database, stream.table_name, decide, also_read=(lease.key,))


async def _oldest(database: Database, each: _ShardOf, limit: int) -> list[Row]:
    prefix = records_prefix(each.stream.id, each.shard.number)
    end = successor(prefix)
    # Only the time of a record is needed, which is never sealed.
    page = await database.store.range(prefix, end, limit=limit, max_bytes=BYTES_A_STEP)
    return page.rows


def _is_old(row: Row, now: float) -> bool:
    return time_of(row) + RETENTION <= now


async def _trim_step(database: Database, lease: Lease, each: _ShardOf) -> int:
    """Delete the oldest records of a shard; returns how many. Raises LeaseLost."""
    now = database.clock.now()
    expired: list[bytes] = []
    for row in await _oldest(database, each, ROWS_A_STEP):
        if not _is_old(row, now):
            break
        expired.append(row[0])
    if expired:
        await database.store.write(DeleteKeys(lease, expired))
    return len(expired)


def _may_go(shard: Shard, now: float) -> bool:
    return shard.closed_at is not None and shard.closed_at + RETENTION <= now


async def _forget_ended(database: Database, lease: Lease, stream: Stream) -> None:
    """Remove shards that ended a day ago from their stream, and the stream with its last shard."""
    now = database.clock.now()
    empty = {
        shard.number
        for shard in stream.shards
        if _may_go(shard, now) and not await _oldest(database, _ShardOf(stream, shard), 1)
    }
    if not empty:
        return
    key = stream.key

    def decide(draft: CatalogDraft) -> None:
        record, stored = draft.also_read
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
            draft.concerned_rings.add(current.table_id)

    await database.catalog.change((), decide, also_read=(lease.key, key))
