"""Long work on the event loop, a slice at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Iterable
from typing import Final, TypeVar

MadeT = TypeVar("MadeT")
OneT = TypeVar("OneT")

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


async def each_in_turn(ones: Iterable[OneT], make: Callable[[OneT], MadeT]) -> list[MadeT]:
    """What `make` makes of each, others served between."""
    turns = Turns()
    made = []
    for one in ones:
        made.append(make(one))
        if turns.over:
            await turns.give_way()
    return made


async def in_turns(steps: Generator[None, None, MadeT]) -> MadeT:
    """What a generator returns that suspends after each small piece of work, others served between.

    Nothing is awaited where it ends within a slice.
    """
    turns = Turns()
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: MadeT = end.value
            return made
        if turns.over:
            await turns.give_way()


def at_once(steps: Generator[None, None, MadeT]) -> MadeT:
    """The same without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: MadeT = end.value
            return made
