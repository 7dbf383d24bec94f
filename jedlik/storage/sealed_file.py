"""The encrypted file of the `sqlite` engine: opening it, and what its errors mean.

    rows.db       SQLite 3, every page encrypted; table `rows`: k (key), v (value), ordered by k
    rows.db-wal   the write-ahead log: pages of recent commits, encrypted like those of the file;
                  empty once the file is closed
    rows.db-shm   the log's index: page numbers and places in the log, no content
    write.lock    flock'ed by the process that writes

The cipher is ChaCha20-Poly1305 as SQLite3 Multiple Ciphers does it (its default). Each page of 4096
bytes ends with a nonce of 16 random bytes, new whenever the page is written, and a tag of
16. Key of page and tag come from the database key, nonce and page number, so that a page that was
changed, or put into another page's place, is noticed when it is read. The file begins with 16
random bytes; nothing in it is readable. Temporary tables and journals stay in memory.

Of AES-256-CBC with HMAC-SHA512, AEGIS-256 and this cipher, the first was the slowest and the other
two about equal (measured on a busy machine); this one is older and better known than AEGIS-256.

SQLite would remove the log as it closes the file. It is emptied instead, because directories are
copied over earlier copies of them: of a server that had been killed such a copy has a log, and
SQLite would put its pages into the file that has come to lie beside it.

Why a lock of our own around SQLite's: a process that waits for SQLite's write lock polls it, with
pauses that grow to 100 ms, whereas the kernel wakes a process that waits for a file lock.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw

from jedlik.storage.disk import NEARLY_FULL, NO_ROOM, room, sync_directory, sync_file
from jedlik.storage.engine import Durability
from jedlik.storage.failures import (
    DataDirectoryError,
    OutcomeUnknown,
    StorageFailure,
    StorageFull,
    StorageUnavailable,
)

KEY_SIZE: Final = 32
FILE: Final = "rows.db"
_LOG: Final = f"{FILE}-wal"
_LOCK: Final = "write.lock"
_SCHEMA: Final = 1
_PAGE_SIZE: Final = 4096
_CACHE_KIB: Final = 32 * 1024
_LOG_PAGES: Final = 4000
"""Pages in the log from which a commit copies them into the file."""
LOG_KEPT: Final = 64 << 20
"""Bytes that the log keeps when it begins again from its start."""
_MIN_ROOM: Final = 1 << 20
"""Free bytes needed to create or open a file."""
_BUSY_MS: Final = 10_000
"""How long a read or a commit waits for another process that recovers the log."""
_SYNCING: Final = frozenset(
    (apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_DIR_FSYNC, apsw.SQLITE_IOERR_CLOSE)
)


class SealedFile:
    """The file in `directory`, which exists. Raises `DataDirectoryError` when it can't be opened.

    `reader` belongs to the thread that opened it, `writer` to the one that commits. `read_only` for
    media that cannot be written to: no process may write while it is open.
    """

    def __init__(
        self, directory: Path, key: bytes, durability: Durability, *, read_only: bool = False
    ) -> None:
        assert len(key) == KEY_SIZE
        self.directory = directory
        self.closed = False
        self._key, self._durability = key, durability
        self._lock: int | None = None
        try:
            if read_only:
                _check_log_is_empty(directory)
                self.writer = self.reader = _connect_unchanging(directory / FILE, key)
                return
            self._lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with self.locked():
                self.writer = _connect(directory / FILE, key, durability)
                _make_schema(self.writer)
            self.reader = _connect(directory / FILE, key, durability)
            sync_directory(directory)
        except (apsw.Error, OSError) as error:
            if self._lock is not None:
                os.close(self._lock)
            raise _unusable(directory, error) from error

    def connect(self) -> apsw.Connection:
        """Another connection, to be closed by the caller. Raises apsw.Error."""
        return _connect(self.directory / FILE, self._key, self._durability)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """While no other process writes."""
        assert self._lock is not None, "nothing is written to media that are read-only"
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the files; the last process to do so empties the log."""
        self.closed = True
        for connection in (self.reader, self.writer):
            with contextlib.suppress(apsw.Error):  # no room to empty the log: it stays as it is
                connection.close()
        if self._lock is not None:
            os.close(self._lock)

    def log_size(self) -> int:
        """The length of the log in bytes."""
        try:
            return (self.directory / _LOG).stat().st_size
        except FileNotFoundError:
            return 0

    def sync(self) -> None:
        """Make all commits durable, if they are not by themselves."""
        try:
            # SQLite keeps no POSIX lock on the log, so closing a descriptor of it frees none.
            descriptor = os.open(self.directory / _LOG, os.O_RDONLY)
        except FileNotFoundError:
            return
        try:
            os.fsync(descriptor)
        except OSError as error:
            raise StorageUnavailable(str(error)) from error
        finally:
            os.close(descriptor)

    def failure(self, error: apsw.Error, *, committing: bool = False) -> StorageFailure:
        """The failure that the engine's callers get for an error."""
        if self.closed:
            return StorageUnavailable("the storage engine is closed")
        code = getattr(error, "extendedresult", 0)
        if isinstance(error, apsw.FullError) or (
            isinstance(error, apsw.IOError) and room(self.directory / _LOG) < NEARLY_FULL
        ):
            return StorageFull(f"no room left on the disk: {error}")
        if committing and code in _SYNCING:
            return OutcomeUnknown(f"the commit failed half way: {error}")
        return StorageUnavailable(str(error))


