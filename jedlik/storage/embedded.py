"""Shared by the engines in local files: the way of writes to the writer thread and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from jedlik.base.clock import Clock
from jedlik.storage.engine import ResultT_co, WriteTask
from jedlik.storage.groupcommit import TaskOutcome
from jedlik.storage.writer import Writer


class Embedded(ABC):
    """Writes go to the process's writer thread (see `writer`), which commits them in groups.

    `sync` flushes what was committed, where commits do not.
    """

    def __init__(self, clock: Clock, sync: Callable[[], None] | None) -> None:
        self._writer = Writer(self._commit, clock, sync)
        self.write_queue = self._writer.gatherer
        self._join = self.write_queue.join

    async def write(self, task: WriteTask[ResultT_co]) -> ResultT_co:
        """See `Engine.write`."""
        result: ResultT_co = await self._join(task)
        return result

    async def close(self) -> None:
        """See `Engine.close`."""
        await self._writer.close()
        self._let_go()

    @abstractmethod
    def _commit(self, tasks: Sequence[WriteTask[Any]]) -> list[TaskOutcome]:
        """Commit tasks, as `Writer` wants it; called on the writer's thread."""

    @abstractmethod
    def _let_go(self) -> None:
        """Close the files. Nothing is read or written afterwards."""
