"""Limit parameters of the Streams operations.

The service model gives no maximum; their documentation does.
"""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Payload


def checked_limit(payload: Payload, most: int) -> int:
    """The Limit of a request, `most` if it has none; ValidationException above that."""
    limit: int | None = payload.get("Limit")
    if limit is None:
        return most
    if limit > most:
        raise ValidationException(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy "
            f"constraint: Member must have value less than or equal to {most}"
        )
    return limit
