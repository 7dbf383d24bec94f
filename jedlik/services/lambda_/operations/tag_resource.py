"""TagResource of the Lambda API."""

from __future__ import annotations

from jedlik.services.lambda_.errors import InvalidParameterValueException, ServiceException
from jedlik.services.lambda_.operations.operation import Host, Payload, Result
from jedlik.services.lambda_.operations.tagged import change_tags


async def tag_resource(host: Host, payload: Payload) -> Result:
    """Add tags to a function or mapping, or change the values of tags it has."""
    if not payload["Tags"]:
        # The service refuses it, with another error.
        raise InvalidParameterValueException(ServiceException.default_message)
    await change_tags(host, payload["Resource"], lambda before: {**before, **payload["Tags"]})
    return Result()
