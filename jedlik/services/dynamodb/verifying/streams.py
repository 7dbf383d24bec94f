"""Checks of streams and their records.

A shard's records have no gaps between the oldest that is kept and the last that was written, so
that lost or duplicated records are detected.
"""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import ID_SIZE, NUMBER_SIZE, RECORD_NUMBERS, RECORDS, STREAMS
from jedlik.services.dynamodb.recording.stream_records import HEAD, RecordForm
from jedlik.services.dynamodb.streams.streams import decode
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.stream import HASHES, Shard, Stream
from jedlik.storage.engine import Row
from jedlik.values.keybytes import partition_hash
from jedlik.values.stored import is_sealed

_KEY_SIZE = len(RECORDS) + 2 * ID_SIZE


def decoded_stream(rest: bytes, value: bytes, found: Report) -> Stream | None:
    """The stream described under a catalog key that ends in `rest`; None if it is unreadable."""
    place = f"stream {rest.decode(errors='replace')}"
    try:
        stream = decode(value)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        found(place, f"its description cannot be read: {error!r}")
        return None
    if rest != f"{stream.table_name}\0{stream.label}".encode():
        found(place, f"its description is that of {stream.table_name} {stream.label}")
    _check_shards(place, stream, found)
    return stream


def _check_shards(place: str, stream: Stream, found: Report) -> None:
    by_id = {shard.id: shard for shard in stream.shards}
    numbers = [shard.number for shard in stream.shards]
    if numbers != sorted(set(numbers)) or (numbers and numbers[-1] >= stream.next_shard):
        found(place, "its shards are not numbered in order")
    for shard in stream.shards:
        parent = by_id.get(shard.parent or "")
        if parent is not None and (parent.end is None or shard.start <= parent.end):
            found(place, f"{shard.id} does not begin behind the end of its parent")
    if stream.closed_at is not None:
        if stream.open_shards:
            found(place, "is disabled, and has open shards")
        return
    low = 0
    for shard in sorted(stream.open_shards, key=lambda shard: shard.low):
        if shard.low != low:
            found(place, f"{shard.id} does not begin where its neighbour ends")
        low = shard.high + 1
    if low != HASHES:
        found(place, "its open shards do not cover all items")


def check_streams_of_tables(
    tables: Iterable[Table], streams: dict[int, Stream], found: Report
) -> None:
    """Compare the streams with their tables' descriptions."""
    enabled = set()
    for table in tables:
        for stream in table.streams:
            if stream.closed_at is not None:
                continue
            enabled.add(stream.id)
            whole = streams.get(stream.id)
            place = f"table {table.name}"
            if whole is None:
                found(place, f"its stream {stream.label} is not described")
            elif whole.with_open_shards_only() != stream:
                found(place, f"knows its stream {stream.label} otherwise than it is")
    for stream in streams.values():
        if stream.closed_at is None and stream.id not in enabled:
            found(f"stream {stream.table_name} {stream.label}", "is enabled on no table")


class StreamWalk:
    """Checks all keys of streams during the walk, in their order."""

    def __init__(self, streams: dict[int, Stream], found: Report) -> None:
        self._found = found
        self._shards: dict[tuple[int, int], tuple[Stream, Shard]] = {
            (stream.id, shard.number): (stream, shard)
            for stream in streams.values()
            for shard in stream.shards
        }
        self._last: dict[tuple[int, int], int] = {}
        self._read: dict[tuple[int, int], int] = {}
        self._forms: dict[tuple[int, int], RecordForm] = {}

    def rows(self, rows: Iterable[Row]) -> None:
        """Check the next rows: numbers of last records come first, then the records."""
        for row in rows:
            key, value = row
            place = f"stream key {key.hex()}"
            shard = _ids(key)
            if key.startswith(RECORD_NUMBERS) and len(key) == _KEY_SIZE:
                self._number(place, shard, value)
            elif key.startswith(RECORDS) and len(key) == _KEY_SIZE + NUMBER_SIZE:
                self._record(place, shard, row)
            else:
                self._found(place, "is neither a record nor the number of one")

    def _number(self, place: str, ids: tuple[int, int], value: bytes) -> None:
        known = self._shards.get(ids)
        if known is None or known[1].end is not None:
            self._found(place, "is of no open shard")
        elif len(value) != NUMBER_SIZE or int.from_bytes(value, "big") <= known[1].start:
            self._found(place, f"is {value.hex()}, and the shard begins at {known[1].start}")
        else:
            self._last[ids] = int.from_bytes(value, "big")

    def _record(self, place: str, ids: tuple[int, int], row: Row) -> None:
        known = self._shards.get(ids)
        if known is None:
            self._found(place, "is a record of no shard")
            return
        stream, shard = known
        number = int.from_bytes(row[0][-NUMBER_SIZE:], "big")
        before = self._read.get(ids)
        if number <= shard.start or (before is not None and number != before + 1):
            self._found(place, f"record {number} follows {before or shard.start} in its shard")
        self._read[ids] = number
        if is_sealed(row[1], HEAD.size):
            return  # its key is not available, or it is broken, which is already reported
        form = self._forms.setdefault(ids, RecordForm(stream, shard, ""))
        try:
            keys = orjson.loads(form.json(row))["dynamodb"]["Keys"]
            hash_ = partition_hash([keys[stream.schema.partition[0].name]])
        except Exception as error:  # any error in reading the bytes is the finding
            self._found(place, f"cannot be read: {error!r}")
            return
        if not shard.low <= int.from_bytes(hash_[:NUMBER_SIZE], "big") <= shard.high:
            self._found(place, "is of an item that belongs to another shard")

    def end(self) -> None:
        """Compare the last records with the shards; to be called at the end."""
        for ids, (stream, shard) in self._shards.items():
            last = self._last.get(ids, shard.start) if shard.end is None else shard.end
            read = self._read.get(ids)
            if read is not None and read != last:
                place = f"shard {shard.id} of stream {stream.table_name} {stream.label}"
                self._found(place, f"ends with record {last}; the last one there is {read}")


def _ids(key: bytes) -> tuple[int, int]:
    at = len(RECORDS)
    return (
        int.from_bytes(key[at : at + ID_SIZE], "big"),
        int.from_bytes(key[at + ID_SIZE : at + 2 * ID_SIZE], "big"),
    )


assert len(RECORDS) == len(RECORD_NUMBERS) == len(STREAMS)
