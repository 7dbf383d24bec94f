"""The errors of the IAM and STS APIs: code, HTTP status and default text.

IAM API reference, "Common Errors" and the errors of each action; they go out as XML.
"""

from __future__ import annotations

from jedlik.base.errors import ServiceError


class NoSuchEntity(ServiceError):
    """What is named does not exist."""

    status = 404


class EntityAlreadyExists(ServiceError):
    """The name is taken."""

    status = 409


class DeleteConflict(ServiceError):
    """What is to be deleted still has something of its own."""

    status = 409


class LimitExceeded(ServiceError):
    """As many as there may be are there already."""

    status = 409


class MalformedPolicyDocument(ServiceError):
    """A text that is no policy."""


class InvalidInput(ServiceError):
    """A parameter that cannot be meant."""


class InvalidParameterValue(ServiceError):
    """A parameter of STS that cannot be meant."""


class ValidationError(ServiceError):
    """A parameter that breaks a constraint, or lacks."""


class InvalidAction(ServiceError):
    """An action that there is not."""


class AccessDenied(ServiceError):
    """The identity may not do this."""

    status = 403


class InvalidClientTokenId(ServiceError):
    """No one has this access key."""

    status = 403
    default_message = "The security token included in the request is invalid."


class ExpiredToken(ServiceError):
    """The session's credentials are past their end."""

    status = 403
    default_message = "The security token included in the request is expired"


class SignatureDoesNotMatch(ServiceError):
    """The signature is not the one that these credentials give."""

    status = 403


class IncompleteSignature(ServiceError):
    """The credentials lack a part or are malformed."""


class MissingAuthenticationToken(ServiceError):
    """The request carries no credentials at all."""

    status = 403
    default_message = "Request is missing Authentication Token"


class PackedPolicyTooLarge(ServiceError):
    """The session's policies and tags are too much for a token."""


class ServiceFailure(ServiceError):
    """Ours to answer for. The client may retry."""

    status = 500
    default_message = "The request processing has failed because of an unknown error."
