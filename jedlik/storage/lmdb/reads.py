"""Reads from LMDB, on the calling thread: they never suspend, since a read transaction costs less
than handing the read to another thread. Each read is one transaction and so one snapshot.

The engines with a log have changes that are not in LMDB's file yet (`Recent`). Single keys are
looked up among them first, and a page gets those that are in its range. To put them into LMDB's
file first would cost several times as much, and many programs read what they have just written. It
is done before a snapshot is made.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import lmdb

from jedlik.storage.engine import Page, Row, Value
from jedlik.storage.failures import SnapshotLost, StorageUnavailable
from jedlik.storage.lmdb.environment import ATTEMPTS, Environment, failure
from jedlik.storage.lmdb.longkeys import STUB
from jedlik.storage.page import UNLIMITED, changed_page, fill, short_page

_BEYOND: Final = b"\xff" * (STUB + 1)
"""Above every stored key."""

_STORED: Final = object()
"""In place of the value of a key that has not changed recently."""

T = TypeVar("T")


class Recent(NamedTuple):
    """Changes that LMDB's file does not have yet.

    They are taken away after they were put there, maybe by another thread: so what reads both looks
    here first.
    """

    changes: Mapping[bytes, Value]
    store: Callable[[], bool]
    """Puts them there; False if that cannot be done now."""


class LmdbReads:
    """The reading half of the engines on LMDB."""

    def __init__(self, environment: Environment, recent: Recent | None = None) -> None:
        self._environment = environment
        self._recent, self._store_recent = recent or Recent({}, lambda: True)
        self._begin = environment.env.begin
        self._rows = environment.rows
        self._long_keys = environment.long_keys

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`; never suspends."""
        recent = self._recent
        if recent and not recent.keys().isdisjoint(keys):
            begin = partial(self._begin, self._rows)
            return self._tried(lambda: self._read_over(recent, keys, begin))
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
        if self._recent:
            changes = self._changes_in(low, high, also_read)
            if changes:
                return self._tried(
                    lambda: self._page_over(
                        changes, self._begin(self._rows), low, high, most, size, reverse, also_read
                    )
                )
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
        self._must_be_stored()
        try:
            return self._environment.env.info()["last_txnid"]
        except lmdb.Error as error:
            raise failure(error) from error

    def hold(self) -> LmdbSnapshot:
        """See `SnapshotEngine.hold`."""
        self._must_be_stored()
        try:
            return LmdbSnapshot(self._begin(self._rows), self._read, self._page)
        except lmdb.Error as error:
            raise failure(error) from error

    def problems(self) -> list[str]:
        """The defects of the store below its rows; empty if it is sound. Reads all of it."""
        self._must_be_stored()
        return self._long_keys.problems(self._begin())

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

    def _must_be_stored(self) -> None:
        if not self._store_recent():
            raise StorageUnavailable("what was written last could not be stored yet")

    def _changes_in(
        self, low: bytes, high: bytes | None, also_read: Sequence[bytes]
    ) -> dict[bytes, Value]:
        """The recent changes of a range and of some keys."""
        return {
            key: value
            for key, value in list(self._recent.items())  # which another thread may change
            if (low <= key and (high is None or key < high)) or key in also_read
        }

    def _read_over(
        self,
        recent: Mapping[bytes, Value],
        keys: Sequence[bytes],
        begin: Callable[[], lmdb.Transaction[bytes]],
    ) -> list[Value]:
        """The values of keys some of which are recent; the transaction is begun afterwards."""
        values: dict[bytes, Any] = {key: recent.get(key, _STORED) for key in keys}
        others = [key for key, value in values.items() if value is _STORED]
        if others:
            values.update(zip(others, self._read(begin(), others), strict=True))
        return [values[key] for key in keys]

    def _page_over(
        self,
        changes: Mapping[bytes, Value],
        txn: lmdb.Transaction[bytes],
        low: bytes,
        high: bytes | None,
        limit: int,
        max_bytes: int,
        reverse: bool,
        also_read: Sequence[bytes],
    ) -> Page:
        """A page of a range, with changes that LMDB's file does not have."""
        inside = sorted(
            (key, value)
            for key, value in changes.items()
            if low <= key and (high is None or key < high)
        )

        def read(rows: int, room: int) -> tuple[list[Row], bool]:
            page = self._page(txn, low, high, rows, room, reverse, ())
            return page.rows, page.more

        rows, more = changed_page(read, inside, limit, max_bytes, reverse=reverse)
        others = [
            changes[key] if key in changes else self._long_keys.get(txn, key) for key in also_read
        ]
        return Page(rows, others, more)

    def _tried(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except lmdb.Error as error:
            return self._again(error, read)

    def _again(self, error: lmdb.Error, read: Callable[[], T]) -> T:
        for _ in range(ATTEMPTS):
            self._environment.recover(error)
            try:
                return read()
            except lmdb.Error as another:
                error = another
        raise failure(error)


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
