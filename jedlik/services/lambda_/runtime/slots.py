"""Places for concurrent runs, divided between functions.

A function takes at most three quarters of the places, so that a slow one never keeps all others
from running. A free place is given to the waiting function that has the fewest, and among those to
the one that has waited longest.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator


class Slots:
    """A number of places, on one event loop."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._most_each = max(1, size - max(1, size // 4))
        self._taken: Counter[str] = Counter()
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []

    @contextlib.asynccontextmanager
    async def held(self, function: str) -> AsyncIterator[None]:
        """Wait for a place, and hold it for this function."""
        await self._take(function)
        try:
            yield
        finally:
            self._give_back(function)

    async def _take(self, function: str) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((function, turn))
        self._share_out()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back(function)  # it already had a place
            raise

    def _give_back(self, function: str) -> None:
        self._free += 1
        self._taken[function] -= 1
        if not self._taken[function]:
            del self._taken[function]
        self._share_out()

    def _share_out(self) -> None:
        self._waiting = [each for each in self._waiting if not each[1].done()]
        while self._free:
            able = [each for each in self._waiting if self._taken[each[0]] < self._most_each]
            if not able:
                return
            chosen = min(able, key=lambda each: self._taken[each[0]])  # the first with the fewest
            self._waiting.remove(chosen)
            function, turn = chosen
            self._free -= 1
            self._taken[function] += 1
            assert self._free >= 0
            turn.set_result(None)
