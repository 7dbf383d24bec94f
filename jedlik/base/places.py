"""Places for work that holds much memory while others go first (see `turns`).

Each time it gives way, more such work may begin, and hold as much. So only a few at a time may go
on with what they hold; the others let go of it, wait for a place, and begin again.

    with Place(places, caller) as place:
        while True:
            rows = ...
            if they are few or place.is_taken or await place.keep(rows):
                break

In the order of asking alone, a caller with enough connections would have all places at all times,
and others' work would wait for minutes. So a caller is given another place only while more are left
than they have: one alone has half of the places, and some are left for the next. Of those who wait,
callers with the fewest places come first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Protocol, Self


class Caller(Protocol):
    """For whom work is done; those with the same owner are one."""

    @property
    def owner(self) -> Hashable: ...


class Places:
    """`most` places."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._used = 0
        self._own: dict[Hashable, int] = {}
        """The places of each owner who has some."""
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}
        """Those who wait, in the order of asking, by their owners."""

    def is_free_for(self, caller: Caller | None) -> bool:
        """Whether the caller, or the server itself if None, would not have to wait."""
        return self._may_have(_owner(caller))

    @asynccontextmanager
    async def taken(self, caller: Caller | None) -> AsyncIterator[None]:
        """With a place that is given back at the end."""
        await self.take(caller)
        try:
            yield
        finally:
            self.give_back(caller)

    async def take(self, caller: Caller | None) -> None:
        """Take a place, to be given back."""
        owner = _owner(caller)
        if self._may_have(owner):
            self._give(owner)
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._forget(owner, turn)
            else:  # it has been given the place meanwhile
                self._take_back(owner)
            raise

    def give_back(self, caller: Caller | None) -> None:
        """Give back a place that was taken for this caller."""
        self._take_back(_owner(caller))

    def _may_have(self, owner: Hashable) -> bool:
        return self._most - self._used > self._own.get(owner, 0)

    def _give(self, owner: Hashable) -> None:
        self._used += 1
        self._own[owner] = self._own.get(owner, 0) + 1

    def _take_back(self, owner: Hashable) -> None:
        self._used -= 1
        own = self._own.pop(owner) - 1
        if own:
            self._own[owner] = own
        while (following := self._next()) is not None:
            self._give(following)
            turns = self._waiting.pop(following)
            turns.popleft().set_result(None)
            if turns:
                self._waiting[following] = turns  # behind those who have as many

    def _next(self) -> Hashable | None:
        """The owner of those who wait that has the fewest places, if it may have another one."""
        if not self._waiting:
            return None
        found = min(self._waiting, key=lambda owner: self._own.get(owner, 0))
        return found if self._may_have(found) else None

    def _forget(self, owner: Hashable, turn: asyncio.Future[None]) -> None:
        turns = self._waiting[owner]
        turns.remove(turn)
        if not turns:
            del self._waiting[owner]


class Place:
    """One of some places, which is given back at the end if it was taken."""

    __slots__ = ("_places", "caller", "is_taken")

    def __init__(self, places: Places, caller: Caller | None) -> None:
        self._places = places
        self.caller = caller
        self.is_taken = False

    async def keep(self, *held: list[Any]) -> bool:
        """Take a place, to go on with what is `held`. If none is free for the caller, the lists are
        emptied before the wait, and the answer is False: begin again."""
        kept = self._places.is_free_for(self.caller)
        if not kept:
            for each in held:
                each.clear()
        await self._places.take(self.caller)
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
            self._places.give_back(self.caller)


def _owner(caller: Caller | None) -> Hashable:
    return "" if caller is None else caller.owner
