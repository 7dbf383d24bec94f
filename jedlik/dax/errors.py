"""Errors in DAX's protocol: a row of codes, a text, and DynamoDB's own error.

    [codes], text, [request id, DynamoDB's code, HTTP status (, reasons of a cancelled transaction)]

The first code says what a client should do: retry for 1 and 4, but not for 3. Clients find their
exception by the codes after it, or by DynamoDB's code. So the first code is 3 for errors after
which the service's SDKs do not retry either: with a 4, a request with a false condition would be
sent three times.
"""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import (
    AccessDeniedException,
    InternalServerError,
    ServiceError,
    ThrottlingException,
    ValidationException,
)
from jedlik.dax.wire import cbor

_SERVER, _NEVER, _CLIENT = 1, 3, 4
_SERVICE: Final = (37, 38)
_DYNAMODB: Final = (*_SERVICE, 39)
_ACCESS_DENIED: Final = (*_SERVICE, 42)
_NOT_IMPLEMENTED: Final = (*_SERVICE, 44)
_AUTHENTICATION_REQUIRED: Final = (23, 31, 33)

_CODES: Final = {
    "ProvisionedThroughputExceededException": 40,
    "ResourceNotFoundException": 41,
    "ConditionalCheckFailedException": 43,
    "ResourceInUseException": 45,
    "ValidationException": 46,
    "InternalServerError": 47,
    "ItemCollectionSizeLimitExceededException": 48,
    "LimitExceededException": 49,
    "ThrottlingException": 50,
    "TransactionConflictException": 57,
    "TransactionCanceledException": 58,
    "TransactionInProgressException": 59,
    "IdempotentParameterMismatchException": 60,
    "RequestLimitExceeded": 61,
}
_TRIED_AGAIN: Final = frozenset(
    (
        "ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException",
        "TransactionInProgressException",
    )
)  # fmt: skip


class DaxError(Exception):
    """An error to answer with. `status` is DynamoDB's HTTP status, `details` are the members of its
    error in addition to the text."""

    def __init__(
        self, code: str, message: str, status: int = 400, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.details = details or {}

    def codes(self) -> tuple[int, ...]:
        """The codes of the wire."""
        if self.code == AccessDeniedException.__name__:
            return (_NEVER, *_ACCESS_DENIED)
        known = _CODES.get(self.code)
        if self.status >= 500:
            return (_SERVER, *_DYNAMODB, _CODES[InternalServerError.__name__])
        first = _CLIENT if self.code in _TRIED_AGAIN else _NEVER
        return (first, *_DYNAMODB) if known is None else (first, *_DYNAMODB, known)


class NotAuthenticated(DaxError):
    """The connection is not authenticated, or its authentication is not valid."""

    def codes(self) -> tuple[int, ...]:
        return (_CLIENT, *_AUTHENTICATION_REQUIRED)


class UnknownMethod(DaxError):
    """The method does not exist."""

    def __init__(self, number: int) -> None:
        super().__init__("NotImplementedException", f"There is no method {number}.")

    def codes(self) -> tuple[int, ...]:
        return (_NEVER, *_NOT_IMPLEMENTED)


def dax_error(error: ServiceError) -> DaxError:
    """An error of the service's catalogue."""
    return DaxError(error.code(), error.message, error.status, error.details)


def malformed(text: str) -> DaxError:
    """The error for a request that does not follow the protocol."""
    return DaxError(ValidationException.__name__, f"Invalid request: {text}.")


def overloaded(text: str) -> DaxError:
    """The error for more than the node accepts."""
    return DaxError(ThrottlingException.__name__, text)


def internal() -> DaxError:
    """The error for a fault of the server."""
    error = InternalServerError()
    return DaxError(error.code(), error.message, error.status)


def error_bytes(error: DaxError, request_id: str, reasons: list[bytes] | None = None) -> bytes:
    """The bytes of an error. `reasons` are the encoded code, text and item of each part of a
    cancelled transaction, in a row."""
    info = [cbor.text(request_id), cbor.text(error.code), cbor.integer(error.status)]
    if reasons is not None:
        info.append(cbor.array(reasons))
    codes = cbor.array([cbor.integer(code) for code in error.codes()])
    return codes + cbor.text(error.message) + cbor.array(info)
