"""The errors of the IAM and STS APIs: code, HTTP status and default text.

IAM API reference, "Common Errors" and the errors of each action; they are sent as XML.
"""

from __future__ import annotations

from jedlik.base.errors import ServiceError


class NoSuchEntity(ServiceError):
    """The named entity does not exist."""

    status = 404


class EntityAlreadyExists(ServiceError):
    """The name is taken."""

    status = 409


class DeleteConflict(ServiceError):
    """The entity to be deleted still has others that depend on it."""

    status = 409


class LimitExceeded(ServiceError):
    """The quota is reached."""

    status = 409


class MalformedPolicyDocument(ServiceError):
    """The text is not a valid policy."""


class MalformedInput(ServiceError):
    """A parameter has another form than the action's."""


class InvalidInput(ServiceError):
    """A parameter that is not valid."""


class InvalidParameterValue(ServiceError):
    """A parameter of STS that is not valid."""


class ValidationError(ServiceError):
    """A parameter that breaks a constraint or is missing."""


class InvalidAction(ServiceError):
    """An unknown action."""


class AccessDenied(ServiceError):
    """The identity has no permission for this."""

    status = 403


class InvalidClientTokenId(ServiceError):
    """No one has this access key."""

    status = 403
    default_message = "The security token included in the request is invalid."


class ExpiredToken(ServiceError):
    """The session's credentials have expired."""

    status = 403
    default_message = "The security token included in the request is expired"


class SignatureDoesNotMatch(ServiceError):
    """The signature does not match these credentials."""

    status = 403


class IncompleteSignature(ServiceError):
    """The credentials lack a part or are malformed."""


class MissingAuthenticationToken(ServiceError):
    """The request carries no credentials at all."""

    status = 403
    default_message = "Request is missing Authentication Token"


class PackedPolicyTooLarge(ServiceError):
    """The session's policies and tags are too large for a token."""


class ServiceFailure(ServiceError):
    """A fault of the server. The client may retry."""

    status = 500
    default_message = "The request processing has failed because of an unknown error."
