"""The engine without a log: processes share LMDB's file, and one writes at a time.

It is that of worker processes that need not flush, and of directories that are only read.

With `fsync` an acknowledged write survives `kill -9` and power loss: LMDB writes changed pages to
free space, flushes them, and only then writes and flushes the one page that makes them current.
With `relaxed` durability commits are flushed only about once a second: `kill -9` still loses
nothing, but a power loss may lose the last writes and, where the disk reorders writes, damage the
store.
"""

from __future__ import annotations

from pathlib import Path

import lmdb

from jedlik.base.clock import Clock, SystemClock
from jedlik.storage.embedded import Embedded
from jedlik.storage.engine import Durability
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.groupcommit import TaskOutcome, decide
from jedlik.storage.lmdb.environment import ATTEMPTS, Environment
from jedlik.storage.lmdb.reads import LmdbReads
from jedlik.storage.writer import Tasks, Writer


class LmdbEngine(LmdbReads, Embedded):
    """Ordered byte keys in an LMDB environment. Several processes may have it open."""

    def __init__(self, environment: Environment, durability: Durability, clock: Clock) -> None:
        LmdbReads.__init__(self, environment)
        sync = None if durability == "fsync" else self._sync
        Embedded.__init__(self, Writer(self._commit, clock, sync))

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
        environment = Environment(
            directory, map_size, map_limit, flushes=durability == "fsync", read_only=read_only
        )
        return cls(environment, durability, clock or SystemClock())

    def _commit(self, tasks: Tasks) -> list[TaskOutcome]:
        for _ in range(ATTEMPTS):
            try:
                return self._attempt(tasks)
            except lmdb.MapFullError:
                self._environment.grow()
            except lmdb.MapResizedError as error:
                self._environment.recover(error)
            except lmdb.Error as error:
                raise self._environment.commit_failure(error) from error
        raise StorageUnavailable("the map keeps changing")

    def _attempt(self, tasks: Tasks) -> list[TaskOutcome]:
        with self._environment.writing() as txn:
            decided = decide(tasks(), self._environment.reader(txn))
            if decided.changes:
                self._environment.apply(txn, decided.changes)
                txn.commit()
            else:
                txn.abort()
        return decided.outcomes

    def _close_files(self) -> None:
        self._environment.close()

    def _sync(self) -> None:
        self._environment.sync()
