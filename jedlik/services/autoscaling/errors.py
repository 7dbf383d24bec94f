"""The errors of auto scaling, as in its model (`application-autoscaling/2016-02-06`)."""

from __future__ import annotations

from jedlik.base.errors import ServiceError


class ScalingError(ServiceError):
    """An error of auto scaling: its type on the wire has no namespace."""

    message_member = "Message"

    @classmethod
    def wire_type(cls) -> str:
        return cls.code()


class ScalingValidationException(ScalingError):
    """The input breaks a rule."""

    @classmethod
    def code(cls) -> str:
        return "ValidationException"


class AccessDeniedException(ScalingError):
    """The service does not offer this to the account."""

    default_message = "Account is not authorized"


class ObjectNotFoundException(ScalingError):
    """The target, policy or scheduled action does not exist."""


class LimitExceededException(ScalingError):
    """The quota is reached."""


class InvalidNextTokenException(ScalingError):
    """The token was not issued by this operation."""

    default_message = "The next token supplied was invalid."


class ResourceNotFoundException(ScalingError):
    """No target has this ARN."""


class TooManyTagsException(ScalingError):
    """A target has the maximum number of tags."""


class InternalServiceException(ScalingError):
    """An internal error."""

    status = 500
    default_message = "The service encountered an internal error."
