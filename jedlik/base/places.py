"""Places for work that holds much memory while others go first (see `turns`).

Each time it gives way, more such work may begin, and hold as much. So only a few at a time may go
on with what they hold; the others let go of it, wait for a place, and begin again.

    with Place(places) as place:
        while True:
            rows = ...
            if they are few or place.is_taken or await place.keep(rows):
                break
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self


class Place:
    """One of some places, which is given back at the end if it was taken."""

    __slots__ = ("_places", "is_taken")

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self.is_taken = False

    async def keep(self, *held: list[Any]) -> bool:
        """Take a place, in the order of asking, to go on with what is `held`. If none is free, the
        lists are emptied before the wait, and the answer is False: begin again."""
        kept = not self._places.locked()
        if not kept:
            for each in held:
                each.clear()
        await self._places.acquire()
        self.is_taken = True
        return kept

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.is_taken:
            self._places.release()
