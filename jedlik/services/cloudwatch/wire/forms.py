"""The query protocol: forms in, XML out."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base import errors as base
from jedlik.base.errors import SerializationException, ServiceError
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.query_protocol import (
    XML,
    MalformedForm,
    read_form,
    write_answer,
    write_error,
)
from jedlik.services.cloudwatch.errors import query_code_of
from jedlik.services.cloudwatch.wire.protocol import Members
from jedlik.services.cloudwatch.wire.typed import typed

NAMESPACE: Final = "http://monitoring.amazonaws.com/doc/2010-08-01/"
_FORBIDDEN_TO_CALLERS: Final = (
    base.AccessDeniedException,
    base.ExpiredTokenException,
    base.IncompleteSignatureException,
    base.InvalidSignatureException,
    base.MissingAuthenticationTokenException,
    base.UnrecognizedClientException,
)
"""Errors with status 403 in the query protocol ("Common Errors", CloudWatch API reference)."""


class Forms:
    """AWS query protocol."""

    def operation(self, request: Request) -> str:
        return str(_fields(request).get("Action", ""))

    def read(self, request: Request, shape: str) -> Any:
        return typed(_fields(request), shape)

    def success(self, operation: str, members: Members | None, request: Request) -> Answer:
        body = write_answer(operation, NAMESPACE, members, request.request_id.decode())
        return Answer(200, body, XML)

    def failure(self, error: ServiceError, request: Request) -> Answer:
        body = write_error(error, query_code_of(error), NAMESPACE, request.request_id.decode())
        status = 403 if isinstance(error, _FORBIDDEN_TO_CALLERS) else error.status
        return Answer(status, body, XML)


def _fields(request: Request) -> dict[str, Any]:
    try:
        return read_form(request.content)
    except MalformedForm as error:
        raise SerializationException(str(error)) from None
