"""Streams in the catalog: enabled, disabled, rotated, trimmed and found.

A stream is described twice, in one commit: in its table's description, as far as writes need it
(its open shards), and under a key of its own with every shard that can still be read. The second
description stays when the stream is disabled or its table deleted, until its last record is a day
old.

Open shards are changed as a change of the catalog: every write checks the catalog's version under
lock, so no write goes to a closed shard. The last number of a shard is read in the commit that
closes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeVar

import orjson

from jedlik.base.bounded_cache import BoundedCache
from jedlik.kernel.due_work import Job
from jedlik.kernel.keyspaces import internal_stream_key, record_number_key, stream_key
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.stream import (
    HASHES,
    Shard,
    Stream,
    StreamSettings,
    stream_from_json,
)
from jedlik.storage.engine import Value

RETENTION: Final = 86400.0
"""Seconds for which records are kept, and disabled streams (guide, "Data retention limit")."""

ResultT = TypeVar("ResultT")


class _ReadSetChanged(Exception):
    """The table's stream, or a label, has changed since the keys were declared."""


def encode(stream: Stream) -> bytes:
    """A stream's description as it is stored."""
    return orjson.dumps(stream)


_decoded: Final[BoundedCache[bytes, Stream]] = BoundedCache(4 * 1024 * 1024)
_WEIGHT: Final = 5
"""A stream in memory is this many times as large as its description."""


def decode(stored: bytes) -> Stream:
    """A stream from its stored description; cached, as streams are read often and rarely change."""
    return _decoded.get(stored) or _decoded.put(
        stored, stream_from_json(orjson.loads(stored)), len(stored) * _WEIGHT
    )


def label_of(now: float) -> str:
    """The label of a stream that is made at `now`: UTC with milliseconds."""
    seconds, milliseconds = divmod(round(now * 1000), 1000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}"


def shard_id(number: int, opened_at: float) -> str:
    """A shard's id: later shards have greater ones."""
    return f"shardId-{round(opened_at * 1000):020d}-{number:08x}"


UPKEEP: Final = "stream-upkeep"
"""The kind of jobs that rotate and trim streams (see `kernel.due_work`)."""


def upkeep_job(stream: Stream, due: float) -> Job:
    """The job of a stream, which it has until it is gone."""
    job = Job(UPKEEP, f"{stream.table_name}/{stream.label}", due)
    return job.again(id=stream.id, internal=True) if stream.internal else job.again(id=stream.id)


def kept_stream_key(job: Job) -> bytes:
    """The key of the description of an upkeep job's stream."""
    table_name, _, label = job.name.partition("/")
    make = internal_stream_key if job.members.get("internal") else stream_key
    return make(table_name, label)


class StreamDraft:
    """What a change of the catalog may do to the stream of one table."""

    def __init__(
        self, draft: CatalogDraft, read: Mapping[bytes, Value], new: NewStream | None
    ) -> None:
        self.catalog = draft
        self._read = read
        self._new = new

    def read(self, key: bytes) -> Value:
        """The value of a key that the change declared."""
        return self._read[key]

    def enable(self, table: Table, view_type: str, *, internal: bool = False) -> Table:
        """The table with a new stream; noted in the draft."""
        new = self._new
        assert new is not None, "the change was not begun with a new stream"
        shards = tuple(
            Shard(
                number=number,
                id=shard_id(number, new.now),
                parent=None,
                opened_at=new.now,
                low=HASHES * number // new.shards,
                high=HASHES * (number + 1) // new.shards - 1,
                start=0,
            )
            for number in range(new.shards)
        )
        stream = Stream(
            id=self.catalog.new_id(),
            uuid=new.uuid,
            table_name=table.name,
            table_id=table.id,
            label=new.label,
            view_type=view_type,
            schema=table.schema,
            created_at=new.now,
            ready_at=new.ready_at,
            next_shard=len(shards),
            shards=shards,
            internal=internal,
        )
        self.catalog.values |= upkeep_job(stream, new.upkeep_at).puts()
        return self.put(table, stream)

    def disable(self, table: Table, now: float, ready_at: float) -> Table:
        """The table with its clients' stream closed, if it has an open one; noted in the draft."""
        return table if table.stream is None else self.close(table, table.stream, now, ready_at)

    def close(self, table: Table, stream: Stream, now: float, ready_at: float) -> Table:
        """The table with one of its streams closed, if it is open; noted in the draft."""
        whole = self.whole(stream)
        if whole is None or whole.closed_at is not None:
            return table
        closed = tuple(self.closed(whole, shard, now) for shard in whole.shards)
        return self.put(table, replace(whole, shards=closed, closed_at=now, ready_at=ready_at))

    def whole(self, stream: Stream) -> Stream | None:
        """A stream of the table with all of its shards."""
        stored = self._read[stream.key]
        return None if stored is None else decode(stored)

    def last_number(self, stream: Stream, shard: Shard) -> int:
        """The number of an open shard's last record."""
        stored = self._read[record_number_key(stream.id, shard.number)]
        return shard.start if stored is None else int.from_bytes(stored, "big")

    def closed(self, stream: Stream, shard: Shard, now: float) -> Shard:
        """The shard, closed; one that is closed already is not changed."""
        if shard.end is not None:
            return shard
        self.catalog.values[record_number_key(stream.id, shard.number)] = None
        return replace(shard, end=self.last_number(stream, shard), closed_at=now)

    def put(self, table: Table, stream: Stream) -> Table:
        """Note a stream's new description; returns the table with its part of it."""
        self.catalog.values[stream.key] = encode(stream)
        self.catalog.concerned_rings.add(table.id)
        return table.with_stream(stream)


