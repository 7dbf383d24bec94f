"""Faults on demand: an engine around another one that fails, delays and repeats calls at random.

For the contract suite, which must also hold if tasks are run again, and for tests of how the rest
of the server answers when storage fails. With all rates at 0 it changes nothing. The same seed and
calls give the same faults; a failing test prints the seed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from jedlik.storage.engine import Changes, Engine, Page, ResultT_co, Value, WriteTask
from jedlik.storage.failures import OutcomeUnknown, StorageUnavailable


@dataclass(frozen=True, slots=True)
class Faults:
    """How often each fault happens, from 0 (never) to 1 (always)."""

    read_fails: float = 0.0
    """A read or range raises `StorageUnavailable`."""
    fails_before_commit: float = 0.0
    """A write raises `StorageUnavailable`; nothing was changed."""
    fails_after_commit: float = 0.0
    """A write raises `OutcomeUnknown`, although it was committed."""
    delays: float = 0.0
    """A call suspends for some turns of the event loop, before it or after."""
    reruns: float = 0.0
    """A task is decided several times, as after conflicts; the last time counts."""
    short_pages: float = 0.0
    """A range ends early, with `more`."""


class _Rerun(Generic[ResultT_co]):
    """A task that is decided `times` times more than the engine needs."""

    def __init__(self, task: WriteTask[ResultT_co], times: int) -> None:
        self._task = task
        self._times = times

    @property
    def keys(self) -> Sequence[bytes]:
        return self._task.keys

    def decide(self, values: Sequence[Value]) -> Changes[ResultT_co]:
        for _ in range(self._times):
            try:
                self._task.decide(list(values))
            except Exception:
                continue
        return self._task.decide(values)


class FaultyEngine:
    """The engine `engine` with `faults`, at random from `seed`."""

    def __init__(self, engine: Engine, faults: Faults, seed: int) -> None:
        self.engine = engine
        self.faults = faults
        self.seed = seed
        self._draw = random.Random(seed)

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Engine.read`."""
        await self._before_read()
        return await self.engine.read(keys)

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
        await self._before_read()
        if self._happens(self.faults.short_pages):
            limit = self._draw.randint(1, 3 if limit is None else max(1, limit))
        return await self.engine.range(
            low, high, limit=limit, max_bytes=max_bytes, reverse=reverse, also_read=also_read
        )

    async def write(self, task: WriteTask[ResultT_co]) -> ResultT_co:
        """See `Engine.write`."""
        await self._maybe_delay()
        if self._happens(self.faults.fails_before_commit):
            raise StorageUnavailable(f"injected before the commit (seed {self.seed})")
        if self._happens(self.faults.reruns):
            task = _Rerun(task, self._draw.randint(1, 3))
        unknown = self._happens(self.faults.fails_after_commit)
        result = await self.engine.write(task)
        await self._maybe_delay()
        if unknown:
            raise OutcomeUnknown(f"injected after the commit (seed {self.seed})")
        return result

    async def close(self) -> None:
        """See `Engine.close`."""
        await self.engine.close()

    async def _before_read(self) -> None:
        await self._maybe_delay()
        if self._happens(self.faults.read_fails):
            raise StorageUnavailable(f"injected on reading (seed {self.seed})")

    async def _maybe_delay(self) -> None:
        if not self._happens(self.faults.delays):
            return
        loop = asyncio.get_running_loop()
        for _ in range(self._draw.randint(1, 5)):
            turn: asyncio.Future[None] = loop.create_future()
            loop.call_soon(_end_turn, turn)
            await turn

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self._draw.random() < rate


def _end_turn(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