def _connect(file: Path, key: bytes, durability: Durability = "fsync") -> apsw.Connection:
    previous = os.umask(0o077)  # SQLite gives its other files the modes of the first one
    try:
        connection = apsw.Connection(str(file))
    finally:
        os.umask(previous)
    try:
        _unlock(connection, key)
        if connection.pragma("journal_mode", "wal") != "wal":
            raise apsw.CantOpenError("the file system has no memory that processes share")
        connection.pragma("synchronous", "full" if durability == "fsync" else "normal")
        connection.wal_autocheckpoint(_LOG_PAGES)
        connection.pragma("journal_size_limit", LOG_KEPT)
        _keep_log(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _keep_log(connection: apsw.Connection) -> None:
    """Have the log emptied, and not removed, when the file is closed."""
    yes = ctypes.c_int(1)
    connection.file_control("main", apsw.SQLITE_FCNTL_PERSIST_WAL, ctypes.addressof(yes))


def copy_into(directory: Path, target: Path, key: bytes, *, is_served: bool) -> None:
    """Copy the present contents of a file to another directory, under the same key. Other processes
    may use it if it `is_served`; otherwise it does not change. Raises DataDirectoryError,
    StorageFull and OSError."""
    try:
        if not is_served and _has_log(directory):
            _copy_unclosed(directory, target, key)
        else:
            connect = _connect if is_served else _connect_unchanging
            with contextlib.closing(connect(directory / FILE, key)) as connection:
                connection.execute("VACUUM INTO ?", (str(target / FILE),))
    except apsw.Error as error:
        if _lacks_room(error, target / FILE):
            raise StorageFull(f"no room left on the disk: {error}") from error
        raise _unusable(directory, error) from error
    for file in target.iterdir():
        file.chmod(0o600)
        sync_file(file)


def _copy_unclosed(directory: Path, target: Path, key: bytes) -> None:
    """Copy what a killed server left, and put the log into the copy."""
    for name in (FILE, _LOG):
        shutil.copyfile(directory / name, target / name)
    with contextlib.closing(_connect(target / FILE, key)) as connection:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


def _connect_unchanging(file: Path, key: bytes) -> apsw.Connection:
    """A connection to a file that no process writes to, on media that no one may write to."""
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(f"{file.as_uri()}?immutable=1", flags)
    try:
        _unlock(connection, key)
        connection.pragma("user_version")  # fails where the key is another one
    except BaseException:
        connection.close()
        raise
    return connection


def _has_log(directory: Path) -> bool:
    log = directory / _LOG
    return log.exists() and log.stat().st_size > 0


def _check_log_is_empty(directory: Path) -> None:
    if _has_log(directory):
        raise DataDirectoryError(
            f"{directory / _LOG} holds commits that are not in {FILE} yet, and nothing can be "
            "written there; copy the data directory to a disk first"
        )


def _unlock(connection: apsw.Connection, key: bytes) -> None:
    connection.set_busy_timeout(_BUSY_MS)
    connection.pragma("cipher", "chacha20")
    connection.pragma("key", f"raw:{key.hex()}")
    connection.pragma("temp_store", 2)
    connection.pragma("page_size", _PAGE_SIZE)
    connection.pragma("cache_size", -_CACHE_KIB)


def _make_schema(connection: apsw.Connection) -> None:
    version = connection.pragma("user_version")
    if version > _SCHEMA:
        raise apsw.CantOpenError(f"it has schema {version}, made by a newer Jedlik")
    if version == 0:
        with connection:
            connection.execute(
                "CREATE TABLE rows (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID"
            )
            connection.pragma("user_version", _SCHEMA)


def _lacks_room(error: Exception, file: Path) -> bool:
    return isinstance(error, apsw.FullError) or (
        isinstance(error, (apsw.IOError, apsw.CantOpenError)) and room(file) < _MIN_ROOM
    )


def _unusable(directory: Path, error: Exception) -> DataDirectoryError:
    code = getattr(error, "errno", 0) or 0
    if code in (errno.EACCES, errno.EPERM, errno.EROFS) or isinstance(error, apsw.ReadOnlyError):
        return DataDirectoryError(f"{directory} is not writable: {error}")
    if code in NO_ROOM or _lacks_room(error, directory / FILE):
        return DataDirectoryError(f"no room left to open the store in {directory}: {error}")
    if isinstance(error, apsw.NotADBError):
        return DataDirectoryError(
            f"the store in {directory} is damaged, or was encrypted with another database key"
        )
    return DataDirectoryError(f"the store in {directory} cannot be opened: {error}")
