"""The limit on the nesting of values.

An attribute is on level 1, a value in it on level 2, and so on: 31 lists or maps around a string
are allowed, 32 are not. Values in a request are checked when it is read (see `canonical`), but an
update can put a deep value under a deep path. Developer guide, "Quotas": 32 levels.
"""

from __future__ import annotations

from jedlik.base.errors import InvalidParameter
from jedlik.base.limits import MAX_NESTING_DEPTH
from jedlik.values.attribute import AttributeValue
from jedlik.values.joined_numbers import JoinedNumbers


class NestingTooDeep(InvalidParameter):
    """A value is nested too deeply. Unlike other errors of values, its text never names a
    placeholder."""

    default_message = (
        "Nesting Levels have exceeded supported limits: "
        "Attributes in the item have nested levels beyond supported limit"
    )


def check_nesting(value: AttributeValue, level: int = 1) -> None:
    """Raise NestingTooDeep if a list or map on `level` is nested too deeply to be stored."""
    elements = value["M"].values() if "M" in value else value["L"]
    if elements and level >= MAX_NESTING_DEPTH:
        raise NestingTooDeep
    if type(elements) is JoinedNumbers:
        return
    for element in elements:
        if "M" in element or "L" in element:
            check_nesting(element, level + 1)
