"""The errors of auto scaling, as in its model (`application-autoscaling/2016-02-06`)."""

from __future__ import annotations

from jedlik.base.errors import ServiceError


class ScalingError(ServiceError):
    """An error of auto scaling: its type has no namespace on the wire."""

    message_member = "Message"

    @classmethod
    def wire_type(cls) -> str:
        return cls.code()


class ScalingValidationException(ScalingError):
    """The input breaks a rule."""

    @classmethod
    def code(cls) -> str:
        return "ValidationException"


class ObjectNotFoundException(ScalingError):
    """There is no such target, policy or scheduled action."""


class LimitExceededException(ScalingError):
    """There are as many of these as there may be."""


class InvalidNextTokenException(ScalingError):
    """The token was not handed out by this operation."""

    default_message = "The next token supplied was invalid."


class ResourceNotFoundException(ScalingError):
    """There is no target with this ARN."""


class TooManyTagsException(ScalingError):
    """A target has as many tags as it may have."""


class InternalServiceException(ScalingError):
    """Something went wrong inside."""

    status = 500
    default_message = "The service encountered an internal error."
