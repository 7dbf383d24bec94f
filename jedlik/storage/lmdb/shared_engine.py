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
from jedlik.storage.groupcommit import TaskOutcome, decide
from jedlik.storage.lmdb.checkpoint import PAGES
from jedlik.storage.lmdb.commit_log import log_failure
from jedlik.storage.lmdb.engine import LmdbEngine
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.overlapping import AT_ONCE, LARGE, OverlappingCommits
from jedlik.storage.lmdb.pending import Pending
from jedlik.storage.lmdb.shared_log import SharedLog
from jedlik.storage.writer import Tasks


class SharedLmdbEngine(LmdbEngine):
    """Ordered byte keys in an LMDB environment that only such engines, in other processes, write to
    meanwhile."""

    def __init__(self, environment: Environment, clock: Clock, pages: int) -> None:
        self._log = SharedLog(environment, pages)
        self._commits = OverlappingCommits(environment, self._log)
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

    def _attempt(self, tasks: Tasks) -> list[TaskOutcome]:
        commits = self._commits
        try:
            with commits.in_order():
                logged = self._logged(tasks)
                if logged is None:
                    with commits.alone():
                        return super()._attempt(tasks)
        except OSError as error:
            raise log_failure(error) from error
        outcomes, pending = logged
        if pending is not None:
            commits.store(pending)
        return outcomes

    def _logged(self, tasks: Tasks) -> tuple[list[TaskOutcome], Pending | None] | None:
        """The outcomes, and what is to be stored first; None if they are to be decided alone. What
        only looks is logged as well where it has seen what is not stored yet."""
        commits = self._commits
        with self._begin(self._rows) as txn:
            pending = commits.pending(txn)
            if pending is None:
                return None
            decided = decide(tasks(), pending.reader(self._environment.reader(txn)), AT_ONCE)
        if sum(map(len, filter(None, decided.changes.values()))) >= LARGE:
            return None
        if not decided.changes and not pending.records:
            return decided.outcomes, None
        return decided.outcomes, commits.append(pending, decided.changes)

    def _store(self, txn: lmdb.Transaction[bytes], changes: Mapping[bytes, Value]) -> None:
        self._log.commit(txn, changes)

    def _close_files(self) -> None:
        try:
            self._log.close()
        finally:
            super()._close_files()
