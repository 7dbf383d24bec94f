"""One LMDB environment of this process: opening it, its map, and what its errors mean.

LMDB maps its file into memory at a size fixed beforehand. The size is only address space: the file
grows as pages are written, so the map is made far larger than the data will be. It still grows when
it is full, unless `map_limit` says otherwise or processes share the file. Growing it unmaps the old
map and so ends the transactions of this process; reads that were under way begin again (see
`LmdbReads`).

    data.mdb   LMDB 0.9's file (data format 1), the databases "rows" and "longs" (see `longkeys`)
    lock.mdb   LMDB's reader table and writer lock, shared by the processes
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import lmdb

from jedlik.storage.disk import NEARLY_FULL, NO_ROOM, keep_to_ourselves, room, sync_directory
from jedlik.storage.engine import Row, Value
from jedlik.storage.failures import (
    DataDirectoryError,
    OutcomeUnknown,
    StorageFailure,
    StorageFull,
    StorageUnavailable,
)
from jedlik.storage.lmdb.data_file import Damaged, check_length
from jedlik.storage.lmdb.longkeys import STUB, LongKeys
from jedlik.storage.lmdb.new_pages import NewPages
from jedlik.storage.lmdb.progress import NOTE, Place, Snapshot, decoded, encoded, progress

DATA_FILE: Final = "data.mdb"
DEFAULT_MAP_SIZE: Final = 1 << 40
"""Address space for the map; if the system refuses that much, ever less is asked for."""
_SMALLEST_DEFAULT: Final = 1 << 30
MAX_READERS: Final = 1022
"""Read transactions open at once, over all processes; a process keeps one or two."""
LOCK_FILE_SIZE: Final = (MAX_READERS + 2) * 64
"""LMDB's header and one cache line for each reader."""

ATTEMPTS: Final = 64
"""Of a transaction: more than the map can be doubled."""

_LASTING: Final = (
    lmdb.PanicError,
    lmdb.CorruptedError,
    lmdb.PageNotFoundError,
    lmdb.MapResizedError,  # the map is smaller than the file, and growing it would end snapshots
)
"""Errors after which no further attempt goes better."""

_PAUSE: Final = 0.001
_LMDB_0_9: Final = 0


