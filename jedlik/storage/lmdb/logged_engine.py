"""The default engine: an embedded store in LMDB's file, of a process that has it to itself.

An acknowledged write survives `kill -9` and power loss: its changes are in the log, and flushed,
before they are in the store (see `commit_log`). With `relaxed` durability the log is flushed about
once a second: `kill -9` still loses nothing, and a power loss the last writes at most.
"""

from __future__ import annotations

from pathlib import Path

from jedlik.storage.embedded import Embedded
from jedlik.storage.engine import Durability
from jedlik.storage.lmdb.checkpoint import PAGES
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.logged_store import LoggedLmdbStore
from jedlik.storage.lmdb.reads import LmdbReads, Recent
from jedlik.storage.lmdb.recovery import recover
from jedlik.storage.logged_writer import LoggedWriter


class LoggedLmdbEngine(LmdbReads, Embedded):
    """Ordered byte keys in an LMDB environment that no other process writes to."""

    def __init__(self, environment: Environment, store: LoggedLmdbStore) -> None:
        LmdbReads.__init__(self, environment, Recent(store.unstored, store.catch_up))
        Embedded.__init__(self, LoggedWriter(store))
        self._store = store

    @classmethod
    def open(
        cls,
        directory: Path,
        durability: Durability = "fsync",
        map_size: int | None = None,
        map_limit: int | None = None,
        *,
        pages: int = PAGES,
    ) -> LoggedLmdbEngine:
        """Open the environment in an existing directory, create it if that is empty, and recover
        it if it was not closed.

        `map_size` and `map_limit` are in bytes: the initial size of the map, and its largest.
        `pages` are about those that are written between two checkpoints. Raises
        `DataDirectoryError`.
        """
        recover(directory)
        environment = Environment(directory, map_size, map_limit)
        store = LoggedLmdbStore(environment, flushes=durability == "fsync", pages=pages)
        return cls(environment, store)

    def _close_files(self) -> None:
        self._store.close()
