"""Where recovery begins: a state of LMDB's file all of whose pages are on the disk.

Commits that only the log keeps (see `commit_log`) leave LMDB's file unflushed: after a power loss
any of the pages that they wrote may be there or not, the meta pages included. But LMDB never
changes a page in place that some reader's snapshot has, and a checkpoint is such a snapshot: a read
transaction stays open on it, so all of its pages stay as they were when they were flushed. What is
kept of it here are the two meta pages, for these LMDB does overwrite.

    DIR/checkpoint   two slots, each a multiple of 4096 bytes; the valid one with the greater
                     generation counts

    offset 0   4  CRC-32 of all that follows in the slot
           4   4  size of LMDB's pages
           8   8  generation of the log that follows the checkpoint
          16   8  number of its first record
          24      LMDB's pages 0 and 1
        then   1  1 if each record is flushed before LMDB's file gets its commit (see `recovery`)

Where one of several processes could not flush LMDB's file, the slot that its checkpoint was for
gets a header with the generation `FAILED`, for the processes that start later: the system reports
once that pages could not be written, and forgets them.

The file is there from the first write on. Once the engine is closed it says only that (`CLOSED`).
Where it says anything else when a directory is opened, the process that had it was killed, or the
power failed (see `recovery`).

It is not removed, because directories are copied over earlier copies of them. Of a server that had
been killed such a copy has a checkpoint, which would be taken for one of the file that has come to
lie beside it.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from jedlik.storage.disk import ASIDE, open_own, replace_file, sync_directory, sync_file
from jedlik.storage.engine import Value
from jedlik.storage.flushes import flush_file
from jedlik.storage.lmdb.commit_log import BLOCK, value_bytes
from jedlik.storage.lmdb.data_file import Damaged, newest_transaction, page_size
from jedlik.storage.lmdb.progress import noted

PAGES: Final = 4096
"""About as many pages of LMDB's file are written before the next checkpoint is begun, 16 MiB, or
as many blocks of the log."""

MAX_WRITTEN: Final = 16
"""Times `PAGES`: from there on a commit waits for the checkpoint that is being made."""

_PAGE: Final = 4096
_PAGES_OF_A_COMMIT: Final = 4
_PAGES_OF_A_CHANGE: Final = 2
"""The upper pages of the trees, which each commit writes; and for a change, its leaf and what is
right above it."""

FILE: Final = "checkpoint"
CLOSED: Final = b"closed\n"
FAILED: Final = (1 << 64) - 1
_HEADER: Final = struct.Struct("<IIQQ")


class Checkpoint(NamedTuple):
    """The meta pages of a flushed state, and the record with which the log goes on from it."""

    generation: int
    number: int
    metas: bytes
    is_strict: bool = False
    """Whether each record is flushed before LMDB's file gets its commit."""


class CheckpointFile:
    """The file, open for writing. Raises OSError."""

    def __init__(self, directory: Path, first: Checkpoint) -> None:
        path = directory / FILE
        slot = _encoded(first)
        empty = bytes(len(slot))
        replace_file(path, empty + slot if first.generation & 1 else slot + empty)
        self._file = _opened(directory)

    def write(self, checkpoint: Checkpoint) -> None:
        """Put a checkpoint in place of the one before the last, durably."""
        _write(self._file, checkpoint)

    def close(self) -> None:
        """Close the file, which stays where it is."""
        os.close(self._file)


class NewestGeneration:
    """Looks at the file of processes that share a directory, which stays the same one from its
    first checkpoint until all of them have ended; so it stays open."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._file: int | None = None
        self._size = 0

    def look(self) -> int | None:
        """The generation of the last checkpoint, or of one that was not written to its end; FAILED
        where none may follow; None if it is closed. Cheaper than reading it. Raises OSError."""
        if self._file is None and not self._open():
            return None
        assert self._file is not None, "it is open"
        slots = os.pread(self._file, self._size, 0)
        newest: int = max(_HEADER.unpack_from(slots, at)[2] for at in (0, self._size // 2))
        return newest

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> bool:
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        self._size = os.fstat(file).st_size
        if self._size <= len(CLOSED):
            os.close(file)
            return False
        self._file = file
        return True


def write_checkpoint(directory: Path, checkpoint: Checkpoint) -> None:
    """The same by one of several processes, while no other one does it. The generation is odd where
    that of the last checkpoint is even, or the other way round. Raises OSError."""
    if is_closed(directory):
        CheckpointFile(directory, checkpoint).close()
        return
    file = _opened(directory)
    try:
        _write(file, checkpoint)
    finally:
        os.close(file)


def note_failure(directory: Path) -> None:
    """Have no checkpoint follow the last one: LMDB's file could not be flushed. Raises Damaged and
    OSError."""
    last = read_checkpoint(directory)
    if last is None:  # nothing was acknowledged yet that is not flushed
        return
    file = _opened(directory)
    try:
        half = os.fstat(file).st_size // 2
        os.pwrite(file, _HEADER.pack(0, 0, FAILED, 0), half * (last.generation + 1 & 1))
    finally:
        os.close(file)


def is_closed(directory: Path) -> bool:
    """Whether LMDB's file holds everything by itself. Raises OSError."""
    try:
        with (directory / FILE).open("rb") as stream:
            return stream.read(len(CLOSED) + 1) == CLOSED
    except FileNotFoundError:
        return True


