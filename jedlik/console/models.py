"""Data models for the console's Model page, which the server checks.

    GET  /console/models/NAME.json   a model that comes with Jedlik
    POST /console/models/check       a model; the answer has how its access patterns are served

A check takes time and needs no signature, so it is available only on servers without
authentication: on others the page shows how to check on the command line. Checks run in threads,
only a few at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

import orjson

from jedlik.console.headers import ALWAYS, NEVER
from jedlik.gateway.exchange import Answer, HeadedAnswer, Reply, Request

MAX_BYTES: Final = 256 * 1024
MAX_CHECKS: Final = 4
"""Checks at a time; more are refused, as threads are few and other work needs them."""
MODELS_PATH: Final = b"/console/models/"
_CHECK: Final = "check"
CHECK_PATH: Final = MODELS_PATH + _CHECK.encode()
_JSON: Final = b"application/json"


class Modelling(NamedTuple):
    """The functions for models: an example by its name, a report on a document."""

    example: Callable[[str], bytes | None]
    report: Callable[[bytes], bytes]


class ModelPages:
    """Answers requests below /console/models/. `checks`: whether models may be checked."""

    def __init__(self, modelling: Callable[[], Modelling], *, checks: bool) -> None:
        self._modelling = modelling
        self._checks = checks
        self._running = 0

    def submit(self, request: Request, name: str, reply: Reply) -> None:
        """Answer `request`, whose address ends with `name`, by calling `reply`."""
        if request.method == b"POST" and name == _CHECK:
            self._check(request, reply)
        elif request.method in (b"GET", b"HEAD"):
            found = self._modelling().example(name.removesuffix(".json"))
            reply(_refused(404, "there is no such model") if found is None else _answer(found))
        else:
            reply(_refused(405, "models are read by GET, and checked by POST"))

    def _check(self, request: Request, reply: Reply) -> None:
        if not self._checks:
            reply(_refused(403, "this server knows its callers: use `jedlik model check FILE`"))
        elif b"content-encoding" in request.headers or len(request.body) > MAX_BYTES:
            reply(_refused(413, f"the model has more than {MAX_BYTES // 1024} KB"))
        elif self._running >= MAX_CHECKS:
            reply(_refused(429, "other models are being checked: try again"))
        else:
            self._running += 1
            task = asyncio.to_thread(self._modelling().report, request.body)
            asyncio.ensure_future(task).add_done_callback(lambda done: self._done(done, reply))

    def _done(self, done: asyncio.Future[bytes], reply: Reply) -> None:
        self._running -= 1
        if done.cancelled():
            return
        if done.exception() is not None:
            reply(_refused(500, "the check failed; the server's log says why"))
            raise RuntimeError("a model could not be checked") from done.exception()
        reply(_answer(done.result()))


def _answer(body: bytes) -> Answer:
    return HeadedAnswer(200, body, _JSON, (NEVER, *ALWAYS))


def _refused(status: int, text: str) -> Answer:
    return HeadedAnswer(status, orjson.dumps({"error": text}), _JSON, (NEVER, *ALWAYS))