class NewStream(NamedTuple):
    """The name of a stream that is about to be created."""

    now: float
    ready_at: float
    label: str
    uuid: str
    shards: int
    upkeep_at: float


def _number_keys(table: Table | None) -> list[bytes]:
    keys = []
    for stream in () if table is None else table.streams:
        keys.append(stream.key)
        keys += [record_number_key(stream.id, shard.number) for shard in stream.shards]
    return keys


async def change_table(
    database: Database,
    name: str,
    decide: Callable[[StreamDraft], ResultT],
    *,
    enabling: bool = False,
    also_read: Sequence[bytes] = (),
) -> ResultT:
    """Change one table and its stream in one commit; see `Catalog.change`.

    `enabling` says that `decide` may want a new stream; it can read the values of `also_read`.
    """
    while True:
        table = await database.catalog.current(name)
        keys = _number_keys(table)
        new = await _new_stream(database, name) if enabling else None
        taken = [] if new is None else _keys_of_label(name, new.label)
        declared = tuple(dict.fromkeys((*also_read, *keys, *taken)))

        def change(
            draft: CatalogDraft,
            keys: list[bytes] = keys,
            taken: list[bytes] = taken,
            declared: tuple[bytes, ...] = declared,
            new: NewStream | None = new,
        ) -> ResultT:
            read = dict(zip(declared, draft.also_read, strict=True))
            if _number_keys(draft.table(name)) != keys or any(
                read[key] is not None for key in taken
            ):
                raise _ReadSetChanged
            return decide(StreamDraft(draft, read, new))

        try:
            return await database.catalog.change((name,), change, also_read=declared)
        except _ReadSetChanged:
            continue


async def _new_stream(database: Database, name: str) -> NewStream:
    """A stream with a label that no stream of a table with that name has."""
    now = round(database.clock.now(), 3)
    ready_at = now + database.transition_seconds
    settings = database.stream_settings
    moment = now
    while True:
        label = label_of(moment)
        if not any(await database.engine.read(_keys_of_label(name, label))):
            upkeep_at = now + min(settings.shard_lifetime, RETENTION)
            uuid = database.ids.uuid()
            return NewStream(now, ready_at, label, uuid, settings.shards, upkeep_at)
        moment += 0.001


def _keys_of_label(table_name: str, label: str) -> list[bytes]:
    """The keys under which a label may be in use, by a stream of either kind."""
    return [stream_key(table_name, label), internal_stream_key(table_name, label)]


def rotated(draft: StreamDraft, stream: Stream, now: float, settings: StreamSettings) -> Stream:
    """The stream with children in place of all shards that are old enough, which are closed.

    A shard without records stays open, whatever its age. If a stream has fewer open shards than
    it should have, a closed shard gets two children, each with half of its range.
    """
    shards = list(stream.shards)
    number = stream.next_shard
    missing = settings.shards - len(stream.open_shards)
    for shard in stream.open_shards:
        if not is_due(shard, now, settings) or draft.last_number(stream, shard) == shard.start:
            continue
        closed = draft.closed(stream, shard, now)
        shards[shards.index(shard)] = closed
        middle = (shard.low + shard.high) // 2
        ranges = [(shard.low, shard.high)]
        if missing > 0:
            ranges = [(shard.low, middle), (middle + 1, shard.high)]
            missing -= 1
        for low, high in ranges:
            assert closed.end is not None
            child = Shard(
                number=number,
                id=shard_id(number, now),
                parent=shard.id,
                opened_at=now,
                low=low,
                high=high,
                start=closed.end + 1,
            )
            shards.append(child)
            number += 1
    return replace(stream, shards=tuple(shards), next_shard=number)


def is_due(shard: Shard, now: float, settings: StreamSettings) -> bool:
    """Whether an open shard has reached its lifetime."""
    return now - shard.opened_at >= settings.shard_lifetime
