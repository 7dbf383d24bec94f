"""A part of an engine that looks like a whole one: all its keys begin with the same bytes.

So several stores can share one engine without knowing of each other: the prefix is added to keys on
the way down and removed on the way up. Order is kept, and a range without an upper end stops at the
end of the prefix. All stores join the same group commits, so a task on the engine itself can change
several of them at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic

from jedlik.storage.engine import Changes, Engine, Page, Reads, ResultT_co, Value, WriteTask
from jedlik.values.keybytes import successor


class PrefixedReads:
    """The reading half, over anything that reads."""

    def __init__(self, base: Reads, prefix: bytes) -> None:
        self._base = base
        self.prefix = prefix
        self._end = successor(prefix)

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`."""
        prefix = self.prefix
        return await self._base.read([prefix + key for key in keys])

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
        """See `Engine.range`."""
        prefix = self.prefix
        page = await self._base.range(
            prefix + low,
            self._end if high is None else prefix + high,
            limit=limit,
            max_bytes=max_bytes,
            reverse=reverse,
            also_read=[prefix + key for key in also_read],
        )
        size = len(prefix)
        return page._replace(rows=[(key[size:], value) for key, value in page.rows])


class PrefixedEngine(PrefixedReads):
    """A whole engine. Closing it does not close the engine below, which others use too."""

    def __init__(self, base: Engine, prefix: bytes) -> None:
        super().__init__(base, prefix)
        self.base = base

    async def write(self, task: WriteTask[ResultT_co]) -> ResultT_co:
        """See `Engine.write`."""
        return await self.base.write(PrefixedTask(task, self.prefix))

    async def close(self) -> None:
        """See `Engine.close`."""


class PrefixedTask(Generic[ResultT_co]):
    """A task of a part, for the engine below it."""

    __slots__ = ("_prefix", "_task", "keys")

    def __init__(self, task: WriteTask[ResultT_co], prefix: bytes) -> None:
        self._task = task
        self._prefix = prefix
        self.keys = [prefix + key for key in task.keys]

    def decide(self, values: Sequence[Value]) -> Changes[ResultT_co]:
        """See `WriteTask.decide`."""
        changes = self._task.decide(values)
        prefix = self._prefix
        return Changes(
            {prefix + key: value for key, value in changes.values.items()}, changes.result
        )
