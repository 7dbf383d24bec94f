"""How far LMDB's file has the log, noted in the file itself with each commit.

A row of the main database, whose page each commit writes anyway:

    key      logged
    value    offset 0   4  CRC-32 of all that follows
                    4   8  generation of the log
                   12   8  number of the first record that the file does not have

Processes that share the log also note where they go on with it (`Place`):

            offset 20   8  where in its file the next record begins
                   28   8  pages of LMDB's file that this generation has written, about
                   36  16  the snapshot of the checkpoint with which it began (`Snapshot`)
                   52  16  that of the last checkpoint that was on the disk then

Numbers are little-endian. After a power failure LMDB's file cannot be read as such, since any page
may be an older one, or torn. But wherever a whole note is found, the records before its number had
been logged, and flushed if writes are (see `recovery`).
"""

from __future__ import annotations

import os
import struct
import zlib
from typing import Final, NamedTuple

from jedlik.storage.lmdb.data_file import main_roots

NOTE: Final = b"logged"
_NOTE: Final = struct.Struct("<IQQ")
_CHECKED: Final = struct.Struct("<QQ")
_SHARED: Final = struct.Struct("<QQQQQQ")


class Snapshot(NamedTuple):
    """A read transaction that stays open on a checkpoint."""

    transaction: int
    process: int
    """The one that keeps it: only of this one is known when it lets go."""


class Place(NamedTuple):
    """Where processes that share a log go on with it."""

    generation: int
    number: int
    end: int
    """Where in the generation's file the next record begins."""
    pages: int
    """How many pages of LMDB's file the generation has written, about."""
    snapshot: Snapshot
    """That of the checkpoint with which the generation began."""
    needed: Snapshot
    """That of the last one that was on the disk then: no page of it may be written to."""


def progress(generation: int, number: int) -> bytes:
    """The value of a note."""
    checked = _CHECKED.pack(generation, number)
    return zlib.crc32(checked).to_bytes(4, "little") + checked


def encoded(place: Place) -> bytes:
    """The value of a note of processes that share the log."""
    shared = _SHARED.pack(place.end, place.pages, *place.snapshot, *place.needed)
    return progress(place.generation, place.number) + shared


def decoded(value: bytes | None) -> Place | None:
    """Where a note's processes go on; None if they do not share the log, or have not begun."""
    if value is None or len(value) < _NOTE.size + _SHARED.size:
        return None
    _, generation, number = _NOTE.unpack_from(value)
    end, pages, *snapshots = _SHARED.unpack_from(value, _NOTE.size)
    snapshot, needed = Snapshot(*snapshots[:2]), Snapshot(*snapshots[2:])
    return Place(generation, number, end, pages, snapshot, needed)


def noted(data_file: int, generations: range) -> int:
    """The greatest number that is noted in an open file for one of these generations, or 0."""
    found = 0
    for offset, size in main_roots(data_file):
        page = os.pread(data_file, size, offset)
        place = page.find(NOTE)
        value = page[place + len(NOTE) :][: _NOTE.size]
        if place < 0 or len(value) < _NOTE.size:
            continue
        checksum, generation, number = _NOTE.unpack(value)
        if checksum == zlib.crc32(value[4:]) and generation in generations:
            found = max(found, number)
    return found
