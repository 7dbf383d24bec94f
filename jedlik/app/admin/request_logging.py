"""The request log of one process: to standard error, and to those who follow it (`jedlik tail`)."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Final

import orjson

from jedlik.app.admin.inputs import json_answer, query, whole_number
from jedlik.app.admin.router import AdminRouter
from jedlik.app.settings import Settings
from jedlik.base.clock import Clock
from jedlik.base.errors import ValidationException
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.middleware import Layered
from jedlik.request_log.entries import Entry
from jedlik.request_log.following import MAX_WAIT, Following
from jedlik.request_log.hints import Hints
from jedlik.request_log.known_keys import known_keys
from jedlik.request_log.observing import RequestLog
from jedlik.services.dynamodb.database.database import Database

MAX_NUMBER: Final = 2**53


def make_log(
    settings: Settings,
    layers: Layered,
    order: int,
    clock: Clock,
    database: Database,
    *,
    explains: bool,
) -> RequestLog:
    """A log of requests. `order` is its place among the layers in front of the APIs; with
    `explains`, entries have hints."""
    keys_of = known_keys(database)
    metered = settings.audit_log is None or not settings.audit_data_events
    hints = Hints(keys_of) if explains else None
    return RequestLog(layers, order, clock, hints, keys_of, metered=metered)


def check_one_process(settings: Settings) -> None:
    """Raise ValidationException if a log of this process has only a part of the server's
    requests."""
    if settings.workers > 1:
        raise ValidationException(
            f"This server has {settings.workers} processes, and each knows its own requests "
            "alone: start it with --log-requests."
        )


class Logging:
    """The log of one process. `order` is its place among the layers in front of the APIs."""

    def __init__(
        self,
        settings: Settings,
        layers: Layered,
        order: int,
        clock: Clock,
        database: Database,
    ) -> None:
        self._settings = settings
        log = make_log(settings, layers, order, clock, database, explains=settings.explain)
        self._following = Following(log)
        if settings.log_requests is not None:
            log.add(_json if settings.log_requests == "json" else _text())

    def add_to(self, router: AdminRouter) -> None:
        """Add the call to a listener."""
        router.add("GET", "/requests", self.follow)

    async def follow(self, request: Request) -> Answer:
        """The entries after a number; without any, those that arrive within some seconds."""
        check_one_process(self._settings)
        given = query(request, "after", "wait")
        wait = whole_number(given, "wait", 0, MAX_WAIT)
        after = whole_number(given, "after", 0, MAX_NUMBER) if "after" in given else None
        news = await self._following.news(after, wait)
        return json_answer({"requests": [e.members() for e in news.entries], "last": news.last})


def _text() -> Callable[[Entry], None]:
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    return lambda entry: _write(entry.line(coloured=coloured).encode())


def _json(entry: Entry) -> None:
    _write(orjson.dumps(entry.members()))


def _write(line: bytes) -> None:
    # Usually one call for each line: several processes may write to one file. A pipe that is
    # nearly full accepts only a part.
    rest = memoryview(line + b"\n")
    with contextlib.suppress(OSError):
        while rest:
            rest = rest[os.write(sys.stderr.fileno(), rest) :]
