"""The errors of the key service, as in its model (`kms/2014-11-01`)."""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import ServiceError

LOCKED_OUT: Final = "The new key policy will not allow you to update the key policy in the future."


class KeyServiceError(ServiceError):
    """An error of the key service: its type on the wire has no namespace."""

    @classmethod
    def wire_type(cls) -> str:
        return cls.code()


class NotFoundException(KeyServiceError):
    """The key, alias or grant does not exist."""


class AlreadyExistsException(KeyServiceError):
    """The alias exists already."""


class DisabledException(KeyServiceError):
    """The key is disabled."""


class KMSInvalidStateException(KeyServiceError):
    """The key's state does not allow the operation."""


class InvalidArnException(KeyServiceError):
    """Not the ARN of a key or alias."""


class InvalidCiphertextException(KeyServiceError):
    """The ciphertext was changed, or belongs to another key or encryption context."""


class IncorrectKeyException(KeyServiceError):
    """The ciphertext was made with a key other than the named one."""

    default_message = (
        "The key ID in the request does not identify a CMK that can perform this operation."
    )


class InvalidAliasNameException(KeyServiceError):
    """The alias's name is not valid."""


class InvalidGrantIdException(KeyServiceError):
    """The grant does not exist."""


class InvalidGrantTokenException(KeyServiceError):
    """The grant token is not valid."""


class InvalidMarkerException(KeyServiceError):
    """The marker was not issued by this operation."""


class LimitExceededException(KeyServiceError):
    """The quota is reached."""


class MalformedPolicyDocumentException(KeyServiceError):
    """The policy is not valid."""


class TagException(KeyServiceError):
    """A tag is not valid."""


class UnsupportedOperationException(KeyServiceError):
    """The operation or parameter is not available."""


class DryRunOperationException(KeyServiceError):
    """The request would have succeeded without DryRun."""

    default_message = "The request would have succeeded, but the DryRun option is set."


class KMSInternalException(KeyServiceError):
    """An internal error."""

    status = 500
    default_message = "The request was rejected because an internal exception occurred."
