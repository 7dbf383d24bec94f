"""The newest entries of a request log, for clients that poll for newer ones.

Entries are kept while clients poll; after a while without polling, requests bypass the log again at
no cost.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Final, NamedTuple

from jedlik.request_log.entries import Entry
from jedlik.request_log.observing import RequestLog

KEPT: Final = 1000
"""A thousand requests between two polls are more than a person reads."""
MAX_WAIT: Final = 30
PATIENCE_SECONDS: Final = 60.0


class News(NamedTuple):
    """Entries after a number; `last` is the number for the next poll."""

    entries: list[Entry]
    last: int


class Following:
    """Keeps the newest entries of a log while clients poll."""

    def __init__(self, log: RequestLog) -> None:
        self._log = log
        self._recent: deque[Entry] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._last = 0
        self._leaving: asyncio.TimerHandle | None = None

    async def news(self, after: int | None = None, wait: int = 0) -> News:
        """The entries after a number, or after now; if there are none yet, those that arrive within
        `wait` seconds."""
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
        """Keep entries for another while."""
        if self._leaving is None:
            # Other sinks may have had entries meanwhile, which no client asked for.
            self._last = self._log.number
            self._log.add(self._keep)
        else:
            self._leaving.cancel()
        loop = asyncio.get_running_loop()
        self._leaving = loop.call_later(PATIENCE_SECONDS + MAX_WAIT, self._leave)

    def _leave(self) -> None:
        self._leaving = None
        self._log.remove(self._keep)
        self._recent.clear()
