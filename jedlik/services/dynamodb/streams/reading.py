"""Reading streams, for operations and for everything that follows them: positions and pages.

A position is the number of the next record to read. Since a shard's numbers have no gaps, records
that are missing before the first one found have been trimmed, without any note of that. `HORIZON`
is the position before the first record at the time of reading.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from jedlik.base.errors import ResourceNotFoundException, TrimmedDataAccessException
from jedlik.base.limits import MAX_STREAM_PAGE_SIZE, MAX_STREAM_RECORDS
from jedlik.kernel.keyspaces import (
    CATALOG_VERSION,
    NUMBER_SIZE,
    STREAMS,
    record_number_key,
    records_prefix,
    stream_key,
)
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.recording.stream_records import RecordForm, number_of, time_of
from jedlik.services.dynamodb.streams.streams import decode
from jedlik.services.dynamodb.tables.stream import Shard, Stream
from jedlik.storage.engine import Row, Value
from jedlik.values.keybytes import successor

HORIZON: Final = 0
"""The position before the oldest record."""


class RecordPage(NamedTuple):
    """Records of a shard in order, and the position after them.

    `rows` are stored records (see `recording.stream_records`), of which `form` makes JSON;
    `following` is None once a closed shard has been read to its end. `described` is the stream's
    description and `last` the number of the shard's last record, both in the same snapshot.
    """

    rows: list[Row]
    form: RecordForm
    following: int | None
    described: Value
    last: int


class ShardState(NamedTuple):
    """A shard and the number of its last record (`start`, if it has none), in one snapshot."""

    stream: Stream
    shard: Shard
    last: int


async def find_stream(database: Database, table_name: str, label: str) -> Stream:
    """A stream with all shards that can be read, of a table that may be gone.

    Raises ResourceNotFoundException if it is missing, or gone.
    """
    version, stored = await database.engine.read((CATALOG_VERSION, stream_key(table_name, label)))
    database.catalog.move_to(version)  # there may be key rings that this process does not know
    return _decoded(database, table_name, label, stored)


def _decoded(database: Database, table_name: str, label: str, stored: Value) -> Stream:
    if stored is None:
        arn = database.arns.stream_arn(table_name, label)
        raise ResourceNotFoundException(f"Requested resource not found: Stream: {arn} not found")
    return decode(stored)


async def list_streams(
    database: Database, table_name: str | None, after: tuple[str, str] | None, limit: int
) -> tuple[list[Stream], bool]:
    """Streams in the order of table names and labels, and whether there are more.

    `after` are the table name and the label of the stream to begin after.
    """
    prefix = STREAMS if table_name is None else stream_key(table_name)
    low = prefix if after is None else max(prefix, stream_key(*after) + b"\x00")
    page = await database.engine.range(low, successor(prefix), limit=limit)
    return [decode(value) for _, value in page.rows], page.more


async def shard_state(database: Database, stream: Stream, shard: Shard) -> ShardState:
    """A shard as it is now. Raises ResourceNotFoundException if it is gone."""
    key, number_key = _keys(stream, shard.number)
    stored, number = await database.engine.read((key, number_key))
    return _state(database, stream, shard.number, stored, number)


def _keys(stream: Stream, shard: int) -> tuple[bytes, bytes]:
    return stream.key, record_number_key(stream.id, shard)


def _state(
    database: Database, stream: Stream, number: int, stored: Value, last: Value
) -> ShardState:
    current = _decoded(database, stream.table_name, stream.label, stored)
    shard = next((shard for shard in current.shards if shard.number == number), None)
    if shard is None:
        raise shard_not_found()
    if shard.end is not None:
        return ShardState(current, shard, shard.end)
    return ShardState(current, shard, shard.start if last is None else int.from_bytes(last, "big"))


def shard_not_found() -> ResourceNotFoundException:
    """The error for a shard that the stream does not have, or no longer has."""
    return ResourceNotFoundException("Requested resource not found: Shard does not exist")


async def read_records(
    database: Database,
    stream: Stream,
    shard: int,
    position: int,
    limit: int = MAX_STREAM_RECORDS,
) -> RecordPage:
    """Records from `position` on: `limit` of them at most, and of 1 MB unless one is larger.

    Raises ResourceNotFoundException if stream or shard are gone, TrimmedDataAccessException
    if records at `position` are.
    """
    prefix = records_prefix(stream.id, shard)
    while True:
        page = await database.engine.range(
            prefix + position.to_bytes(NUMBER_SIZE, "big"),
            successor(prefix),
            limit=limit,
            max_bytes=MAX_STREAM_PAGE_SIZE,
            also_read=(CATALOG_VERSION, *_keys(stream, shard)),
        )
        version, *also_read = page.also_read
        if version == database.catalog.version:
            break
        database.catalog.move_to(version)  # the records may be sealed since
    state = _state(database, stream, shard, *also_read)
    rows = page.rows
    form = RecordForm(state.stream, state.shard, database.arns.region)
    if len(rows) > 1 and sum(len(value) for _, value in rows) > MAX_STREAM_PAGE_SIZE:
        rows = rows[:-1]
    first = number_of(rows[0]) if rows else state.last + 1
    if position > state.shard.start and position < first:
        raise TrimmedDataAccessException
    following = number_of(rows[-1]) + 1 if rows else position
    ended = state.shard.end is not None and (following > state.shard.end or not rows)
    return RecordPage(rows, form, None if ended else following, also_read[0], state.last)


async def position_at_time(database: Database, state: ShardState, time: float) -> int:
    """The position of the first record that was written at `time` or later.

    Records are in the order of their times, except for small differences between clocks.
    """
    prefix = records_prefix(state.stream.id, state.shard.number)
    end = successor(prefix)
    low, high = state.shard.start + 1, state.last + 1
    while low < high:
        middle = (low + high) // 2
        key = prefix + middle.to_bytes(NUMBER_SIZE, "big")
        page = await database.engine.range(key, end, limit=1)
        if not page.rows or time_of(page.rows[0]) >= time:
            high = middle
        else:
            low = number_of(page.rows[0]) + 1
    return low
