"""The default engine: LMDB, an embedded store in one file, shared by the processes of a server.

Reads run on the calling thread and never suspend: a read transaction costs less than handing the
read to another thread. Each read is one transaction and so one snapshot. Writes are in `embedded`;
LMDB lets one process write at a time.

An acknowledged write survives `kill -9` and power loss: LMDB writes changed pages to free space,
flushes them, and only then writes and flushes the one page that makes them current. With `relaxed`
durability commits are not flushed, only about once a second: `kill -9` still loses nothing, but a
power loss may lose the last writes and, where the disk reorders writes, damage the store.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import lmdb

from jedlik.base.clock import Clock, SystemClock
from jedlik.storage.embedded import Embedded
from jedlik.storage.engine import Page, Row, Value, WriteTask
from jedlik.storage.environment import Durability, Environment, failure
from jedlik.storage.failures import SnapshotLost, StorageUnavailable
from jedlik.storage.groupcommit import TaskOutcome, decide
from jedlik.storage.longkeys import STUB
from jedlik.storage.page import UNLIMITED, fill, short_page

_ATTEMPTS: Final = 64
"""More often than the map can be doubled, or grown by other processes."""
_BEYOND: Final = b"\xff" * (STUB + 1)
"""Above every stored key."""

T = TypeVar("T")


class LmdbEngine(Embedded):
    """Ordered byte keys in an LMDB environment. Several processes may have it open."""

    def __init__(self, environment: Environment, durability: Durability, clock: Clock) -> None:
        self._environment = environment
        self._begin = environment.env.begin
        self._rows = environment.rows
        self._long_keys = environment.long_keys
        super().__init__(clock, None if durability == "fsync" else self._sync)

    @classmethod
    def open(
        cls,
        directory: Path,
        durability: Durability = "fsync",
        map_size: int | None = None,
        map_limit: int | None = None,
        clock: Clock | None = None,
        *,
        read_only: bool = False,
    ) -> LmdbEngine:
        """Open the environment in an existing directory, and create it if that is empty.

        `map_size` and `map_limit` are in bytes: the initial size of the map, and its largest.
        `read_only` is `Environment`'s. Raises `DataDirectoryError`. One process opens a directory
        once.
        """
        environment = Environment(directory, durability, map_size, map_limit, read_only=read_only)
        return cls(environment, durability, clock or SystemClock())

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`; never suspends."""
        try:
            if len(keys) == 1 and 0 < len(keys[0]) < STUB:
                return [self._begin(self._rows).get(keys[0])]
            return self._read(self._begin(self._rows), keys)
        except lmdb.Error as error:
            return self._again(error, lambda: self._read(self._begin(self._rows), keys))

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
        most = UNLIMITED if limit is None else limit
        size = UNLIMITED if max_bytes is None else max_bytes
        try:
            return self._page(self._begin(self._rows), low, high, most, size, reverse, also_read)
        except lmdb.Error as error:
            page = partial(
                self._page, low=low, high=high, limit=most, max_bytes=size, reverse=reverse,
                also_read=also_read,
            )  # fmt: skip
            return self._again(error, lambda: page(self._begin(self._rows)))

    def state(self) -> int:
        """See `SnapshotEngine.state`."""
        try:
            return self._environment.env.info()["last_txnid"]
        except lmdb.Error as error:
            raise failure(error) from error

    def hold(self) -> LmdbSnapshot:
        """See `SnapshotEngine.hold`."""
        try:
            return LmdbSnapshot(self._begin(self._rows), self._read, self._page)
        except lmdb.Error as error:
            raise failure(error) from error

    def problems(self) -> list[str]:
        """The defects of the store below its rows; empty if it is sound. Reads all of it."""
        return self._long_keys.problems(self._begin())

    # --- Reads, on the event loop's thread ----------------------------------------------------

    def _read(self, txn: lmdb.Transaction[bytes], keys: Sequence[bytes]) -> list[Value]:
        get = txn.get
        long = self._long_keys.get
        return [get(key) if 0 < len(key) < STUB else long(txn, key) for key in keys]

    def _page(
        self,
        txn: lmdb.Transaction[bytes],
        low: bytes,
        high: bytes | None,
        limit: int,
        max_bytes: int,
        reverse: bool,
        also_read: Sequence[bytes],
    ) -> Page:
        page: tuple[list[Row], bool] | None = None
        if low and len(low) < STUB and (high is None or len(high) < STUB):
            cursor = txn.cursor(self._rows)
            if not _at_start(cursor, low, high, reverse):
                page = [], False
            elif reverse:
                page = short_page(cursor.iterprev(), low, True, limit, max_bytes)
            else:
                end = _BEYOND if high is None else high
                page = short_page(iter(cursor), end, False, limit, max_bytes)
        if page is None:
            page = fill(self._long_keys.scan(txn, low, high, reverse), limit, max_bytes)
        rows, more = page
        return Page(
            rows, [self._long_keys.get(txn, key) for key in also_read] if also_read else [], more
        )

    def _again(self, error: lmdb.Error, read: Callable[[], T]) -> T:
        for _ in range(_ATTEMPTS):
            self._environment.recover(error)
            try:
                return read()
            except lmdb.Error as another:
                error = another
        raise failure(error)

    # --- Writes, on the writer's thread --------------------------------------------------------

    def _commit(self, tasks: Sequence[WriteTask[Any]]) -> list[TaskOutcome]:
        for _ in range(_ATTEMPTS):
            try:
                return self._attempt(tasks)
            except lmdb.MapFullError:
                self._environment.grow()
            except lmdb.MapResizedError as error:
                self._environment.recover(error)
            except lmdb.Error as error:
                raise self._environment.commit_failure(error) from error
        raise StorageUnavailable("the map keeps changing")

    def _attempt(self, tasks: Sequence[WriteTask[Any]]) -> list[TaskOutcome]:
        txn = self._begin(self._rows, None, True)
        get = txn.get
        long_keys = self._long_keys
        try:
            decided = decide(
                tasks, lambda key: get(key) if 0 < len(key) < STUB else long_keys.get(txn, key)
            )
            if decided.changes:
                self._apply(txn, decided.changes)
                txn.commit()
            else:
                txn.abort()
        except BaseException:
            with contextlib.suppress(lmdb.Error):
                txn.abort()
            raise
        return decided.outcomes

    def _apply(self, txn: lmdb.Transaction[bytes], changes: dict[bytes, Value]) -> None:
        puts: list[Row] = []
        for key, value in changes.items():
            if not 0 < len(key) < STUB:
                if value is None:
                    self._long_keys.delete(txn, key)
                else:
                    self._long_keys.put(txn, key, value)
            elif value is None:
                txn.delete(key)
            else:
                puts.append((key, value))
        puts.sort()  # adjacent keys are found without a descent from the root
        txn.cursor(self._rows).putmulti(puts)

    def _let_go(self) -> None:
        self._environment.close()

    def _sync(self) -> None:
        try:
            self._environment.env.sync(True)
        except lmdb.Error as error:
            raise failure(error) from error


class LmdbSnapshot:
    """A read transaction that stays open. LMDB ends it when the map grows."""

    def __init__(
        self,
        txn: lmdb.Transaction[bytes],
        read: Callable[..., list[Value]],
        page: Callable[..., Page],
    ) -> None:
        self._txn = txn
        self._read = read
        self._page = page

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Reads.read`."""
        try:
            return self._read(self._txn, keys)
        except lmdb.Error as error:
            raise SnapshotLost from error

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
        """See `Reads.range`."""
        most = UNLIMITED if limit is None else limit
        size = UNLIMITED if max_bytes is None else max_bytes
        try:
            return self._page(self._txn, low, high, most, size, reverse, also_read)
        except lmdb.Error as error:
            raise SnapshotLost from error

    def release(self) -> None:
        """See `Snapshot`."""
        with contextlib.suppress(lmdb.Error):
            self._txn.abort()


def _at_start(cursor: lmdb.Cursor[bytes], low: bytes, high: bytes | None, reverse: bool) -> bool:
    """Put the cursor on the first row of a range, if it may have one."""
    if not reverse:
        return cursor.set_range(low)
    above = high is not None and cursor.set_range(high)
    return cursor.prev() if above else cursor.last()
