"""DynamoDB's errors if it cannot use a table's key.

The key service's own error is quoted in DynamoDB's. If the key for a new or changed table cannot be
used, the request is not valid. The same holds if the key of an existing table was disabled (answers
of the service); if that key cannot be used for another reason, access is denied (developer guide,
"DynamoDB encryption at rest usage notes").
"""

from __future__ import annotations

from jedlik.base.errors import AccessDeniedException, ServiceError, ValidationException
from jedlik.services.kms.errors import DisabledException


class KeyDisabled(ValidationException):
    """The key of a table was disabled."""


def invalid_key(failure: ServiceError, request_id: str) -> ValidationException:
    """The error for a key under which a table cannot be encrypted."""
    what = "key disabled" if isinstance(failure, DisabledException) else "validation"
    return ValidationException(f"KMS {what} error: {_described(failure, request_id)}")


def key_denied(failure: ServiceError, request_id: str) -> AccessDeniedException | KeyDisabled:
    """The error of every operation on a table whose key cannot be used."""
    if isinstance(failure, DisabledException):
        return KeyDisabled(f"KMS key disabled error: {_described(failure, request_id)}")
    return AccessDeniedException(f"KMS key access denied error: {_described(failure, request_id)}")


def not_allowed(request_id: str) -> AccessDeniedException:
    """The error for a caller who may not use a table's key; it does not reveal whether there is
    one."""
    return AccessDeniedException(
        "KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: The "
        "ciphertext refers to a customer master key that does not exist, does not exist in this "
        "region, or you are not allowed to access. (Service: AWSKMS; Status Code: 400; Error Code: "
        f"AccessDeniedException; Request ID: {request_id}; Proxy: null)"
    )


def _described(failure: ServiceError, request_id: str) -> str:
    code = failure.code()
    return (
        f"com.amazonaws.services.kms.model.{code}: {failure.message} (Service: AWSKMS; "
        f"Status Code: {failure.status}; Error Code: {code}; Request ID: {request_id}; Proxy: null)"
    )
