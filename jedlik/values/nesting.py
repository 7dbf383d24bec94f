"""How deep a value is nested.

A level is a value: an attribute stands on level 1, so 31 lists or maps around a string are allowed
and 32 are not. What a client sends is checked on its way in (see `canonical`); an update can still
put a deep value under a deep path. Developer guide, "Quotas": 32 levels.
"""

from __future__ import annotations

from jedlik.base.errors import InvalidParameter
from jedlik.base.limits import MAX_NESTING_DEPTH
from jedlik.values.attribute import AttributeValue
from jedlik.values.joined_numbers import JoinedNumbers


class NestingTooDeep(InvalidParameter):
    """Told apart from other invalid values because it never names a placeholder."""

    default_message = (
        "Nesting Levels have exceeded supported limits: "
        "Attributes in the item have nested levels beyond supported limit"
    )


def check_nesting(value: AttributeValue, level: int = 1) -> None:
    """Raise NestingTooDeep if a list or map on `level` is nested deeper than is kept."""
    elements = value["M"].values() if "M" in value else value["L"]
    if elements and level >= MAX_NESTING_DEPTH:
        raise NestingTooDeep
    if type(elements) is JoinedNumbers:
        return
    for element in elements:
        if "M" in element or "L" in element:
            check_nesting(element, level + 1)
