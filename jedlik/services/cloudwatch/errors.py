"""CloudWatch's errors, as in its model (`cloudwatch/2010-08-01`).

Each has two names: the one of its shape, and the code by which the query protocol has always called
it. Clients of the newer protocols are sent both, since programs ask for the older one.
"""

from __future__ import annotations

from typing import ClassVar, Final

from jedlik.base import errors as base
from jedlik.base.errors import ServiceError


class MonitoringError(ServiceError):
    """An error of CloudWatch's. `query_code` is its name in the query protocol, if another one."""

    namespace = "com.amazonaws.cloudwatch.v2010_08_01"
    query_code: ClassVar[str | None] = None


class UnknownOperation(MonitoringError):
    """There is no such operation."""

    namespace = base.CORAL_SERVICE
    query_code = "InvalidAction"

    @classmethod
    def code(cls) -> str:
        return "UnknownOperationException"


class InvalidParameterValueException(MonitoringError):
    """A parameter's value is out of range or not of its form."""

    query_code = "InvalidParameterValue"


class InvalidParameterCombinationException(MonitoringError):
    """Parameters exclude each other."""

    query_code = "InvalidParameterCombination"


class MissingRequiredParameterException(MonitoringError):
    """A parameter that the others make necessary is missing."""

    query_code = "MissingParameter"


class InvalidNextToken(MonitoringError):
    """The token was not given by this operation."""

    default_message = "The next token specified is invalid."


class ResourceNotFound(MonitoringError):
    """There is no such alarm."""

    status = 404


class ResourceNotFoundException(MonitoringError):
    """There is no such rule or resource."""

    status = 404


class InvalidFormatFault(MonitoringError):
    """Data that should be JSON is not."""

    query_code = "InvalidFormat"


class LimitExceededFault(MonitoringError):
    """There are as many of these as there may be."""

    query_code = "LimitExceeded"


class InternalServiceFault(MonitoringError):
    """Something went wrong inside."""

    status = 500
    query_code = "InternalServiceError"
    default_message = "The request processing has failed due to some unknown error."
    message_member = "Message"


_QUERY_CODES: Final[dict[type[ServiceError], str]] = {
    base.AccessDeniedException: "AccessDenied",
    base.ExpiredTokenException: "ExpiredToken",
    base.IncompleteSignatureException: "IncompleteSignature",
    base.InvalidSignatureException: "SignatureDoesNotMatch",
    base.MissingAuthenticationTokenException: "MissingAuthenticationToken",
    base.SerializationException: "MalformedInput",
    base.UnrecognizedClientException: "InvalidClientTokenId",
}
"""Errors of all services by their names in the query protocol ("Common Errors", CloudWatch API
reference)."""


def query_code_of(error: ServiceError) -> str:
    """The name of an error in the query protocol."""
    if isinstance(error, MonitoringError):
        return error.query_code or error.code()
    if isinstance(error, base.ValidationException):
        return "ValidationError"
    return _QUERY_CODES.get(type(error), error.code())