def note_closed(directory: Path) -> None:
    """Say so, durably, in place of the checkpoint. Raises OSError."""
    try:
        replace_file(directory / FILE, CLOSED)
    except OSError:  # on a full disk no file can be written, but one be removed
        (directory / FILE).unlink()
        with contextlib.suppress(FileNotFoundError):
            (directory / (FILE + ASIDE)).unlink()
        sync_directory(directory)


def pages_of(changes: Mapping[bytes, Value]) -> int:
    """About how many pages of LMDB's file a commit writes."""
    size = value_bytes(changes)
    return _PAGES_OF_A_COMMIT + _PAGES_OF_A_CHANGE * len(changes) + size // _PAGE


def read_checkpoint(directory: Path) -> Checkpoint | None:
    """The last checkpoint; None if it is closed. Raises Damaged and OSError."""
    if is_closed(directory):
        return None
    path = directory / FILE
    with open_own(path) as stream:
        content = stream.read()
    half = len(content) // 2
    found = [_decoded(slot) for slot in (content[:half], content[half:])]
    valid = [checkpoint for checkpoint in found if checkpoint is not None]
    if not valid:
        raise Damaged(f"{path} is not a checkpoint")
    return max(valid, key=lambda checkpoint: checkpoint.generation)


def durable_checkpoint(directory: Path) -> Checkpoint | None:
    """The same, on the disk: the process that wrote it may have died before it was. Raises Damaged
    and OSError."""
    checkpoint = read_checkpoint(directory)
    if checkpoint is not None:
        sync_file(directory / FILE)
        sync_directory(directory)
    return checkpoint


def meta_pages(data_file: int) -> bytes:
    """The two meta pages of LMDB's open file. No commit may be under way."""
    size = page_size(data_file)
    return os.pread(data_file, 2 * size, 0)


def records_since(data_file: Path, checkpoint: Checkpoint) -> int:
    """How many of the log's records LMDB's file has had since the checkpoint, at least.

    Raises Damaged for another file, which someone put in its place: one that was at the checkpoint
    counts no earlier transaction.
    """
    with open_own(data_file) as stream:
        found = newest_transaction(os.pread(stream.fileno(), len(checkpoint.metas), 0))
        generations = range(checkpoint.generation, checkpoint.generation + 2)
        number = noted(stream.fileno(), generations)
    expected = newest_transaction(checkpoint.metas)
    if found is None or expected is None:
        return 0
    if found < expected:
        raise Damaged(
            f"{data_file} is older than {FILE} beside it, so not the file that it goes with "
            "(the files of a directory are only put back all together)"
        )
    # Each commit has one record at least. Files of earlier versions have no note.
    return max(found - expected, number - checkpoint.number)


def restore(data_file: Path, checkpoint: Checkpoint) -> None:
    """Make LMDB's file that of the checkpoint again. No process may have it open."""
    with open_own(data_file) as stream:
        stream.write(checkpoint.metas)
        stream.flush()
        os.fsync(stream.fileno())


def _opened(directory: Path) -> int:
    return os.open(directory / FILE, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)


def _write(file: int, checkpoint: Checkpoint) -> None:
    slot = _encoded(checkpoint)
    os.pwrite(file, slot, len(slot) * (checkpoint.generation & 1))
    flush_file(file)


def _encoded(checkpoint: Checkpoint) -> bytes:
    generation, number, metas, is_strict = checkpoint
    rest = struct.pack("<IQQ", len(metas) // 2, generation, number) + metas + bytes((is_strict,))
    rest += bytes(-(4 + len(rest)) % BLOCK)
    return struct.pack("<I", zlib.crc32(rest)) + rest


def _decoded(slot: bytes) -> Checkpoint | None:
    if len(slot) < _HEADER.size:
        return None
    checksum, size, generation, number = _HEADER.unpack_from(slot)
    if generation == FAILED or zlib.crc32(slot[4:]) != checksum:
        return None
    end = _HEADER.size + 2 * size
    return Checkpoint(generation, number, slot[_HEADER.size : end], slot[end] == 1)
