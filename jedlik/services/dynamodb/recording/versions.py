"""The version of an item: who wrote it last, and when. The later version wins, everywhere.

A version is a time and a region. Of two versions the one with the later time is later, and of equal
times the one whose region's name is greater. Each region gives its own writes versions: the time of
its clock, or a microsecond more than the item's previous version, whichever is later. So a write is
later than the version that its writer saw, whatever the clocks say, and a clock that runs ahead
affects only the items written with it.

An item without a version (written before its table had replicas) is older than any. So is one that
never existed. A deletion has a version like any write, and is recorded until nothing older can be
on its way (see `upkeep`).

A stored version:

    offset 0  8 bytes  its time: microseconds since the epoch, big-endian
           8  8 bytes  the number of the change in this region's log (see `replication_log`); 0 if
                       it came from another region
          16  1 byte   00: the item exists, 01: it was deleted
          17           the region, UTF-8
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from jedlik.storage.engine import Value

_HEAD: Final = struct.Struct(">QQ?")
_DELETED_AT: Final = 16

MICROSECONDS: Final = 1_000_000


class Version(NamedTuple):
    """A version; compares as versions do."""

    time: int
    region: str


class ItemVersion(NamedTuple):
    """The stored form of an item's version. `number` is 0 if another region wrote it."""

    version: Version
    number: int
    deleted: bool


def encode_version(time: int, region: bytes, number: int, *, deleted: bool) -> bytes:
    """A stored version; `time` in microseconds since the epoch."""
    return _HEAD.pack(time, number, deleted) + region


def decode_version(stored: Value) -> ItemVersion | None:
    """A version from its stored form; None if nothing is stored."""
    if stored is None:
        return None
    time, number, deleted = _HEAD.unpack_from(stored)
    return ItemVersion(Version(time, stored[_HEAD.size :].decode()), number, deleted)


def is_deletion(stored: bytes) -> bool:
    """Whether a stored version is of a deletion."""
    return stored[_DELETED_AT] == 1
