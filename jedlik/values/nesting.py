"""How deep a value is nested.

A level is a value: an attribute stands on level 1, so 31 lists or maps around a string are allowed
and 32 are not. What a client sends is checked on its way in (see `canonical`); an update can still
put a deep value under a deep path. Developer guide, "Quotas": 32 levels.
"""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_NESTING_DEPTH
from jedlik.values.attribute import AttributeValue, Item


class NestingTooDeep(ValidationException):
    """Told apart from other invalid values because it never names a placeholder."""

    default_message = (
        "Nesting Levels have exceeded supported limits: "
        "Attributes in the item have nested levels beyond supported limit"
    )

    @classmethod
    def code(cls) -> str:
        return ValidationException.code()


def check_nesting(item: Item) -> None:
    """Raise ValidationException where an attribute is nested deeper than the service keeps."""
    for value in item.values():
        if "M" in value or "L" in value:
            _check(value, 1)


def _check(value: AttributeValue, depth: int) -> None:
    elements = value["M"].values() if "M" in value else value["L"]
    if elements and depth >= MAX_NESTING_DEPTH:
        raise NestingTooDeep
    for element in elements:
        if "M" in element or "L" in element:
            _check(element, depth + 1)
