"""The Lambda API: authenticate, find the operation by method and path, validate, operate, answer.

Anyone who may create a function runs code on this machine. So a request that a browser sends for a
web page is refused, whatever its credentials: where any credentials are accepted, the page could
have invented them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from jedlik.base.errors import (
    AccessDeniedException,
    ExpiredTokenException,
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    SerializationException,
    UnrecognizedClientException,
)
from jedlik.gateway.exchange import Answer, HeadedAnswer, Request
from jedlik.gateway.known_errors import known_error
from jedlik.gateway.operation import Payload
from jedlik.gateway.pipeline import Call, Pipeline
from jedlik.gateway.protocols import JSON
from jedlik.gateway.query import query_pairs
from jedlik.gateway.verifier import Verifier
from jedlik.gateway.web_pages import is_from_other_page
from jedlik.services.dynamodb.api.authorizer import TableAuthorizer
from jedlik.services.lambda_.errors import (
    InvalidRequestContentException,
    ServiceException,
    UnknownPathException,
)
from jedlik.services.lambda_.inputs import FunctionOperation, Paths
from jedlik.services.lambda_.names import check_place
from jedlik.services.lambda_.operations.operation import Host, Result
from jedlik.services.lambda_.operations.registry import OPERATIONS
from jedlik.services.lambda_.permissions import required_permissions

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail

_FORBIDDEN: Final = (
    AccessDeniedException,
    ExpiredTokenException,
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    UnrecognizedClientException,
)
"""The errors of this API with status 403."""


_NAMING: Final = frozenset(("FunctionName", "Resource"))
"""Members that name a function or mapping, and may be ARNs."""


class Found(NamedTuple):
    """An operation that a method and path name, the members in the path, and the query."""

    operation: FunctionOperation
    in_path: tuple[str, ...]
    query: str


class RestService(Pipeline[Found, TableAuthorizer]):
    """Answers requests of the Lambda API. `closed` is the reason if it is not available.

    Without an `authorizer` everything is allowed; with one, policies decide.
    """

    def __init__(
        self,
        host: Host,
        verifier: Verifier,
        authorizer: TableAuthorizer | None = None,
        closed: str | None = None,
        trail: Trail | None = None,
    ) -> None:
        super().__init__(authorizer, trail)
        self._host = host
        self._verifier = verifier
        self._closed = closed
        self._paths = Paths()

    async def stop(self) -> None:
        """Abort what is still running."""
        tasks = [*self._tasks, *self._host.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def admit(self, request: Request) -> None:
        if self._closed is not None:
            raise AccessDeniedException(self._closed)
        if is_from_other_page(request):
            raise AccessDeniedException("Functions cannot be managed from web pages.")

    def verifier(self, _request: Request) -> Verifier:
        return self._verifier

    def find(self, request: Request) -> Found:
        path, _, query = request.target.decode("latin-1").partition("?")
        found = self._paths.find(request.method, path)
        if found is None:
            method = request.method.decode("latin-1")
            raise UnknownPathException(
                f"{method} {path} is not available in this version of Jedlik; "
                "see `jedlik manual triggers`"
            )
        return Found(*found, query)

    def read(self, operation: Found, request: Request) -> Payload:
        pairs = query_pairs(operation.query)
        described = operation.operation
        payload = described.read(operation.in_path, pairs, request.headers, request.content)
        for member in _NAMING & payload.keys():
            if payload[member]:
                check_place(self._host.database.arns, payload[member])
        return payload

    async def authorize(self, call: Call[Found]) -> Payload:
        if self._authorizer is not None:
            name = call.operation.operation.name
            permissions = await required_permissions(self._host.database, name, call.payload)
            await self._authorizer.check(call.request, call.identity, permissions, call.payload)
        return call.payload

    async def operate(self, call: Call[Found]) -> Answer:
        described = call.operation.operation
        return _success(described, await OPERATIONS[described.name](self._host, call.payload))

    def refusal(self, error: Exception, request: Request) -> Answer:
        if isinstance(error, SerializationException):
            error = InvalidRequestContentException(
                f"Could not parse request body into json: {error.message}"
            )
        known = known_error(error, request, ServiceException)
        body = known.body()
        kind = body.pop("__type", None)
        if kind is not None and known.message_member in body:
            body["message"] = body.pop(known.message_member)
        status = 403 if isinstance(known, _FORBIDDEN) else known.status
        headers = (b"x-amzn-ErrorType: " + known.code().encode(),)
        return HeadedAnswer(status, orjson.dumps(body), JSON, headers)


def _success(operation: FunctionOperation, outcome: dict[str, object] | Result) -> Answer:
    if not isinstance(outcome, Result):
        return HeadedAnswer(operation.status, orjson.dumps(outcome), JSON)
    headers = tuple(f"{name}: {value}".encode() for name, value in outcome.headers)
    status = operation.status if outcome.status is None else outcome.status
    return HeadedAnswer(status, outcome.body, JSON, headers)
