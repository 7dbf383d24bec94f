"""The catalogue of the service's errors: wire type, HTTP status and default text.

Every error that a client can see is one class here, and raising the class is the only way to
answer with it; nothing ever chooses an error by reading a message. Names, statuses and namespaces
are those of the service's models (`dynamodb/2012-08-10`, `streams/dynamodb/2012-08-10`) and of the
protocol layer in front of it (`com.amazon.coral.*`), see "Error handling with DynamoDB" in the
developer guide.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Self

DYNAMODB = "com.amazonaws.dynamodb.v20120810"
CORAL_SERVICE = "com.amazon.coral.service"
CORAL_AVAILABILITY = "com.amazon.coral.availability"
CORAL_VALIDATE = "com.amazon.coral.validate"

INVALID_VALUES: Final = "One or more parameter values were invalid: "


class ServiceError(Exception):
    """An answer in the service's error form.

    `message` is the text for the client; `details` are further members of the error's shape (for
    example `Item` of a failed condition), already in wire form.
    """

    namespace: ClassVar[str] = DYNAMODB
    status: ClassVar[int] = 400
    default_message: ClassVar[str] = ""
    # The protocol layer writes "Message", the service itself "message".
    message_member: ClassVar[str] = "message"

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = self.default_message if message is None else message
        self.details = details
        super().__init__(self.message)

    @classmethod
    def code(cls) -> str:
        """The error's short name, as SDKs show it."""
        return cls.__name__

    @classmethod
    def wire_type(cls) -> str:
        """The value of `__type`."""
        return f"{cls.namespace}#{cls.code()}"

    def body(self) -> dict[str, Any]:
        """The members of the answer's JSON body. Without a text there is no member for it."""
        text = {self.message_member: self.message} if self.message else {}
        return {"__type": self.wire_type(), **text, **self.details}


# --- The protocol layer -------------------------------------------------------------------------


class ValidationException(ServiceError):
    """The input breaks a rule. Subclasses tell rules apart in here; clients see one name."""

    namespace = CORAL_VALIDATE

    @classmethod
    def of_values(cls, what: str) -> Self:
        """The form that most rules about parameters have: `what` follows the service's opening."""
        return cls(INVALID_VALUES + what)

    @classmethod
    def code(cls) -> str:
        return ValidationException.__name__


class InvalidParameter(ValidationException):
    """A parameter is wrong whatever its table is: an expression, a placeholder, a value.

    The service words these in two ways, by operation (`dynamodb.api.wording` chooses): `message` is
    the older text, `newer` that of the operations that have moved on, where it is another.
    """

    def __init__(self, message: str | None = None, newer: str | None = None) -> None:
        super().__init__(message)
        self.newer = self.message if newer is None else newer

    @classmethod
    def of_values(cls, what: str, newer: str | None = None) -> Self:
        return cls(INVALID_VALUES + what, None if newer is None else INVALID_VALUES + newer)


class MalformedValue(InvalidParameter):
    """A value without exactly one type, or a name without letters."""


class InvalidSelect(InvalidParameter):
    """Select, the projection and the index of a Query or Scan do not go together."""


class SerializationException(ServiceError):
    """The body is not JSON, or a value in it has the wrong JSON type."""

    namespace = CORAL_SERVICE
    message_member = "Message"


class UnknownOperationException(ServiceError):
    """The target names no operation."""

    namespace = CORAL_SERVICE
    message_member = "Message"


class AccessDeniedException(ServiceError):
    """The identity may not do this."""

    namespace = CORAL_SERVICE
    message_member = "Message"


class MissingAuthenticationTokenException(ServiceError):
    """The request carries no credentials at all."""

    namespace = CORAL_SERVICE
    message_member = "message"
    default_message = "Request is missing Authentication Token"


class IncompleteSignatureException(ServiceError):
    """The credentials lack a part or are malformed."""

    namespace = CORAL_SERVICE


class InvalidSignatureException(ServiceError):
    """The signature is not the one that these credentials give."""

    namespace = CORAL_SERVICE
    default_message = (
        "The request signature we calculated does not match the signature you provided. Check your "
        "AWS Secret Access Key and signing method. Consult the service documentation for details."
    )


class UnrecognizedClientException(ServiceError):
    """No one has this access key."""

    namespace = CORAL_SERVICE
    default_message = "The security token included in the request is invalid."


class ExpiredTokenException(ServiceError):
    """The session's credentials are past their end."""

    namespace = CORAL_SERVICE
    default_message = "The security token included in the request is expired"


class RequestEntityTooLargeException(ServiceError):
    """The request is larger than the service takes."""

    namespace = CORAL_SERVICE
    status = 413
    default_message = "The request entity is too large."


