"""Stream records: their stored bytes, and their JSON.

Writes pay for records, whether or not anyone reads them. So a record stores only what cannot be
derived: the images are copies of an item's stored bytes. Everything that is the same for all
records of a shard, or follows from an image, is added when the record is read.

A record as it is stored, numbers big-endian:

    offset 0  8 bytes  when it was written: milliseconds since the epoch
           8  1 byte   which images there were, and which are here (see the flags below)
           9  4 bytes  n, the length of the new image, 0 if it is not here
          13  n bytes  the new image: stored bytes (see values.stored)
        13+n           the old image, if it is here, likewise; or, if neither image is here, the
                       key attributes alone
    at the end 2 bytes in internal streams: microseconds beyond the milliseconds

Sequence numbers on the wire are decimal and of 21 digits: 10**20 plus the record's number.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from typing import Final, NamedTuple

import orjson

from jedlik.kernel.keyspaces import NUMBER_SIZE
from jedlik.services.dynamodb.tables.stream import Shard, Stream
from jedlik.storage.engine import Row
from jedlik.values.sizes import item_size
from jedlik.values.stored import decode, size_of, wire

FIRST_SEQUENCE_NUMBER: Final = 10**20
EVENT_VERSION: Final = "1.1"

HEAD: Final = struct.Struct(">QBI")

HAD_OLD: Final = 1
"""There was an item before."""
HAS_NEW: Final = 2
"""There is an item now."""
BY_SERVICE: Final = 4
"""The server itself wrote it: the item had expired."""

KEYS_ALONE: Final = 8
"""Neither image is here."""

FINE_TIME: Final = 16
"""Microseconds are here."""
FINE_TIME_SIZE: Final = 2

_NAMES: Final = {
    HAS_NEW: b'","eventName":"INSERT',
    HAD_OLD | HAS_NEW: b'","eventName":"MODIFY',
    HAD_OLD: b'","eventName":"REMOVE',
}
_IDENTITY: Final = b',"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}}'


class RecordParts(NamedTuple):
    """The parts of a stored record: when it was written, in microseconds since the epoch; its
    flags; its images as stored bytes, or with KEYS_ALONE the keys in place of the old one."""

    microseconds: int
    flags: int
    new: bytes
    old: bytes


def parts_of(stored: bytes) -> RecordParts:
    """The parts of a stored record."""
    milliseconds, flags, length = HEAD.unpack_from(stored)
    middle, end, beyond = HEAD.size + length, len(stored), 0
    if flags & FINE_TIME:
        end -= FINE_TIME_SIZE
        beyond = int.from_bytes(stored[end:], "big")
    new, old = stored[HEAD.size : middle], stored[middle:end]
    return RecordParts(1000 * milliseconds + beyond, flags, new, old)


def sequence_number(number: int) -> str:
    """A record's number as it is on the wire."""
    return str(FIRST_SEQUENCE_NUMBER + number)


def time_of(row: Row) -> float:
    """When a record was written: seconds since the epoch, with milliseconds."""
    return int.from_bytes(row[1][:NUMBER_SIZE], "big") / 1000


def number_of(row: Row) -> int:
    """A record's number in its shard."""
    return int.from_bytes(row[0][-NUMBER_SIZE:], "big")


class RecordForm:
    """How the records of one shard look on the wire (API reference, "Record")."""

    __slots__ = ("_head", "_key_names", "_middle", "_tail")

    def __init__(self, stream: Stream, shard: Shard, region: str) -> None:
        # With the record's number after it, an id that no other event has.
        salt = blake2b(f"{stream.uuid}/{shard.number}".encode(), digest_size=8)
        self._head = b'{"eventID":"' + salt.hexdigest().encode()
        self._middle = (
            f'","eventVersion":"{EVENT_VERSION}","eventSource":"aws:dynamodb",'
            f'"awsRegion":"{region}","dynamodb":{{"ApproximateCreationDateTime":'
        ).encode()
        self._key_names = stream.schema.names
        self._tail = f',"StreamViewType":"{stream.view_type}"}}'.encode()

    def json(self, row: Row) -> bytes:
        """A record's JSON."""
        number = number_of(row)
        microseconds, flags, new, old = parts_of(row[1])
        item = decode(new or old)
        keys = {name: item[name] for name in self._key_names}
        size = item_size(keys)
        images = b""
        if not flags & KEYS_ALONE:
            if new:
                images = b',"NewImage":' + wire(new)
                size += size_of(new)
            if old:
                images += b',"OldImage":' + wire(old)
                size += size_of(old)
        return b'%b%016x%b%b%d,"Keys":%b%b,"SequenceNumber":"%d","SizeBytes":%d%b%b' % (
            self._head,
            number,
            _NAMES[flags & (HAD_OLD | HAS_NEW)],
            self._middle,
            microseconds // 1_000_000,
            orjson.dumps(keys),
            images,
            FIRST_SEQUENCE_NUMBER + number,
            size,
            self._tail,
            _IDENTITY if flags & BY_SERVICE else b"}",
        )


assert 1 << 8 * NUMBER_SIZE < 9 * 10**20, "sequence numbers have 21 digits"
