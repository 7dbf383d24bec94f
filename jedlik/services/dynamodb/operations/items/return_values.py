"""The rule on which ReturnValues an operation takes (API reference, PutItem and DeleteItem)."""

from __future__ import annotations

from jedlik.base.errors import InvalidParameter
from jedlik.gateway.operation import Payload


def check_return_values(payload: Payload, *allowed: str) -> None:
    """Raise ValidationException where ReturnValues is none of `allowed`."""
    wanted = payload.get("ReturnValues")
    if wanted is not None and wanted not in allowed:
        raise InvalidParameter(f"ReturnValues can only be {' or '.join(allowed)}")
