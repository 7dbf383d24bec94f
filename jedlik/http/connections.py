"""All connections of a server, and the one timer that watches them.

A timer per request would cost more than reading the request. Instead, a sweep regularly examines
every connection: one that is where it was at the last sweep (same message, same part of it) has
been there at least since then. So a time-out is exact to one sweep, and costs requests nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final, Protocol

from jedlik.base.clock import Clock
from jedlik.http.allowances import Allowances
from jedlik.http.answers import AnswerWriter

_ABORT_TIME: Final = 1.0
"""Seconds; an aborted transport reports its end in the loop's next turn."""


class Watched(Protocol):
    """A connection as the server sees it."""

    def sweep(self, now: float) -> None:
        """Close if something is overdue at this monotonic time."""
        ...

    def drain(self) -> None:
        """Answer what was accepted, then close."""
        ...

    def abort(self) -> None:
        """Close immediately."""
        ...


class Connections:
    """The open connections of one server."""

    __slots__ = ("_clock", "_emptied", "_writer", "allowances", "open")

    def __init__(self, clock: Clock, writer: AnswerWriter, allowances: Allowances) -> None:
        self.allowances = allowances
        self._clock = clock
        self._writer = writer
        self._emptied: asyncio.Event | None = None
        self.open: set[Watched] = set()

    def forget(self, connection: Watched) -> None:
        """The connection is closed."""
        self.open.discard(connection)
        if not self.open and self._emptied is not None:
            self._emptied.set()

    def sweep(self) -> None:
        """Examine every connection, and update the date of answers."""
        self._writer.set_time(self._clock.now())
        now = self._clock.monotonic()
        for connection in list(self.open):
            connection.sweep(now)

    async def drain(self, grace: float) -> None:
        """Let every connection end; cut off those that are still open after `grace` seconds."""
        self._emptied = asyncio.Event()
        for connection in list(self.open):
            connection.drain()
        if not await self._wait_empty(grace):
            for connection in list(self.open):
                connection.abort()
            await self._wait_empty(_ABORT_TIME)

    async def _wait_empty(self, seconds: float) -> bool:
        if self.open and self._emptied is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._emptied.wait(), seconds)
        return not self.open
