"""The newest entries of a request log, for those who ask again and again for what is newer.

While someone asks, entries are kept; when no one has asked for a while, requests pass by the log
again and cost nothing more.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Final, NamedTuple

from jedlik.request_log.entries import Entry
from jedlik.request_log.observing import RequestLog

KEPT: Final = 1000
"""A thousand requests between two questions are more than a person reads."""
MAX_WAIT: Final = 30
PATIENCE_SECONDS: Final = 60.0


class News(NamedTuple):
    """Entries after a number; `last` is the number to ask on with."""

    entries: list[Entry]
    last: int


class Following:
    """Keeps the newest entries of a log while they are asked for."""

    def __init__(self, log: RequestLog) -> None:
        self._log = log
        self._recent: deque[Entry] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._last = 0
        self._leaving: asyncio.TimerHandle | None = None

    async def news(self, after: int | None = None, wait: int = 0) -> News:
        """The entries after a number, or after now; if there are none yet, what comes within `wait`
        seconds."""
        self._stay()
        after = self._last if after is None else after
        if after >= self._last and wait:
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), wait)
            self._stay()
        return News([each for each in self._recent if each.number > after], self._last)

    def _keep(self, entry: Entry) -> None:
        self._recent.append(entry)
        self._last = entry.number
        self._news.set()

    def _stay(self) -> None:
        """Keep entries for the next while."""
        if self._leaving is None:
            self._log.add(self._keep)
        else:
            self._leaving.cancel()
        loop = asyncio.get_running_loop()
        self._leaving = loop.call_later(PATIENCE_SECONDS + MAX_WAIT, self._leave)

    def _leave(self) -> None:
        self._leaving = None
        self._log.remove(self._keep)
        self._recent.clear()
