"""Sets of numbers, checked as a whole."""

from __future__ import annotations

from typing import Final

from jedlik.base.errors import INVALID_VALUES, InvalidParameter
from jedlik.base.limits import MAX_PLACEHOLDER_VALUES_SIZE
from jedlik.values.number_lists import canonical_texts
from jedlik.values.set_order import sorted_numbers

_PART: Final = 10_000
"""Numbers that are checked together: even in a thread, a much longer step would hold up others."""


def checked_numbers(texts: list[str]) -> tuple[list[str], int]:
    """The numbers of a set in canonical form and in order, and their size in bytes.

    If they exceed the size that all values of a request may have, the rest is not read: they are
    returned as they were given, with the size so far. Raises InvalidParameter.
    """
    if len(texts) <= _PART:
        numbers, size = canonical_texts(texts, ",".join(texts))
    else:
        numbers, size = [], 0
        for begin in range(0, len(texts), _PART):
            part = texts[begin : begin + _PART]
            spelled, more = canonical_texts(part, ",".join(part))
            numbers += spelled
            size += more
            if size > MAX_PLACEHOLDER_VALUES_SIZE:
                return texts, size
    if len(set(numbers)) < len(numbers):
        raise InvalidParameter(
            "Input collection contains duplicates",
            f"{INVALID_VALUES}Input collection contains duplicates.",
        )
    return sorted_numbers(numbers), size
