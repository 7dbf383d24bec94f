"""The calls of the admin listener, by method and path.

They are for the operators of the server, and need no credentials. So the listener is on a loopback
address unless the operator permits otherwise (`app.addresses.exposure`), and web pages cannot reach
it (`http.own_hosts`). If the server was started with an admin token, all calls except those of
scrapers must include it. A server whose API requires credentials answers them only then: otherwise
every process of this machine, and every function, could do here what no policy allows it. Calls
other than those of scrapers are also refused to web pages of this machine, since their author need
not be its user.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import orjson

from jedlik.base.errors import (
    AccessDeniedException,
    InternalServerError,
    ServiceError,
    UnknownOperationException,
)
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.known_errors import known_error
from jedlik.gateway.protocols import JSON
from jedlik.gateway.task_per_request import TaskPerRequest
from jedlik.gateway.web_pages import is_from_browser

AdminCall = Callable[[Request], Awaitable[Answer]]

_BEARER: Final = b"bearer "
_CLOSED: Final = (
    "This server has credentials, so its admin listener answers only those who have its admin "
    "token: start it with --admin-token."
)


class NoSuchCall(UnknownOperationException):
    """The call does not exist."""

    status = 404


class TokenMissing(AccessDeniedException):
    """The admin token is missing or wrong."""

    status = 401

    @classmethod
    def code(cls) -> str:
        return AccessDeniedException.__name__


class _Known(NamedTuple):
    call: AdminCall
    guarded: bool


class AdminRouter(TaskPerRequest):
    """Answers the calls that were added to it. `token`, if given, must be in them; `closed`:
    requests to the API must be signed."""

    def __init__(self, token: str | None = None, *, closed: bool = False) -> None:
        super().__init__()
        self._closed = closed
        self._token = None if token is None else token.encode()
        self._calls: dict[tuple[bytes, bytes], _Known] = {}

    def add(self, method: str, path: str, call: AdminCall, *, guarded: bool = True) -> None:
        """Answer requests with this method and path, and any query, by `call`, which may raise a
        ServiceError. Calls that are not `guarded` need no token."""
        known = (method.encode(), path.encode())
        assert known not in self._calls, f"{method} {path} is taken"
        self._calls[known] = _Known(call, guarded)

    async def answer(self, request: Request) -> Answer:
        path = request.target.partition(b"?")[0]
        known = self._calls.get((request.method, path))
        if known is None:
            listed = ", ".join(sorted(b" ".join(each).decode() for each in self._calls))
            raise NoSuchCall(f"There is no such call; there are: {listed}")
        if known.guarded:
            self._admit(request)
        return await known.call(request)

    def _admit(self, request: Request) -> None:
        if is_from_browser(request):
            raise AccessDeniedException("This cannot be done from web pages.")
        if self._token is None and self._closed:
            raise AccessDeniedException(_CLOSED)
        if self._token is None:
            return
        given = request.headers.get(b"authorization", b"")
        shown = given[len(_BEARER) :] if given[: len(_BEARER)].lower() == _BEARER else b""
        if not hmac.compare_digest(shown.strip(), self._token):
            raise TokenMissing("Send the server's admin token: Authorization: Bearer TOKEN")

    def refusal(self, error: Exception, request: Request) -> Answer:
        known: ServiceError = known_error(error, request, InternalServerError)
        return Answer(known.status, orjson.dumps(known.body()), JSON)
