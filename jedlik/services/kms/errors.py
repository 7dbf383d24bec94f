"""The errors of the key service, as in its model (`kms/2014-11-01`)."""

from __future__ import annotations

from jedlik.base.errors import ServiceError


class KeyServiceError(ServiceError):
    """An error of the key service: its type has no namespace on the wire."""

    @classmethod
    def wire_type(cls) -> str:
        return cls.code()


class NotFoundException(KeyServiceError):
    """There is no such key, alias or grant."""


class AlreadyExistsException(KeyServiceError):
    """There is such an alias already."""


class DisabledException(KeyServiceError):
    """The key is disabled."""


class KMSInvalidStateException(KeyServiceError):
    """The key's state does not allow it."""


class InvalidArnException(KeyServiceError):
    """Something is no ARN of a key or alias."""


class InvalidCiphertextException(KeyServiceError):
    """The ciphertext was changed, or belongs to another key or encryption context."""


class IncorrectKeyException(KeyServiceError):
    """The ciphertext was made with another key than the one that is named."""

    default_message = (
        "The key ID in the request does not identify a CMK that can perform this operation."
    )


class InvalidAliasNameException(KeyServiceError):
    """The alias's name is not one that can be given."""


class InvalidGrantIdException(KeyServiceError):
    """There is no such grant."""


class InvalidGrantTokenException(KeyServiceError):
    """There is no such grant token."""


class InvalidMarkerException(KeyServiceError):
    """The marker was not handed out by this operation."""


class LimitExceededException(KeyServiceError):
    """There are as many of these as there may be."""


class MalformedPolicyDocumentException(KeyServiceError):
    """The policy is no policy."""


class TagException(KeyServiceError):
    """A tag is not one that can be given."""


class UnsupportedOperationException(KeyServiceError):
    """The operation or parameter is not available."""


class DryRunOperationException(KeyServiceError):
    """It would have been done, were it not for DryRun."""

    default_message = "The request would have succeeded, but the DryRun option is set."


class KMSInternalException(KeyServiceError):
    """Something went wrong inside."""

    status = 500
    default_message = "The request was rejected because an internal exception occurred."
