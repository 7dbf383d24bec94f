"""The engine of a server's worker processes: they share LMDB's file and a log before it.

An acknowledged write survives `kill -9` and power loss: it is in the log, and flushed, before any
process can see it (see `overlapping`). With `relaxed` durability the log is flushed about once a
second: `kill -9` still loses nothing, and a power loss the last writes at most.
"""

from __future__ import annotations

from pathlib import Path

from jedlik.storage.embedded import Embedded
from jedlik.storage.engine import Durability
from jedlik.storage.lmdb.checkpoint import PAGES
from jedlik.storage.lmdb.environment import Environment, unusable
from jedlik.storage.lmdb.overlapping import OverlappingCommits
from jedlik.storage.lmdb.shared_log import SharedLog
from jedlik.storage.lmdb.shared_reads import SharedReads
from jedlik.storage.lmdb.shared_writer import SharedWriter


class SharedLmdbEngine(SharedReads, Embedded):
    """Ordered byte keys in an LMDB environment that only such engines, in other processes, write to
    meanwhile."""

    def __init__(
        self, environment: Environment, pages: int, durability: Durability = "fsync"
    ) -> None:
        self._log = SharedLog(environment, pages, flushes=durability == "fsync")
        self._commits = OverlappingCommits(environment, self._log)
        self._commits.join()
        SharedReads.__init__(self, environment, self._commits)
        Embedded.__init__(self, SharedWriter(self._commits))

    @classmethod
    def share(
        cls,
        directory: Path,
        durability: Durability = "fsync",
        map_size: int | None = None,
        *,
        pages: int = PAGES,
    ) -> SharedLmdbEngine:
        """Open the environment in a directory that a main process has recovered, and which it
        settles in the end (see `recovery`).

        `map_size` is in bytes, the same for all processes; the map does not grow. `pages` are about
        those that are written between two checkpoints. Raises `DataDirectoryError`.
        """
        environment = Environment(directory, map_size, grows=False)
        try:
            return cls(environment, pages, durability)
        except OSError as error:
            environment.close()
            raise unusable(directory, error) from error

    def _close_files(self) -> None:
        try:
            self._commits.close()
        finally:
            self._environment.close()