class Environment:
    """An open environment. Raises `DataDirectoryError` when it cannot be opened.

    Commits are not flushed, since there is a log; `sync` does it. Unless it `grows`, the map stays
    as it is, and with it the snapshots, also those of processes that have died. `read_only` for
    media that cannot be written to: no process may write while it is open.
    """

    def __init__(
        self,
        directory: Path,
        map_size: int | None = None,
        map_limit: int | None = None,
        *,
        grows: bool = True,
        read_only: bool = False,
    ) -> None:
        self.directory = directory
        self._limit = map_limit
        self._grows = grows
        self.closed = False
        self._new_pages: NewPages | None = None
        try:
            if not read_only:
                _allocate_lock_file(directory)
            if (directory / DATA_FILE).exists():
                check_length(directory / DATA_FILE)
        except OSError as error:
            raise unusable(directory, error) from error
        except Damaged as error:
            raise DataDirectoryError(f"{error}; restore it from a backup") from error
        self.env = _open(directory, map_size, read_only)
        if not grows:
            self._limit = self.env.info()["map_size"]
        try:
            if read_only:
                self.rows = self.env.open_db(b"rows", create=False)
                self.longs = self.env.open_db(b"longs", create=False)
            else:
                self._new_pages = NewPages(directory / DATA_FILE)
                self._main = self.env.open_db()
                self._page_size = self.env.stat()["psize"]
                with self.env.begin(write=True) as txn:
                    self.rows = self.env.open_db(b"rows", txn=txn)
                    self.longs = self.env.open_db(b"longs", txn=txn)
                    if grows:
                        self.env.reader_check()  # under the lock: see `shared_log`
                self.env.sync(True)
                keep_to_ourselves(directory)
                sync_directory(directory)
        except (lmdb.Error, OSError) as error:
            self.close()
            raise unusable(directory, error) from error
        self.long_keys = LongKeys(self.rows, self.longs)

    def close(self) -> None:
        """Let go of the files."""
        self.closed = True
        self.env.close()
        if self._new_pages is not None:
            self._new_pages.close()
            self._new_pages = None

    def reader(self, txn: lmdb.Transaction[bytes]) -> Callable[[bytes], Value]:
        """What reads single keys in a transaction on the rows."""
        get, get_long = txn.get, self.long_keys.get
        return lambda key: get(key) if 0 < len(key) < STUB else get_long(txn, key)

    @contextlib.contextmanager
    def writing(self) -> Iterator[lmdb.Transaction[bytes]]:
        """A write transaction on the rows, for the caller to commit or abort. Unlike LMDB's own, it
        may have ended when an exception leaves it."""
        txn = self.env.begin(self.rows, None, True)
        try:
            yield txn
        except BaseException:
            with contextlib.suppress(lmdb.Error):
                txn.abort()
            raise

    def apply(self, txn: lmdb.Transaction[bytes], changes: Mapping[bytes, Value]) -> None:
        """Put and delete in a write transaction."""
        assert self._new_pages is not None, "it can be written to"
        self._new_pages.prepare(self._bytes_to(self.env.info()["last_pgno"]))
        puts: list[Row] = []
        for key, value in changes.items():
            if not 0 < len(key) < STUB:
                if value is None:
                    self.long_keys.delete(txn, key)
                else:
                    self.long_keys.put(txn, key, value)
            elif value is None:
                txn.delete(key, db=self.rows)
            else:
                puts.append((key, value))
        puts.sort()  # adjacent keys are found without a descent from the root
        txn.cursor(self.rows).putmulti(puts)

    def note(self, txn: lmdb.Transaction[bytes], generation: int, number: int) -> None:
        """Put into a write transaction how far it has the log (see `progress`)."""
        txn.put(NOTE, progress(generation, number), db=self._main)

    def note_place(self, txn: lmdb.Transaction[bytes], place: Place) -> None:
        """The same for processes that share the log."""
        txn.put(NOTE, encoded(place), db=self._main)

    def place(self, txn: lmdb.Transaction[bytes]) -> Place | None:
        """Where such processes go on; None if they have not begun."""
        return decoded(txn.get(NOTE, db=self._main))

    def is_kept(self, snapshot: Snapshot) -> bool:
        """Whether its process still has it, or died with it and no one has noticed."""
        lines = map(str.split, self.env.readers().splitlines())
        wanted = str(snapshot.process), str(snapshot.transaction)
        return any((line[0], line[2]) == wanted for line in lines)

    def has_room(self) -> bool:
        """Whether neither the disk nor the map is nearly full."""
        info = self.env.info()
        try:
            left = room(self.directory / DATA_FILE)
        except OSError:  # the directory was moved or removed: its files are still open
            return False
        return min(info["map_size"] - self._bytes_to(info["last_pgno"]), left) > NEARLY_FULL

    def sync(self) -> None:
        """Flush what was committed. Raises StorageFailure."""
        try:
            self.env.sync(True)
        except lmdb.Error as error:
            raise failure(error) from error

    def grow(self) -> None:
        """Make the map larger; `StorageFull` where its limit is reached. No write may be open."""
        size = self.env.info()["map_size"]
        if self._limit is not None and size >= self._limit:
            raise StorageFull(f"the store has reached its limit of {self._limit} bytes")
        larger = 2 * size if self._limit is None else min(2 * size, self._limit)
        if not _has_address_space(larger - size):
            # To find that out while growing would leave no map at all, and end the reads as well.
            raise StorageFull(f"no address space for a store of {larger} bytes")
        try:
            self.env.set_mapsize(larger)
        except lmdb.Error as error:
            raise failure(error) from error

    def recover(self, error: lmdb.Error) -> None:
        """Do what lets a read be tried again after `error`, or raise the failure that it is."""
        if self.closed:
            raise StorageUnavailable("the storage engine is closed") from error
        if isinstance(error, lmdb.ReadersFullError):
            if not self._grows:  # those of dead processes may be needed: see `shared_log`
                raise failure(error) from error
            with self.env.begin(write=True):
                self.env.reader_check()
        elif isinstance(error, _LASTING):
            raise failure(error) from error
        else:
            time.sleep(_PAUSE)  # the map is being replaced by the writer's thread

    def commit_failure(self, error: lmdb.Error) -> StorageFailure:
        """What a failed commit means: nothing took place, unless LMDB lost its own last page."""
        try:
            self.env.begin().abort()
        except lmdb.PanicError:
            return OutcomeUnknown(f"the commit failed half way: {error}")
        except lmdb.Error:
            pass
        if _code(error) == errno.EIO and room(self.directory / DATA_FILE) < NEARLY_FULL:
            return StorageFull(f"no room left on the disk: {error}")
        return failure(error)

    def _bytes_to(self, page: int) -> int:
        """Bytes of the file up to the end of a page."""
        return (page + 1) * self._page_size


