"""The engine for encrypted data: SQLite, with every page encrypted.

It works like the LMDB engine (see `lmdb`): reads run where they are called and never suspend,
writes are those of `embedded`. `sealed_file` says what is encrypted, and how. SQLite itself takes
keys of any length.

SQLite's write-ahead log gives each read the state of the last commit while another one is written.
An acknowledged write survives `kill -9` and power loss: before a commit is over, its pages and a
checksum are in the log and flushed. With `relaxed` durability the log is flushed about once a
second: a power loss may lose the last writes, and nothing else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import apsw

from jedlik.base.clock import Clock, SystemClock
from jedlik.storage.embedded import Embedded
from jedlik.storage.engine import Durability, Page, Row, Value
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.groupcommit import TaskOutcome, decide
from jedlik.storage.page import fill
from jedlik.storage.sealed_file import LOG_KEPT, SealedFile
from jedlik.storage.writer import Tasks, Writer

_GET: Final = "SELECT v FROM rows WHERE k = ?"
_PUT: Final = "INSERT INTO rows VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v"
_DELETE: Final = "DELETE FROM rows WHERE k = ?"
_RANGES: Final = {
    (False, False): "SELECT k, v FROM rows WHERE k >= ? AND k < ? ORDER BY k LIMIT ?",
    (False, True): "SELECT k, v FROM rows WHERE k >= ? AND k < ? ORDER BY k DESC LIMIT ?",
    (True, False): "SELECT k, v FROM rows WHERE k >= ? ORDER BY k LIMIT ?",
    (True, True): "SELECT k, v FROM rows WHERE k >= ? ORDER BY k DESC LIMIT ?",
}
"""By whether the upper end is open, and whether the order is reversed."""
_NO_LIMIT: Final = -1
MAX_LOG: Final = 2 * LOG_KEPT
"""Bytes of the log from which on snapshots have to go."""


class SqliteReads:
    """The reading half, on a connection that belongs to the event loop's thread."""

    def __init__(self, file: SealedFile, connection: apsw.Connection) -> None:
        self._file = file
        self._execute = connection.execute

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`; never suspends."""
        try:
            if len(keys) == 1:
                return [self._execute(_GET, keys).get]
            return self._read(keys)
        except apsw.Error as error:
            raise self._file.failure(error) from error

    async def range(
        self,
        low: bytes,
        high: bytes | None,
        *,
        limit: int | None = None,
        max_bytes: int | None = None,
        reverse: bool = False,
        also_read: Sequence[bytes] = (),
    ) -> Page:
        """See `Engine.range`; never suspends."""
        try:
            if not also_read:
                rows, more = self._page(low, high, limit, max_bytes, reverse)
                return Page(rows, [], more)
            with self._snapshot():
                rows, more = self._page(low, high, limit, max_bytes, reverse)
                return Page(rows, [self._execute(_GET, (key,)).get for key in also_read], more)
        except apsw.Error as error:
            raise self._file.failure(error) from error

    def _read(self, keys: Sequence[bytes]) -> list[Value]:
        execute = self._execute
        with self._snapshot():
            return [execute(_GET, (key,)).get for key in keys]

    @contextlib.contextmanager
    def _snapshot(self) -> Any:
        self._execute("BEGIN")
        try:
            yield
        finally:
            self._execute("ROLLBACK")

    def _page(
        self,
        low: bytes,
        high: bytes | None,
        limit: int | None,
        max_bytes: int | None,
        reverse: bool,
    ) -> tuple[list[Row], bool]:
        """The rows, and whether there are more."""
        most = _NO_LIMIT if limit is None else limit + 1
        bindings = (low, most) if high is None else (low, high, most)
        cursor: Any = self._execute(_RANGES[high is None, reverse], bindings)
        if max_bytes is None:
            rows = cursor.fetchall()
            more = limit is not None and len(rows) > limit
            return (rows[:-1] if more else rows), more
        rows, more = fill(cursor, limit, max_bytes)
        if more:
            cursor.close()  # otherwise it would keep its snapshot
        return rows, more


class SqliteSnapshot:
    """A connection in a transaction that has read something, which fixes its snapshot."""

    def __init__(self, file: SealedFile, connection: apsw.Connection) -> None:
        self._connection = connection
        connection.execute("BEGIN")
        connection.execute(_GET, (b"",)).fetchall()  # from here on it is a snapshot
        self._reads = _InTransaction(file, connection)
        self.read, self.range = self._reads.read, self._reads.range

    def release(self) -> None:
        """See `Snapshot`."""
        with contextlib.suppress(apsw.Error):
            self._connection.close()


class _InTransaction(SqliteReads):
    """Reads on a connection whose transaction stays open."""

    @contextlib.contextmanager
    def _snapshot(self) -> Any:
        yield


class SqliteEngine(Embedded):
    """Ordered byte keys in an encrypted file, which several processes may have open."""

    def __init__(self, file: SealedFile, durability: Durability, clock: Clock) -> None:
        self._file = file
        self._reads = SqliteReads(file, file.reader)
        self.read, self.range = self._reads.read, self._reads.range
        super().__init__(Writer(self._commit, clock, None if durability == "fsync" else file.sync))

    @classmethod
    def open(
        cls,
        directory: Path,
        key: bytes,
        durability: Durability = "fsync",
        clock: Clock | None = None,
        *,
        read_only: bool = False,
    ) -> SqliteEngine:
        """Open the file in an existing directory, made if it is missing, with its key (32 bytes).

        `read_only` is `SealedFile`'s. Raises `DataDirectoryError`. A process must not fork while it
        has it open.
        """
        file = SealedFile(directory, key, durability, read_only=read_only)
        return cls(file, durability, clock or SystemClock())

    def problems(self) -> list[str]:
        """What is wrong with the file itself; empty if nothing is. Reads all of it."""
        try:
            found = [str(row[0]) for row in self._file.reader.execute("PRAGMA integrity_check")]
        except apsw.Error as error:
            return [str(error)]
        return [] if found == ["ok"] else found

    def state(self) -> int:
        """See `SnapshotEngine.state`."""
        try:
            return int(self._file.reader.pragma("data_version"))
        except apsw.Error as error:
            raise self._file.failure(error) from error

    def hold(self) -> SqliteSnapshot:
        """See `SnapshotEngine.hold`. Fails once the log is long: it begins again only when no
        snapshot reads from it."""
        if self._file.log_size() > MAX_LOG:
            raise StorageUnavailable(f"the log has more than {MAX_LOG} bytes")
        try:
            return SqliteSnapshot(self._file, self._file.connect())
        except apsw.Error as error:
            raise self._file.failure(error) from error

    # --- Writes, on the writer's thread --------------------------------------------------------

    def _commit(self, tasks: Tasks) -> list[TaskOutcome]:
        writer = self._file.writer
        execute = writer.execute
        committing = False
        try:
            with self._file.locked():
                execute("BEGIN IMMEDIATE")
                try:
                    decided = decide(tasks(), lambda key: execute(_GET, (key,)).get)
                    self._apply(decided.changes)
                    committing = True
                    execute("COMMIT")
                finally:
                    if writer.in_transaction:
                        execute("ROLLBACK")
        except apsw.Error as error:
            raise self._file.failure(error, committing=committing) from error
        return decided.outcomes

    def _close_files(self) -> None:
        self._file.close()

    def _apply(self, changes: dict[bytes, Value]) -> None:
        executemany = self._file.writer.executemany
        gone = [(key,) for key, value in changes.items() if value is None]
        puts = [row for row in changes.items() if row[1] is not None]
        if gone:
            executemany(_DELETE, gone)
        if puts:
            puts.sort()  # neighbours lie on the same pages
            executemany(_PUT, puts)
