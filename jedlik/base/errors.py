"""The catalogue of the service's errors: wire type, HTTP status and default text.

Every error that a client can see is a class here, and is answered only by raising the class; no
code chooses an error by reading a message. Names, statuses and namespaces are those of the
service's models (`dynamodb/2012-08-10`, `streams/dynamodb/2012-08-10`) and of the protocol layer in
front of it (`com.amazon.coral.*`), see "Error handling with DynamoDB" in the developer guide.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Self

DYNAMODB = "com.amazonaws.dynamodb.v20120810"
CORAL_SERVICE = "com.amazon.coral.service"
CORAL_AVAILABILITY = "com.amazon.coral.availability"
CORAL_VALIDATE = "com.amazon.coral.validate"

INVALID_VALUES: Final = "One or more parameter values were invalid: "


class ServiceError(Exception):
    """An error in the service's form.

    `message` is the text for the client; `details` are further members of the error's shape (for
    example `Item` of a failed condition), already in wire form or as a fragment of JSON.
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
        """The members of the answer's JSON body. Without a text, the member for it is omitted."""
        text = {self.message_member: self.message} if self.message else {}
        return {"__type": self.wire_type(), **text, **self.details}


# --- The protocol layer -------------------------------------------------------------------------


class ValidationException(ServiceError):
    """The input breaks a rule. Subclasses distinguish rules internally; clients see one name."""

    namespace = CORAL_VALIDATE

    @classmethod
    def of_values(cls, what: str) -> Self:
        """The text of most rules about parameters: `what` after the service's usual beginning."""
        return cls(INVALID_VALUES + what)

    @classmethod
    def code(cls) -> str:
        return ValidationException.__name__


class InvalidParameter(ValidationException):
    """A parameter is invalid, whatever its table is: an expression, a placeholder, a value.

    The service has two texts for these, depending on the operation (`dynamodb.api.wording`
    chooses): `message` is the older one, `newer` the one of operations with newer texts, if it
    differs.
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
    """Select, projection and index of a Query or Scan contradict each other."""


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
    """The signature does not match these credentials."""

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
    """The session's credentials have expired."""

    namespace = CORAL_SERVICE
    default_message = "The security token included in the request is expired"


class RequestEntityTooLargeException(ServiceError):
    """The request is larger than the service accepts."""

    namespace = CORAL_SERVICE
    status = 413
    default_message = "The request entity is too large."


class MalformedHttpRequestException(ServiceError):
    """Not HTTP, or a body that does not match its content-encoding ("Common Error Types")."""

    namespace = CORAL_SERVICE
    default_message = "The request is malformed at the HTTP level."


class RequestTimeoutException(ServiceError):
    """The client did not send its request in time ("Common Error Types")."""

    namespace = CORAL_SERVICE
    status = 408
    default_message = "The request did not arrive in time."


class InternalServerError(ServiceError):
    """An error of the server. The client may retry."""

    status = 500
    default_message = "The request processing has failed because of an unknown error."


class ServiceUnavailableException(ServiceError):
    """The server is starting or stopping, or a part that it needs is unavailable. The client may
    retry."""

    namespace = CORAL_SERVICE
    status = 503
    default_message = "The service is temporarily unavailable. Please try again."


# --- Tables and resources -----------------------------------------------------------------------


class ResourceNotFoundException(ServiceError):
    """A table, index or stream that does not exist or is not active."""

    default_message = "Requested resource not found"


class ResourceInUseException(ServiceError):
    """The resource exists already or is changing."""


class LimitExceededException(ServiceError):
    """A quota is exceeded: of tables, tags, concurrent control operations."""


class TableNotFoundException(ServiceError):
    """The table of a backup or export does not exist."""


class TableInUseException(ServiceError):
    """The table of a backup or import is being changed."""


class TableAlreadyExistsException(ServiceError):
    """The target of a restore exists."""


class GlobalTableNotFoundException(ServiceError):
    """The global table, of version 2017.11.29, does not exist."""


class PolicyNotFoundException(ServiceError):
    """The resource has no policy."""


# --- Backups ------------------------------------------------------------------------------------


class BackupNotFoundException(ServiceError):
    """The backup does not exist."""


class BackupInUseException(ServiceError):
    """The backup is being made or restored."""


class ContinuousBackupsUnavailableException(ServiceError):
    """Backups of the table are not enabled yet."""


class PointInTimeRecoveryUnavailableException(ServiceError):
    """The table has no point-in-time recovery."""


class InvalidRestoreTimeException(ServiceError):
    """A moment to which the table cannot be restored."""


class ExportNotFoundException(ServiceError):
    """The export does not exist."""


class ExportConflictException(ServiceError):
    """The client token was used before with another export."""


class InvalidExportTimeException(ServiceError):
    """A moment or window for which the table cannot be exported."""


class ImportNotFoundException(ServiceError):
    """The import does not exist."""


class ImportConflictException(ServiceError):
    """The client token was used before with another import."""


# --- Streams ------------------------------------------------------------------------------------


class ExpiredIteratorException(ServiceError):
    """A shard iterator is older than 15 minutes."""

    default_message = "The provided iterator exceeds the maximum age allowed."


class TrimmedDataAccessException(ServiceError):
    """The requested stream records are older than 24 hours and have been deleted."""

    default_message = "The data you are trying to access has been trimmed."


# --- Items --------------------------------------------------------------------------------------


class FailedCheck(ServiceError):
    """A write whose item is not as it has to be. `item_size` is the size of the present item in
    bytes, since a failed check costs as much as a write."""

    item_size: int = 0


class ConditionalCheckFailedException(FailedCheck):
    """The condition is false. `details` may have `Item`."""

    default_message = "The conditional request failed"

    def body(self) -> dict[str, Any]:
        """With an item, the service spells the text's member `Message`, as in errors without a
        shape."""
        body = super().body()
        if "Item" in self.details:
            body["Message"] = body.pop("message")
        return body


class DuplicateItemException(FailedCheck):
    """An INSERT of an item whose key exists."""

    default_message = "Duplicate primary key exists in table"


class ItemCollectionSizeLimitExceededException(ServiceError):
    """An item collection of a table with local indexes outgrew its limit."""


class ProvisionedThroughputExceededException(ServiceError):
    """The provisioned capacity is exceeded."""

    default_message = (
        "The level of configured provisioned throughput for the table was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API."
    )


class RequestLimitExceeded(ServiceError):
    """The account's limit is exceeded."""


class ThrottlingException(ServiceError):
    """Too fast; slow down and retry."""

    namespace = CORAL_AVAILABILITY
    default_message = "Rate of requests exceeds the allowed throughput."


# --- Transactions -------------------------------------------------------------------------------


class TransactionCanceledException(ServiceError):
    """The transaction had no effect. `details` has `CancellationReasons`."""

    message_member = "Message"


class TransactionConflictException(ServiceError):
    """Another transaction is working on the item."""

    default_message = "Transaction is ongoing for the item"


class TransactionInProgressException(ServiceError):
    """The transaction with this token has not ended yet."""

    default_message = "Transaction from previous request is still in progress"


class IdempotentParameterMismatchException(ServiceError):
    """The token was used before with another request."""