def failure(error: lmdb.Error) -> StorageFailure:
    """The failure that an error of LMDB's is to the engine's callers."""
    if _code(error) in NO_ROOM or isinstance(error, (lmdb.MapFullError, lmdb.TxnFullError)):
        return StorageFull(str(error))
    return StorageUnavailable(str(error))


def _code(error: Exception) -> int:
    """The system's error number, or LMDB's (which are negative); 0 if an error carries none."""
    return getattr(error, "code", 0) or getattr(error, "errno", 0) or 0


def _open(directory: Path, map_size: int | None, read_only: bool) -> lmdb.Environment:
    size = DEFAULT_MAP_SIZE if map_size is None else map_size
    while True:
        try:
            return lmdb.open(
                str(directory),
                map_size=size,
                max_dbs=2,
                max_readers=MAX_READERS,
                max_spare_txns=1,
                mode=0o600,
                sync=False,
                metasync=False,
                readahead=False,
                readonly=read_only,
                lock=not read_only,
                lib_version=_LMDB_0_9,
            )
        except lmdb.MemoryError as error:
            if map_size is not None or size <= _SMALLEST_DEFAULT:
                raise unusable(directory, error) from error
            size //= 4
        except (lmdb.Error, OSError) as error:
            raise unusable(directory, error) from error


def _has_address_space(size: int) -> bool:
    try:
        mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=0).close()
    except OSError:
        return False
    return True


def _allocate_lock_file(directory: Path) -> None:
    """Make LMDB's lock file with all of its bytes on the disk, if it is missing.

    LMDB would make it sparse and map it for writing. The first write to a part that is not there
    yet would then end the process on a full disk (SIGBUS), and later a process that only reads.
    """
    file = directory / "lock.mdb"
    if file.exists():
        return
    new = directory / f"lock.mdb.{os.getpid()}.new"
    try:
        with new.open("wb") as zeros:
            zeros.write(bytes(LOCK_FILE_SIZE))
            zeros.flush()
            os.fsync(zeros.fileno())
        new.chmod(0o600)
        with contextlib.suppress(FileExistsError):  # another process was faster
            file.hardlink_to(new)
    finally:
        new.unlink(missing_ok=True)


def unusable(directory: Path, error: Exception) -> DataDirectoryError:
    """What it means that a store could not be opened."""
    code = _code(error)
    if code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DataDirectoryError(f"{directory} is not writable: {error}")
    if code in NO_ROOM:
        return DataDirectoryError(f"no room left to open the store in {directory}: {error}")
    return DataDirectoryError(f"the store in {directory} cannot be opened: {error}")
