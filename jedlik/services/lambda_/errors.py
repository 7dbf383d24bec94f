"""The errors of the Lambda API: name, HTTP status and form, as its service model has them.

They have the REST protocol's form: the name in the header `x-amzn-ErrorType`, the party at fault
(`Type`) and the text in the body. Some shapes spell the text's member `Message`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from jedlik.base.errors import ServiceError

USER = "User"
SERVICE = "Service"


class FunctionError(ServiceError):
    """An answer in the error form of the Lambda API."""

    blame: ClassVar[str] = USER

    @classmethod
    def wire_type(cls) -> str:
        """The value of `x-amzn-ErrorType`."""
        return cls.code()

    def body(self) -> dict[str, Any]:
        """The members of the answer's JSON body."""
        return {"Type": self.blame, self.message_member: self.message, **self.details}


class InvalidParameterValueException(FunctionError):
    """A parameter breaks a rule."""


class StreamAccessDenied(InvalidParameterValueException):
    """The function's role may not read the stream of an event source mapping."""

    @classmethod
    def code(cls) -> str:
        """The same as for any invalid parameter."""
        return InvalidParameterValueException.code()


class FunctionNotFoundException(FunctionError):
    """A missing function, mapping or policy."""

    status = 404
    message_member = "Message"
    default_message = "The resource you requested does not exist."

    @classmethod
    def code(cls) -> str:
        """The service gives it the name of DynamoDB's."""
        return "ResourceNotFoundException"


class ResourceConflictException(FunctionError):
    """The resource exists already."""

    status = 409


class PreconditionFailedException(FunctionError):
    """The RevisionId is not the function's latest one."""

    status = 412
    default_message = (
        "The Revision Id provided does not match the latest Revision Id. Call the "
        "GetFunction/GetAlias API to retrieve the latest Revision Id"
    )


class InvalidRequestContentException(FunctionError):
    """The body is not JSON."""


class RequestTooLargeException(FunctionError):
    """The event is larger than the limit."""

    status = 413


class TooManyRequestsException(FunctionError):
    """There is no room for more waiting events."""

    status = 429
    default_message = "Rate Exceeded."


class InvalidZipFileException(FunctionError):
    """The deployment package cannot be read."""

    status = 502
    blame = SERVICE
    message_member = "Message"


class ServiceException(FunctionError):
    """A fault of the server."""

    status = 500
    blame = SERVICE
    message_member = "Message"
    default_message = "An error occurred and the request cannot be processed."


class UnknownPathException(FunctionError):
    """The path belongs to no implemented operation."""

    status = 404
    message_member = "Message"

    @classmethod
    def code(cls) -> str:
        """The name in the protocol layer."""
        return "UnknownOperationException"
