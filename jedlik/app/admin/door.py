"""The calls of the admin listener, by method and path.

What it tells and does is for the operators of the server, who come without credentials: so it
listens on a loopback address unless that is expressly waived (`app.exposure`), and no web page
reaches it (`http.own_hosts`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import orjson

from jedlik.base.errors import InternalServerError, ServiceError, UnknownOperationException
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.known_errors import known_error
from jedlik.gateway.protocols import JSON
from jedlik.gateway.task_per_request import TaskPerRequest

AdminCall = Callable[[Request], Awaitable[Answer]]


class NoSuchCall(UnknownOperationException):
    """There is no such call."""

    status = 404


class AdminDoor(TaskPerRequest):
    """Answers the calls that were added to it."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: dict[tuple[bytes, bytes], AdminCall] = {}

    def add(self, method: str, path: str, call: AdminCall) -> None:
        """Have requests of a method to a path, whatever their query, answered by `call`, which may
        raise a ServiceError."""
        known = (method.encode(), path.encode())
        assert known not in self._calls, f"{method} {path} is taken"
        self._calls[known] = call

    async def answer(self, request: Request) -> Answer:
        path = request.target.partition(b"?")[0]
        call = self._calls.get((request.method, path))
        if call is None:
            known = sorted(b" ".join(each).decode() for each in self._calls)
            listed = ", ".join(known)
            raise NoSuchCall(f"There is no such call; there are: {listed}")
        return await call(request)

    def refusal(self, error: Exception, request: Request) -> Answer:
        known: ServiceError = known_error(error, request, InternalServerError)
        return Answer(known.status, orjson.dumps(known.body()), JSON)
