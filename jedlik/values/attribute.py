"""Attribute values are exactly what the wire has: `{"S": "x"}`.

There is no other object model to convert to and from: an item is the dict that the JSON parser
made. B and BS values stay base64 text and N values stay decimal text; both are converted to their
canonical spelling when a request is read (see `canonical`), so equal values have equal text.
"""

from __future__ import annotations

from typing import Any, Final

AttributeValue = dict[str, Any]
"""`{type: content}` with exactly one of the ten types."""

Item = dict[str, AttributeValue]
"""Attribute names and their values."""

Key = dict[str, AttributeValue]
"""The key attributes of an item and nothing else."""

KEY_TYPES: Final = ("S", "N", "B")
SET_TYPES: Final = {"SS": "S", "NS": "N", "BS": "B"}
"""Set types and the types of their elements."""


def type_of(value: AttributeValue) -> str:
    """The type of a checked value."""
    return next(iter(value))
