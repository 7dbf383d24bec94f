"""The log of a table's changes: the bytes of its records.

A log has a few shards by partition hash, like streams, so that nodes which write different items
seldom conflict. The store keeps the last change of each shard; numbers are big-endian:

    offset 0  8 bytes  its time: microseconds since the epoch
           8  8 bytes  bytes ever written to the shard's records, keys and values

The time of a commit is the later of its clock's time and one microsecond after the last change of
every shard that it touches. So times increase in the order of commits, whatever the clocks of
several nodes say, and a transaction has one time for all its items. Items changed in one commit
differ in their position, the last two bytes of the key.

A record's value:

    offset 0  1 byte   00; a sealed record begins with 01 (see sealing.open_rings)
           1  2 bytes  n, the length of the item's key after the prefix of its table
           3  n bytes  partition hash and sort key bytes
         3+n           the item before the change: stored bytes (see values.stored); nothing if
                       there was none
"""

from __future__ import annotations

import struct
from typing import Final

from jedlik.kernel.backup_keys import last_changes_prefix
from jedlik.storage.engine import Value

LOG_SHARDS: Final = 4
TRIMMED_SHARD: Final = b"\xff"
LAST: Final = struct.Struct(">QQ")
PLACE: Final = struct.Struct(">QH")
"""The end of a record's key: time and position."""
_HEAD: Final = struct.Struct(">xH")


def last_change_keys(table_id: int, log_id: int) -> tuple[bytes, ...]:
    """The keys of the last changes of all shards."""
    prefix = last_changes_prefix(table_id, log_id)
    return tuple(prefix + bytes((shard,)) for shard in range(LOG_SHARDS))


def last_change(value: Value) -> tuple[int, int]:
    """The time of a shard's last change, and the bytes ever written to it."""
    if value is None:
        return 0, 0
    time, size = LAST.unpack(value)
    return time, size


def record(item_key: bytes, old: Value) -> bytes:
    """A record: the item's key after its table's prefix, and its stored bytes before."""
    return _HEAD.pack(len(item_key)) + item_key + (old or b"")


def parsed(value: bytes) -> tuple[bytes, Value]:
    """The item's key and stored bytes in a record."""
    (length,) = _HEAD.unpack_from(value)
    end = _HEAD.size + length
    return value[_HEAD.size : end], value[end:] or None


def place_of(key: bytes) -> tuple[int, int]:
    """The time and the position in a record's key."""
    time, position = PLACE.unpack(key[-PLACE.size :])
    return time, position
