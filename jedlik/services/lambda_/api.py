"""The Lambda API: authenticate, find the operation by method and path, validate, operate, answer.

Whoever may create a function runs code on this machine. So a request that a browser sends for a web
page is refused, whatever its credentials: where any credentials are taken, the page could have made
them up.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

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
from jedlik.gateway.task_per_request import TaskPerRequest, is_from_browser
from jedlik.gateway.verifier import Verifier
from jedlik.services.lambda_.errors import (
    InvalidRequestContentException,
    ServiceException,
    UnknownPathException,
)
from jedlik.services.lambda_.inputs import FunctionOperation, Paths
from jedlik.services.lambda_.operations.operation import Host, Result
from jedlik.services.lambda_.operations.registry import OPERATIONS
from jedlik.services.lambda_.permissions import required_permissions

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail
    from jedlik.services.dynamodb.api.authorizer import TableAuthorizer

SCOPE: Final = "lambda"
"""The service that signatures must be scoped to."""
JSON: Final = b"application/json"
_FORBIDDEN: Final = (
    AccessDeniedException,
    ExpiredTokenException,
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    UnrecognizedClientException,
)
"""What this API answers with 403."""


class RestService(TaskPerRequest):
    """Answers requests of the Lambda API. `closed` says why it is not to be had, if it is not.

    Without an `authorizer` everybody may do anything. With one, policies decide.
    """

    def __init__(
        self,
        host: Host,
        verifier: Verifier,
        authorizer: TableAuthorizer | None = None,
        closed: str | None = None,
        trail: Trail | None = None,
    ) -> None:
        super().__init__(trail)
        self._host = host
        self._verify = verifier.verify
        self._authorizer = authorizer
        self._closed = closed
        self._paths = Paths()

    async def stop(self) -> None:
        """Cut off what is still going on."""
        tasks = [*self._tasks, *self._host.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def answer(self, request: Request) -> Answer:
        if self._closed is not None:
            raise AccessDeniedException(self._closed)
        if is_from_browser(request):
            raise AccessDeniedException("Functions cannot be managed from web pages.")
        if self._authorizer is not None:
            await self._authorizer.store.refresh()
        identity = self._verify(request)
        target = request.target.decode("latin-1")
        path, _, query = target.partition("?")
        found = self._paths.find(request.method, path)
        if found is None:
            method = request.method.decode("latin-1")
            raise UnknownPathException(
                f"{method} {path} is not available in this version of Jedlik; see docs/triggers.md"
            )
        operation, in_path = found
        pairs = parse_qsl(query, keep_blank_values=True)
        payload = operation.read(in_path, pairs, request.headers, request.content)
        if self._authorizer is not None:
            asks = await required_permissions(self._host.database, operation.name, payload)
            await self._authorizer.check(request, identity, asks, payload)
        return _success(operation, await OPERATIONS[operation.name](self._host, payload))

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
