"""CloudWatch's errors, as in its model (`cloudwatch/2010-08-01`).

Each has two names: the one of its shape, and its older code in the query protocol. Clients of the
newer protocols receive both, since programs check for the older one.
"""

from __future__ import annotations

from typing import ClassVar, Final

from jedlik.base import errors as base
from jedlik.base.errors import ServiceError


class MonitoringError(ServiceError):
    """An error of CloudWatch's. `query_code` is its name in the query protocol, if different."""

    namespace = "com.amazonaws.cloudwatch.v2010_08_01"
    query_code: ClassVar[str | None] = None


class UnknownOperation(MonitoringError):
    """The operation does not exist."""

    namespace = base.CORAL_SERVICE
    query_code = "InvalidAction"

    @classmethod
    def code(cls) -> str:
        return "UnknownOperationException"


class InvalidParameterValueException(MonitoringError):
    """A parameter's value is out of range or malformed."""

    query_code = "InvalidParameterValue"


class InvalidParameterCombinationException(MonitoringError):
    """Parameters exclude each other."""

    query_code = "InvalidParameterCombination"


class MissingRequiredParameterException(MonitoringError):
    """A parameter that others require is missing."""

    query_code = "MissingParameter"


class InvalidNextToken(MonitoringError):
    """The token was not issued by this operation."""

    default_message = "The next token specified is invalid."


class ResourceNotFound(MonitoringError):
    """The alarm does not exist."""

    status = 404


class ResourceNotFoundException(MonitoringError):
    """The rule or resource does not exist."""

    status = 404


class InvalidFormatFault(MonitoringError):
    """Data is not valid JSON."""

    query_code = "InvalidFormat"


class LimitExceededFault(MonitoringError):
    """The quota is reached."""

    query_code = "LimitExceeded"


class InternalServiceFault(MonitoringError):
    """An internal error."""

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
