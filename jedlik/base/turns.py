"""Long work on the event loop: a slice at a time, and short work first.

    a turn of the loop    short requests, in the order of their arrival
    after an idle turn    a slice of the long work that has waited longest
    after busy turns      the same once PAUSE_SECONDS are over, so that long work is not starved

However much long work there is, a short request waits for one slice of it at most. A turn counts as
idle if the loop had next to nothing to do in it. So long work gets all of the time that the loop is
not busy, and at least a tenth.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Iterable
from time import perf_counter
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

MadeT = TypeVar("MadeT")
OneT = TypeVar("OneT")

FIRST_SLICE_SECONDS: Final = 0.0003
"""Work that takes longer than this is long. It is short, since much of it may begin in one turn of
the loop."""
SLICE_SECONDS: Final = 0.001
"""How long others wait at most for work that yields: ten times what a request takes, and thirty
times what it costs to yield."""
PAUSE_SECONDS: Final = 10 * SLICE_SECONDS
"""How long all long work yields at most to short work."""
_IDLE_SECONDS: Final = 0.00005
"""A turn of the loop without work takes at most this time; one with a request takes longer."""


class Turns:
    """Yields to others whenever a slice is over.

    Check `over` after each small piece of work: it takes 0.1 µs if there is time left.
    """

    __slots__ = ("_ends",)

    def __init__(self) -> None:
        self._ends = perf_counter() + FIRST_SLICE_SECONDS

    @property
    def over(self) -> bool:
        """Whether the slice is over, so that `give_way` should be awaited."""
        return perf_counter() >= self._ends

    async def give_way(self) -> None:
        """Let others go first, then begin a new slice."""
        await give_way()
        self._ends = perf_counter() + SLICE_SECONDS


class _Line:
    """The long work that waits on one event loop."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_scheduled = False
        self._slice_began = False
        self._slice_ended = 0.0
        self._last_turn = 0.0

    def join(self) -> asyncio.Future[None]:
        """A future that is done when the next slice of this work may begin."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        if not self._is_scheduled:
            self._is_scheduled = True
            self._note_end()
            loop.call_soon(self._turn)
        return turn

    def _turn(self) -> None:
        """Called in every turn of the loop: begin a slice, if it is time."""
        now = perf_counter()
        busy = now - self._last_turn > _IDLE_SECONDS
        self._last_turn = now
        if self._slice_began:  # in this turn: the loop runs callbacks in their order
            self._note_end()
        elif not busy or now - self._slice_ended >= PAUSE_SECONDS:
            self._begin_slice()
        self._is_scheduled = bool(self._waiting)
        if self._is_scheduled:
            asyncio.get_running_loop().call_soon(self._turn)

    def _begin_slice(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # it may have been cancelled
                turn.set_result(None)
                self._slice_began = True
                return

    def _note_end(self) -> None:
        self._slice_began = False
        self._slice_ended = self._last_turn = perf_counter()


_LINES: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, _Line]] = WeakKeyDictionary()


def _line() -> _Line:
    loop = asyncio.get_running_loop()
    line = _LINES.get(loop)
    if line is None:
        line = _LINES[loop] = _Line()
    return line


async def give_way() -> None:
    """Let others go first: for work in small steps, between two of them."""
    await _line().join()


async def each_in_turn(ones: Iterable[OneT], make: Callable[[OneT], MadeT]) -> list[MadeT]:
    """The results of `make` for each, while other requests are answered in between."""
    turns = Turns()
    made = []
    for one in ones:
        made.append(make(one))
        if turns.over:
            await turns.give_way()
    return made


async def in_turns(steps: Generator[None, None, MadeT], turns: Turns | None = None) -> MadeT:
    """The result of a generator that suspends after each small piece of work, while other requests
    are answered in between. `turns` are those of the larger work of which this is a part. If it
    ends within a slice, nothing is awaited."""
    if turns is None:
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
    """The same without pauses."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: MadeT = end.value
            return made
