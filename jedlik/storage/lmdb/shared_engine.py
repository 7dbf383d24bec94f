"""The engine of a server's worker processes: they share LMDB's file and a log before it.

An acknowledged write survives `kill -9` and power loss: it is in the log, and flushed, before any
process can see it (see `shared_log`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import lmdb

from jedlik.base.clock import Clock, SystemClock
from jedlik.storage.engine import Value
from jedlik.storage.failures import StorageFull
from jedlik.storage.groupcommit import TaskOutcome
from jedlik.storage.lmdb.checkpoint import PAGES
from jedlik.storage.lmdb.engine import LmdbEngine
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.shared_log import SharedLog
from jedlik.storage.writer import Tasks


class SharedLmdbEngine(LmdbEngine):
    """Ordered byte keys in an LMDB environment that only such engines, in other processes, write to
    meanwhile."""

    def __init__(self, environment: Environment, clock: Clock, pages: int) -> None:
        self._log = SharedLog(environment, pages)
        super().__init__(environment, "fsync", clock)

    @classmethod
    def share(
        cls,
        directory: Path,
        map_size: int | None = None,
        clock: Clock | None = None,
        *,
        pages: int = PAGES,
    ) -> SharedLmdbEngine:
        """Open the environment in a directory that a main process has recovered, and which it
        settles in the end (see `recovery`).

        `map_size` is in bytes, the same for all processes; the map does not grow. `pages` are about
        those that are written between two checkpoints. Raises `DataDirectoryError`.
        """
        environment = Environment(directory, map_size, flushes=False, grows=False)
        return cls(environment, clock or SystemClock(), pages)

    def _commit(self, tasks: Tasks) -> list[TaskOutcome]:
        try:
            return super()._commit(tasks)
        except StorageFull:
            self._log.make_room()
            return super()._commit(tasks)

    def _store(self, txn: lmdb.Transaction[bytes], changes: Mapping[bytes, Value]) -> None:
        self._log.commit(txn, changes)

    def _close_files(self) -> None:
        try:
            self._log.close()
        finally:
            super()._close_files()
