"""The request log of one process: to standard error, and to those who follow it (`jedlik tail`).

Who follows asks again and again for what is newer than what it has, and waits for it here. When it
has not asked for a while, nothing is kept for it any more, and requests pass by the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import deque
from typing import Any, Final

import orjson

from jedlik.app.admin.door import AdminDoor
from jedlik.app.admin.inputs import json_answer, query, whole_number
from jedlik.app.settings import Settings
from jedlik.base.clock import Clock
from jedlik.base.errors import AccessDeniedException, ValidationException
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.middleware import Layered
from jedlik.request_log.entries import Entry
from jedlik.request_log.hints import Hints, Keys
from jedlik.request_log.observing import RequestLog
from jedlik.services.dynamodb.tables.database import Database

KEPT: Final = 1000
"""Entries for those who follow; a thousand requests between two of their calls are more than a
person reads."""
MAX_WAIT: Final = 30
PATIENCE_SECONDS: Final = 60.0
_MAX_NUMBER: Final = 2**53


class Logging:
    """The log of one process. `order` is its place among the layers in front of the APIs; `closed`
    says that requests must be signed."""

    def __init__(
        self,
        settings: Settings,
        layers: Layered,
        order: int,
        clock: Clock,
        database: Database,
        *,
        closed: bool,
    ) -> None:
        self._settings = settings
        self._database = database
        self._refused = closed and settings.admin_token is None
        metered = settings.audit_log is None or not settings.audit_data_events
        arguments = (layers, order, clock)
        self._log = RequestLog(*arguments, self._explain(), metered=metered)
        self._recent: deque[Entry] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._last = 0
        self._leaving: asyncio.TimerHandle | None = None
        if settings.log_requests is not None:
            self._log.add(_json if settings.log_requests == "json" else _text())

    def _explain(self) -> Hints | None:
        return Hints(self._keys_of) if self._settings.explain else None

    def _keys_of(self, name: str) -> list[Keys]:
        """From the cache alone: a table that was read a moment ago is in it."""
        table = self._database.catalog.cached(name)
        if table is None:
            return []
        kinds = [("", table.model.schema)]
        kinds += [(index.name, index.schema) for index in table.model.indexes]
        return [
            Keys(
                name,
                tuple(each.name for each in schema.partition),
                tuple(each.name for each in schema.sort),
            )
            for name, schema in kinds
        ]

    # --- For those who follow ---------------------------------------------------------------------

    def add_to(self, door: AdminDoor) -> None:
        """Add the call to a listener."""
        door.add("GET", "/requests", self.follow)

    async def follow(self, request: Request) -> Answer:
        """The entries after a number; if there are none yet, what comes within some seconds."""
        if self._settings.workers > 1:
            raise ValidationException(
                f"This server has {self._settings.workers} processes, and each knows its own "
                "requests alone: start it with --log-requests."
            )
        if self._refused:
            raise AccessDeniedException(
                "This server has credentials, so it shows its requests only to those who have its "
                "admin token: start it with --admin-token."
            )
        given = query(request, "after", "wait")
        wait = whole_number(given, "wait", 0, MAX_WAIT)
        self._stay()
        after = whole_number(given, "after", self._last, _MAX_NUMBER)
        if after >= self._last and wait:
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), wait)
            self._stay()
        entries = [each.members() for each in self._recent if each.number > after]
        return json_answer({"requests": entries, "last": self._last})

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


def _text() -> Any:
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    return lambda entry: _write(entry.line(coloured=coloured).encode())


def _json(entry: Entry) -> None:
    _write(orjson.dumps(entry.members()))


def _write(line: bytes) -> None:
    # One call for a line: several processes may write to one file.
    with contextlib.suppress(OSError):
        os.write(sys.stderr.fileno(), line + b"\n")
