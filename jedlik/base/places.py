"""Places for work that holds much memory while others go first (see `turns`).

Each time it gives way, more such work may begin, and hold as much. So only a few at a time may go
on with what they hold; the others let go of it, wait for a place, and begin again.

    with Place(places) as place:
        ...                               # read something
        if it is long and not place.is_taken:
            if place.is_to_be_awaited:
                ...                       # let go of it
            if await place.take():
                ...                       # read it again
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class Place:
    """One of some places, which is given back at the end if it was taken."""

    __slots__ = ("_places", "is_taken")

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self.is_taken = False

    @property
    def is_to_be_awaited(self) -> bool:
        """Whether all places are taken."""
        return self._places.locked()

    async def take(self) -> bool:
        """Take a place, in the order of asking; returns whether it was waited for one."""
        waited = self._places.locked()
        await self._places.acquire()
        self.is_taken = True
        return waited

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
