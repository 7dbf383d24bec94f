"""Reads of a process that shares a log: over LMDB's file and the log's tail, as both are at one
moment (see `tail`)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import lmdb

from jedlik.storage.engine import Page, Value
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.longkeys import STUB
from jedlik.storage.lmdb.overlapping import OverlappingCommits
from jedlik.storage.lmdb.reads import LmdbReads, Recent
from jedlik.storage.page import UNLIMITED


class SharedReads(LmdbReads):
    """The reading half of the engine that shares a log."""

    def __init__(self, environment: Environment, commits: OverlappingCommits) -> None:
        self._commits = commits
        self._begin_now = commits.tail.begin
        catch_up = partial(commits.catch_up, wait=True)
        LmdbReads.__init__(self, environment, Recent(commits.tail.changes, catch_up))

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`; never suspends."""
        try:
            return self._read_now(keys)
        except lmdb.Error as error:
            return self._again(error, partial(self._read_now, keys))

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

        def page() -> Page:
            txn = self._begin_now()
            changes = self._changes_in(low, high, also_read) if self._recent else None
            if changes:
                return self._page_over(changes, txn, low, high, most, size, reverse, also_read)
            return self._page(txn, low, high, most, size, reverse, also_read)

        return self._tried(page)

    def state(self) -> int:
        """See `SnapshotEngine.state`."""
        return self._commits.published

    def _read_now(self, keys: Sequence[bytes]) -> list[Value]:
        txn = self._begin_now()
        recent = self._recent
        if recent and not recent.keys().isdisjoint(keys):
            return self._read_over(recent, keys, lambda: txn)
        if len(keys) == 1 and 0 < len(keys[0]) < STUB:
            return [txn.get(keys[0])]
        return self._read(txn, keys)
