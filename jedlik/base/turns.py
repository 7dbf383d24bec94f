"""Long work on the event loop, a slice at a time."""

from __future__ import annotations

import asyncio
import time
from typing import Final

SLICE_SECONDS: Final = 0.003
"""How long others wait at most for work that gives way: some hundred times what a request takes."""


class Turns:
    """Gives way to others whenever a slice is over.

    To be asked after each small piece of work: it costs 0.1 µs to see that there is time left.
    """

    __slots__ = ("_ends",)

    def __init__(self) -> None:
        self._ends = time.perf_counter() + SLICE_SECONDS

    @property
    def over(self) -> bool:
        """Whether the slice is over, so that `give_way` should be awaited."""
        return time.perf_counter() >= self._ends

    async def give_way(self) -> None:
        """Let others go first, then begin a new slice."""
        await asyncio.sleep(0)
        self._ends = time.perf_counter() + SLICE_SECONDS
