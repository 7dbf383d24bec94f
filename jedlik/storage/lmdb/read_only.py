"""The engine of directories that cannot be written to, and are only read.

Such a directory was closed, so LMDB's file has all that was written.
"""

from __future__ import annotations

from pathlib import Path

from jedlik.storage.engine import ResultT_co, WriteTask
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.lmdb.environment import Environment
from jedlik.storage.lmdb.reads import LmdbReads


class ReadOnlyLmdbEngine(LmdbReads):
    """Ordered byte keys in an LMDB environment that no process writes to meanwhile."""

    @classmethod
    def open(cls, directory: Path) -> ReadOnlyLmdbEngine:
        """Open the environment in a directory, in which nothing is changed. Raises
        `DataDirectoryError`."""
        return cls(Environment(directory, read_only=True))

    async def write(self, _task: WriteTask[ResultT_co]) -> ResultT_co:
        """Refused: raises `StorageUnavailable`."""
        raise StorageUnavailable("nothing is written to media that are read-only")

    async def close(self) -> None:
        """See `Engine.close`."""
        self._environment.close()
