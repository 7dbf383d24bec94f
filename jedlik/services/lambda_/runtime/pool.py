"""Warm processes: one that has finished an event waits for the next one of the same function.

A process belongs to a *key*: its start parameters. If a function changes, its key changes too, and
processes with the old key end after their event or their timeout. The number of processes is
limited; events wait for a free one.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Final

from jedlik.services.lambda_.runtime.invocation import Invocation
from jedlik.services.lambda_.runtime.process import FunctionProcess, FunctionRequest, Start
from jedlik.services.lambda_.runtime.slots import Slots

IDLE_SECONDS: Final = 300.0
MAX_PROCESSES: Final = max(8, 4 * (os.cpu_count() or 1))

_Idle = tuple[float, FunctionProcess]

Prepare = Callable[[], Awaitable[tuple[Hashable, Start]]]
"""Returns the key of the processes for an event, and the start parameters of a new one."""


class Pool:
    """The processes of all functions in one server process."""

    def __init__(self, most: int = MAX_PROCESSES) -> None:
        self._slots = Slots(most)
        self._idle: dict[Hashable, list[_Idle]] = {}
        self._busy: set[FunctionProcess] = set()
        self._reaping: asyncio.TimerHandle | None = None
        self._most_idle = most
        self._terminating: set[asyncio.Task[None]] = set()

    async def run(self, function: str, prepare: Prepare, request: FunctionRequest) -> Invocation:
        """Run a process on an event; one is started if none with the event's key is idle.

        `prepare` is called when it is the event's turn. Its errors end the attempt.
        """
        async with self._slots.held(function):
            key, start = await prepare()
            warm = self._take(key)
            process = warm or FunctionProcess()
            self._busy.add(process)
            try:
                if warm is None:
                    self._make_room()
                    await process.start(start)
                return await process.run(request)
            finally:
                self._busy.discard(process)
                if process.alive:
                    self._idle.setdefault(key, []).append((time.monotonic(), process))
                    self._arm()
                else:
                    self._terminate(process)

    def _take(self, key: Hashable) -> FunctionProcess | None:
        waiting = self._idle.get(key)
        while waiting:
            _, process = waiting.pop()
            if process.alive:
                return process
        return None

    def _make_room(self) -> None:
        """End the process that has been idle longest if there would be too many."""
        waiting = [(since, key) for key, idle in self._idle.items() for since, _ in idle]
        if len(waiting) + len(self._busy) > self._most_idle and waiting:
            since, key = min(waiting, key=lambda each: each[0])
            self._end(key, lambda each: each == since)

    def forget(self, key: Hashable) -> None:
        """End the idle processes of a key."""
        self._end(key, lambda _since: True)

    def keys(self) -> list[Hashable]:
        """The keys of idle processes."""
        return [key for key, idle in self._idle.items() if idle]

    def _end(self, key: Hashable, chosen: Callable[[float], bool]) -> None:
        kept = []
        for since, process in self._idle.get(key, []):
            if chosen(since):
                self._terminate(process)
            else:
                kept.append((since, process))
        if kept:
            self._idle[key] = kept
        else:
            self._idle.pop(key, None)

    def _terminate(self, process: FunctionProcess) -> None:
        """Kill a process, and wait for its end in the background."""
        process.kill()
        task = asyncio.get_running_loop().create_task(process.wait_ended())
        self._terminating.add(task)
        task.add_done_callback(self._terminating.discard)

    def _arm(self) -> None:
        if self._reaping is None:
            loop = asyncio.get_running_loop()
            self._reaping = loop.call_later(IDLE_SECONDS / 4, self._reap)

    def _reap(self) -> None:
        self._reaping = None
        oldest = time.monotonic() - IDLE_SECONDS
        for key in list(self._idle):
            self._end(key, lambda since: since < oldest)
        if self._idle:
            self._arm()

    async def close(self) -> None:
        """End all processes."""
        if self._reaping is not None:
            self._reaping.cancel()
            self._reaping = None
        processes = [*self._busy, *(each for idle in self._idle.values() for _, each in idle)]
        self._idle.clear()
        for process in processes:
            self._terminate(process)
        while self._terminating:
            await asyncio.wait(self._terminating)
