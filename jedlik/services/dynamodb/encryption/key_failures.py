"""What DynamoDB answers where the key service does not let it use a table's key.

The key service's own error is given within DynamoDB's. If the key of a new table or of a changed
one is no good, the request is not valid; so it is where the key of a table that is there was
disabled (answers of the service), and where that cannot be used otherwise access is denied
(developer guide, "DynamoDB encryption at rest usage notes").
"""

from __future__ import annotations

from jedlik.base.errors import AccessDeniedException, ServiceError, ValidationException
from jedlik.services.kms.errors import DisabledException


class KeyDisabled(ValidationException):
    """The key of a table was disabled."""


def invalid_key(failure: ServiceError, request_id: str) -> ValidationException:
    """The error for a key that a table cannot be encrypted under."""
    what = "key disabled" if isinstance(failure, DisabledException) else "validation"
    return ValidationException(f"KMS {what} error: {_told(failure, request_id)}")


def key_denied(failure: ServiceError, request_id: str) -> AccessDeniedException | KeyDisabled:
    """The error of every operation on a table whose key cannot be used."""
    if isinstance(failure, DisabledException):
        return KeyDisabled(f"KMS key disabled error: {_told(failure, request_id)}")
    return AccessDeniedException(f"KMS key access denied error: {_told(failure, request_id)}")


def not_allowed(request_id: str) -> AccessDeniedException:
    """The error for a caller who may not use a table's key; whether there is one is not said."""
    return AccessDeniedException(
        "KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: The "
        "ciphertext refers to a customer master key that does not exist, does not exist in this "
        "region, or you are not allowed to access. (Service: AWSKMS; Status Code: 400; Error Code: "
        f"AccessDeniedException; Request ID: {request_id}; Proxy: null)"
    )


def _told(failure: ServiceError, request_id: str) -> str:
    code = failure.code()
    return (
        f"com.amazonaws.services.kms.model.{code}: {failure.message} (Service: AWSKMS; "
        f"Status Code: {failure.status}; Error Code: {code}; Request ID: {request_id}; Proxy: null)"
    )