class MalformedHttpRequestException(ServiceError):
    """Not HTTP, or a body that its content-encoding does not fit ("Common Error Types")."""

    namespace = CORAL_SERVICE
    default_message = "The request is malformed at the HTTP level."


class RequestTimeoutException(ServiceError):
    """The client did not send its request in time ("Common Error Types")."""

    namespace = CORAL_SERVICE
    status = 408
    default_message = "The request did not arrive in time."


class InternalServerError(ServiceError):
    """Ours to answer for. The client may retry."""

    status = 500
    default_message = "The request processing has failed because of an unknown error."


class ServiceUnavailableException(ServiceError):
    """The server is starting or stopping, or a part it needs is away. The client may retry."""

    namespace = CORAL_SERVICE
    status = 503
    default_message = "The service is temporarily unavailable. Please try again."


# --- Tables and resources -----------------------------------------------------------------------


class ResourceNotFoundException(ServiceError):
    """A table, index or stream that is not there or not active."""

    default_message = "Requested resource not found"


class ResourceInUseException(ServiceError):
    """The resource exists already or is changing."""


class LimitExceededException(ServiceError):
    """Too much at once: tables, tags, control operations."""


class TableNotFoundException(ServiceError):
    """A table that backups and exports do not find."""


class TableInUseException(ServiceError):
    """A table that a backup or import finds changing."""


class TableAlreadyExistsException(ServiceError):
    """The target of a restore exists."""


class GlobalTableNotFoundException(ServiceError):
    """There is no global table of that name, of the version of 2017."""


class PolicyNotFoundException(ServiceError):
    """The resource has no policy."""


# --- Backups ------------------------------------------------------------------------------------


class BackupNotFoundException(ServiceError):
    """A backup that is not there."""


class BackupInUseException(ServiceError):
    """A backup that is being made or restored."""


class ContinuousBackupsUnavailableException(ServiceError):
    """Backups of the table are not enabled yet."""


class PointInTimeRecoveryUnavailableException(ServiceError):
    """The table has no point-in-time recovery."""


class InvalidRestoreTimeException(ServiceError):
    """A moment to which the table cannot be restored."""


class ExportNotFoundException(ServiceError):
    """An export that is not there."""


class ExportConflictException(ServiceError):
    """A client token that came with another export before."""


class InvalidExportTimeException(ServiceError):
    """A moment or window that the table cannot be exported at."""


class ImportNotFoundException(ServiceError):
    """An import that is not there."""


class ImportConflictException(ServiceError):
    """A client token that came with another import before."""


# --- Streams ------------------------------------------------------------------------------------


class ExpiredIteratorException(ServiceError):
    """A shard iterator is older than 15 minutes."""

    default_message = "The provided iterator exceeds the maximum age allowed."


class TrimmedDataAccessException(ServiceError):
    """Stream records older than 24 hours were asked for, and are gone."""

    default_message = "The data you are trying to access has been trimmed."


# --- Items --------------------------------------------------------------------------------------


class ConditionalCheckFailedException(ServiceError):
    """The condition is false. `details` may carry `Item`; `item_size` is that of the item as it
    is, in bytes: a failed condition costs what writing it would."""

    default_message = "The conditional request failed"
    item_size: int = 0

    def body(self) -> dict[str, Any]:
        """With an item, the service spells the text's member as it does if it has no shape."""
        body = super().body()
        if "Item" in self.details:
            body["Message"] = body.pop("message")
        return body


class DuplicateItemException(ServiceError):
    """An INSERT of an item whose key exists."""

    default_message = "Duplicate primary key exists in table"


class ItemCollectionSizeLimitExceededException(ServiceError):
    """An item collection of a table with local indexes outgrew its limit."""


class ProvisionedThroughputExceededException(ServiceError):
    """More than the provisioned capacity."""

    default_message = (
        "The level of configured provisioned throughput for the table was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API."
    )


class RequestLimitExceeded(ServiceError):
    """More than the account's limit."""


class ThrottlingException(ServiceError):
    """Too fast; slow down and retry."""

    namespace = CORAL_AVAILABILITY
    default_message = "Rate of requests exceeds the allowed throughput."


# --- Transactions -------------------------------------------------------------------------------


class TransactionCanceledException(ServiceError):
    """Nothing of the transaction took place. `details` carries `CancellationReasons`."""

    message_member = "Message"


class TransactionConflictException(ServiceError):
    """Another transaction is at work on the item."""

    default_message = "Transaction is ongoing for the item"


class TransactionInProgressException(ServiceError):
    """The transaction with this token has not ended yet."""


class IdempotentParameterMismatchException(ServiceError):
    """The token was used before with another request."""
