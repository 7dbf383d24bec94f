"""How deep a canonical item is nested.

What a client sends is checked on its way in (see `canonical`); an update can still put a deep value
under a deep path. Developer guide, "Quotas": 32 levels.
"""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_NESTING_DEPTH
from jedlik.values.attribute import AttributeValue, Item


def check_nesting(item: Item) -> None:
    """Raise ValidationException where an attribute is nested deeper than the service keeps."""
    for value in item.values():
        if "M" in value or "L" in value:
            _check(value, 1)


def _check(value: AttributeValue, depth: int) -> None:
    if depth > MAX_NESTING_DEPTH:
        raise ValidationException("Nesting Levels have exceeded supported limits")
    for element in value["M"].values() if "M" in value else value["L"]:
        if "M" in element or "L" in element:
            _check(element, depth + 1)
