"""The base of engines in local files: passes writes to what commits them, and returns the
results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

from jedlik.storage.engine import ResultT_co, WriteTask
from jedlik.storage.groupcommit import Gatherer


class Writes(Protocol):
    """Commits an engine's batches: `writer.Writer` or `logged_writer.LoggedWriter`."""

    gatherer: Gatherer

    async def close(self) -> None:
        """Finish what was accepted."""
        ...


class Embedded(ABC):
    """Writes go to a writer, which commits them in groups."""

    def __init__(self, writer: Writes) -> None:
        self._writer = writer
        self.write_queue = writer.gatherer
        self._join = self.write_queue.join

    async def write(self, task: WriteTask[ResultT_co]) -> ResultT_co:
        """See `Engine.write`."""
        result: ResultT_co = await self._join(task)
        return result

    async def close(self) -> None:
        """See `Engine.close`."""
        await self._writer.close()
        self._close_files()

    @abstractmethod
    def _close_files(self) -> None:
        """Close the files. Nothing is read or written afterwards."""
