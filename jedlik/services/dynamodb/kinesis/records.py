"""Stream records in the form that consumers of a Kinesis stream read.

Developer guide, "Using Kinesis Data Streams to capture changes to DynamoDB": both images always, no
sequence number. A change that is delivered twice has the same event id both times, so that
consumers can recognize it.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from jedlik.services.dynamodb.kinesis.model import MICROSECOND
from jedlik.services.dynamodb.recording.stream_records import (
    BY_SERVICE,
    HAD_OLD,
    HAS_NEW,
    number_of,
    parts_of,
)
from jedlik.services.dynamodb.tables.stream import Shard, Stream
from jedlik.storage.engine import Row
from jedlik.values.sizes import item_size
from jedlik.values.stored import decode, size_of, wire

_NAMES: Final = {HAS_NEW: b"INSERT", HAD_OLD | HAS_NEW: b"MODIFY", HAD_OLD: b"REMOVE"}
_CLIENT: Final = b"null"
_SERVICE: Final = b'{"type":"Service","principalId":"dynamodb.amazonaws.com"}'
_UNIT: Final = 1024


class KinesisRecord(NamedTuple):
    """A record to send: the partition key (the same for all changes of an item), JSON, the change
    data capture units that it consumes (one for each KB of the larger image), and when it was
    written (seconds since the epoch)."""

    partition_key: str
    data: bytes
    units: int
    time: float


class KinesisForm:
    """The form of one shard's records; `precision` is that of their times."""

    def __init__(self, stream: Stream, shard: Shard, region: str, precision: str) -> None:
        self._salt = f"{stream.uuid}/{shard.number}/".encode()
        self._key_names = stream.schema.names
        self._head = b'{"awsRegion":%b,"eventID":"' % orjson.dumps(region)
        self._table = b',"recordFormat":"application/json","tableName":%b' % orjson.dumps(
            stream.table_name
        )
        self._fine = precision == MICROSECOND
        self._tail = (
            f',"ApproximateCreationDateTimePrecision":"{precision}"}}'
            ',"eventSource":"aws:dynamodb"}'
        ).encode()

    def record(self, row: Row) -> KinesisRecord:
        """The record to send for a stored one (see `recording.stream_records`)."""
        microseconds, flags, new, old = parts_of(row[1])
        item = decode(new or old)
        keys = {name: item[name] for name in self._key_names}
        size, images = item_size(keys), b""
        if new:
            images += b',"NewImage":' + wire(new)
            size += size_of(new)
        if old:
            images += b',"OldImage":' + wire(old)
            size += size_of(old)
        larger = max(size_of(image) for image in (new, old) if image)
        written = orjson.dumps(keys)
        data = b'%b%b","eventName":"%b","userIdentity":%b%b,"dynamodb":{%b%d,"Keys":%b%b%b%d%b' % (
            self._head,
            self._event_id(number_of(row)),
            _NAMES[flags & (HAD_OLD | HAS_NEW)],
            _SERVICE if flags & BY_SERVICE else _CLIENT,
            self._table,
            b'"ApproximateCreationDateTime":',
            microseconds if self._fine else microseconds // 1000,
            written,
            images,
            b',"SizeBytes":',
            size,
            self._tail,
        )
        partition = blake2b(written, digest_size=16).hexdigest().upper()
        return KinesisRecord(partition, data, math.ceil(larger / _UNIT), microseconds / 1_000_000)

    def _event_id(self, number: int) -> bytes:
        digest = blake2b(self._salt + number.to_bytes(8, "big"), digest_size=16).digest()
        return str(UUID(bytes=digest, version=4)).encode()
