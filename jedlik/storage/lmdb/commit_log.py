"""The log of commits: what was acknowledged since the last checkpoint (see `checkpoint`), in order.

A commit's changes are written here in one piece and flushed. That costs a fraction of flushing
the pages of a tree that they touch, which lie all over LMDB's file.

    DIR/log.0, DIR/log.1   the records of the generations with that parity

A record begins on a block of its own, so that writing it cannot harm the one before it:

    offset 0   4  CRC-32 of all that follows
           4   4  bytes of content
           8   8  generation: a checkpoint begins a new one, in the other file
          16   8  number of the record, counted through all generations
          24      content: how many changes (4), the length of each one's key (4) and of its value
                  plus one, 0 where the key is deleted (4), then the keys and values themselves

Numbers are little-endian. What is left of older generations in a file is not read: a generation
ends with the first record that is not its next one. Files are overwritten again and again, which
flushes faster than a file that grows.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from jedlik.storage.disk import NO_ROOM, open_own, sync_directory
from jedlik.storage.engine import Value
from jedlik.storage.failures import OutcomeUnknown, StorageFailure, StorageFull, StorageUnavailable
from jedlik.storage.flushes import flush_file

BLOCK: Final = 4096
_HEADER: Final = struct.Struct("<IIQQ")
_CHECKED: Final = struct.Struct("<IQQ")
"""The header without its checksum."""
_GROWTH: Final = 1 << 20
_CANNOT_ALLOCATE: Final = frozenset((errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL))
"""What file systems say that know no such thing, where the C library does not make up for it."""
_KEPT: Final = 16 << 20
"""Bytes of a file that are kept for the next generation in it."""


MAX_UNSTORED: Final = 128
MAX_UNSTORED_BYTES: Final = 64 * 1024
"""Changes, and bytes of their values, that only the log has, with which it is time to put them into
LMDB's file by one commit. More of them share few pages, and their commit keeps other requests
waiting for longer."""


class Record(NamedTuple):
    """What one of the processes that share a log has read of it."""

    changes: Mapping[bytes, Value]
    end: int
    """Where the next record begins."""


class CommitLog:
    """Both files, open for writing. One thread at a time; methods raise StorageFailure.

    `number` is that of the next record.
    """

    def __init__(self, directory: Path, generation: int) -> None:
        self.generation = generation
        self.number = 0
        self.files: list[int] = []
        try:
            for file in files(directory):
                self.files.append(_opened(file))
            sync_directory(directory)
        except OSError:
            self.close()
            raise
        self._sizes = [os.fstat(file).st_size for file in self.files]
        self._end = 0
        self._last = 0
        self._refused = 0

    def append(self, changes: Mapping[bytes, Value]) -> None:
        """Write a record, unflushed. It is not there after a failure other than OutcomeUnknown."""
        content = encoded(changes)
        checked = _CHECKED.pack(len(content), self.generation, self.number)
        checksum = zlib.crc32(content, zlib.crc32(checked))
        length = _HEADER.size + len(content)
        padding = -length % BLOCK
        self._last = self._end
        try:
            self._make_room(self._end + length + padding)
            header = struct.pack("<I", checksum) + checked
            self._write([header, content, bytes(padding)], length + padding)
        except OSError as error:
            self._take_back(error)
            self._refused = length + padding
            raise log_failure(error) from error
        self._end += length + padding
        self.number += 1

    def flush(self) -> None:
        """Flush what was written of this generation. Raises OSError."""
        flush_file(self._file)

    def flush_both(self) -> None:
        """Flush the generation before as well. Raises OSError."""
        for file in self.files:
            flush_file(file)

    def withdraw(self) -> None:
        """Take the last record back. Raises OutcomeUnknown where it may have stayed."""
        self.number -= 1
        self._take_back(None)

    def next_generation(self) -> None:
        """Write to the other file from now on. What is in it belongs to no checkpoint any more."""
        self.generation += 1
        self._end = self._last = 0
        self._shorten()

    def go_on(self, generation: int, number: int, end: int) -> None:
        """Go on where another process has left off: in the file of a generation, at `end`. Raises
        OSError."""
        self.generation, self.number = generation, number
        self._end = self._last = end
        self._sizes = [os.fstat(file).st_size for file in self.files]
        if not end:
            self._shorten()

    def head(self, generation: int, number: int, at: int) -> bytes | None:
        """The head of the record with this number, if it begins there. Raises OSError."""
        head = os.pread(self.files[generation & 1], _HEADER.size, at)
        if len(head) < _HEADER.size or _HEADER.unpack(head)[2:] != (generation, number):
            return None
        return head

    def content(self, head: bytes, at: int) -> bytes | None:
        """What follows a head; None if it was not written to its end. Raises OSError."""
        checksum, length, generation, _ = _HEADER.unpack(head)
        content = os.pread(self.files[generation & 1], length, at + _HEADER.size)
        if len(content) < length or zlib.crc32(content, zlib.crc32(head[4:])) != checksum:
            return None
        return content

    def record(self, generation: int, number: int, at: int) -> Record | None:
        """The record with this number, if it begins there and is whole. Raises OSError."""
        head = self.head(generation, number, at)
        content = None if head is None else self.content(head, at)
        if head is None or content is None:
            return None
        return Record(decoded(content), self.end_of(head, at))

    def first_number(self, generation: int) -> int | None:
        """The number of a generation's first record; None if there is no record of it. Raises
        OSError."""
        return self._number_at(generation, 0)

    def end_of(self, head: bytes, at: int) -> int:
        """Where the record after one with this head begins."""
        length: int = _HEADER.size + _HEADER.unpack(head)[1]
        return at + length + -length % BLOCK

    def end_generation(self, generation: int, end: int) -> None:
        """Have the records of a generation end here, for good. One that still follows was never
        committed: its process has died. Raises OSError."""
        if self._number_at(generation, end) is not None:
            file = self.files[generation & 1]
            os.pwrite(file, bytes(BLOCK), end)
            flush_file(file)

    def write_again(self, generation: int, begin: int, end: int) -> None:
        """Have what a generation has between two places be written once more. Raises OSError."""
        file = self.files[generation & 1]
        for at in range(begin, end, _GROWTH):
            os.pwrite(file, os.pread(file, min(_GROWTH, end - at), at), at)

    def erase(self, generation: int, begin: int, end: int) -> None:
        """Have no record of a generation be there between two places. Raises OSError.

        The last one goes first: a process that dies meanwhile leaves none behind one that has gone.
        """
        file = self.files[generation & 1]
        for at in range(end - BLOCK, begin - BLOCK, -BLOCK):
            os.pwrite(file, bytes(BLOCK), at)
        flush_file(file)

    def close(self) -> None:
        """Close the files, which stay where they are."""
        for file in self.files:
            os.close(file)

    @property
    def has_room_elsewhere(self) -> bool:
        """Whether the last record that was refused fits into the other file as it is, or into this
        one from its start."""
        here = self._sizes[self.place] if self._end else 0
        return self._refused <= max(here, self._sizes[1 - self.place])

    @property
    def end(self) -> int:
        """Where in the file of its generation the next record begins."""
        return self._end

    @property
    def blocks(self) -> int:
        """How many blocks the records of this generation have."""
        return self._end // BLOCK

    @property
    def place(self) -> int:
        """Which of the files is written to."""
        return self.generation & 1

    @property
    def _file(self) -> int:
        return self.files[self.place]

    def _number_at(self, generation: int, at: int) -> int | None:
        """The number of the record of a generation that begins there, if one does."""
        head = os.pread(self.files[generation & 1], _HEADER.size, at)
        if len(head) < _HEADER.size or _HEADER.unpack(head)[2] != generation:
            return None
        number: int = _HEADER.unpack(head)[3]
        return number

    def _write(self, parts: list[bytes], length: int) -> None:
        written = os.pwritev(self._file, parts, self._end)
        if written < length:
            rest = b"".join(parts)
            while written < length:
                written += os.pwrite(self._file, rest[written:], self._end + written)

    def _make_room(self, needed: int) -> None:
        """Have the disk set aside what a record takes, and more, so that a flush need not."""
        place = self.place
        size = self._sizes[place]
        if needed <= size:
            return
        allocate = getattr(os, "posix_fallocate", None)
        if allocate is not None:
            more = max(needed - size, _GROWTH)
            try:
                allocate(self._file, size, more)
            except OSError:
                more = needed - size
                try:
                    allocate(self._file, size, more)
                except OSError as error:
                    if error.errno not in _CANNOT_ALLOCATE:
                        raise
            needed = size + more
        self._sizes[place] = needed

    def _shorten(self) -> None:
        """Give back what a long generation took of the disk."""
        place = self.place
        if self._sizes[place] > _KEPT:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, _KEPT)
                self._sizes[place] = _KEPT

    def _take_back(self, reason: OSError | None) -> None:
        self._end = self._last
        try:
            if self._sizes[self.place] > self._end:
                os.pwrite(self._file, bytes(BLOCK), self._end)
                self.flush()
        except OSError as error:
            raise OutcomeUnknown(f"the log cannot be written: {error}") from reason or error


def files(directory: Path) -> list[Path]:
    """The two files of a log."""
    return [directory / "log.0", directory / "log.1"]


def contents(directory: Path, generation: int, number: int) -> Iterator[bytes]:
    """The contents of all records from `number` on: those of a generation, and of the one after it,
    which has begun if the next checkpoint was being made.

    Ends where the log does; a record that was not written to its end is not part of it.
    """
    for each in (generation, generation + 1):
        with contextlib.closing(_Reader(files(directory)[each & 1])) as reader:
            while (content := reader.next(each, number)) is not None:
                yield content
                number += 1


class _Reader:
    def __init__(self, file: Path) -> None:
        self._stream = open_own(file)
        self._size = os.fstat(self._stream.fileno()).st_size

    def next(self, generation: int, number: int) -> bytes | None:
        """The content of the next record, if it is the one with this number."""
        header = self._stream.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return None
        checksum, length, its_generation, its_number = _HEADER.unpack(header)
        if (its_generation, its_number) != (generation, number):
            return None
        if length > self._size - self._stream.tell():
            return None
        content = self._stream.read(length)
        if zlib.crc32(content, zlib.crc32(header[4:])) != checksum:
            return None
        self._stream.seek(-(_HEADER.size + length) % BLOCK, os.SEEK_CUR)
        return content

    def close(self) -> None:
        self._stream.close()


def encoded(changes: Mapping[bytes, Value]) -> bytes:
    """The content of a record."""
    lengths: list[int] = []
    parts: list[bytes] = [b""]
    for key, value in changes.items():
        parts.append(key)
        if value is None:
            lengths += (len(key), 0)
        else:
            lengths += (len(key), len(value) + 1)
            parts.append(value)
    parts[0] = struct.pack(f"<{len(lengths) + 1}I", len(changes), *lengths)
    return b"".join(parts)


def value_bytes(changes: Mapping[bytes, Value]) -> int:
    """Bytes of the values that are put."""
    return sum(map(len, filter(None, changes.values())))


def decoded(content: bytes) -> dict[bytes, Value]:
    """The changes in the content of a record."""
    (count,) = struct.unpack_from("<I", content)
    lengths = struct.unpack_from(f"<{2 * count}I", content, 4)
    at = 4 + 8 * count
    changes: dict[bytes, Value] = {}
    for place in range(0, 2 * count, 2):
        end = at + lengths[place]
        key = content[at:end]
        at = end
        if lengths[place + 1]:
            at = end + lengths[place + 1] - 1
            changes[key] = content[end:at]
        else:
            changes[key] = None
    return changes


def _opened(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def log_failure(error: OSError) -> StorageFailure:
    """What an error of the log's files means."""
    if error.errno in NO_ROOM:
        return StorageFull(f"no room left for the log: {error}")
    return StorageUnavailable(f"the log cannot be written: {error}")
