"""What the API has and this server lacks: refused, never silently accepted.

The members are listed in docs/differences.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jedlik.base.errors import ValidationException


def unavailable(feature: str) -> ValidationException:
    """The error for a request that needs a missing feature."""
    return ValidationException.of_values(f"{feature} is not available on this server yet")


def refuse_members(payload: Mapping[str, Any], members: Iterable[str]) -> None:
    """Refuse a request that has one of `members`."""
    for member in members:
        if payload.get(member) is not None:
            raise unavailable(member)
