"""Equality and order of canonical attribute values.

Developer guide, "Comparison operator and function reference": values of different types are never
equal and have no order; strings are ordered by their UTF-8 bytes, binaries by unsigned bytes,
numbers by value; sets are equal whatever the order of their elements.
"""

from __future__ import annotations

from binascii import a2b_base64
from decimal import Decimal

from jedlik.values.attribute import SET_TYPES, AttributeValue


def equal(left: AttributeValue, right: AttributeValue) -> bool:
    """Whether two canonical values are the same, to any depth."""
    if left == right:
        return True
    ((kind, one),) = left.items()
    other = right.get(kind)
    if other is None:
        return False
    if kind in SET_TYPES:
        return len(one) == len(other) and set(one) == set(other)
    if kind == "L":
        return len(one) == len(other) and all(map(equal, one, other))
    if kind == "M":
        return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)
    return False


def order(left: AttributeValue, right: AttributeValue) -> int | None:
    """Negative, zero or positive if `left` is before, equal to or after `right`. None if the two
    have no order: their types differ, or are not S, N or B."""
    ((kind, one),) = left.items()
    other = right.get(kind)
    if other is None:
        return None
    if kind == "S":
        # Code points have the order of their UTF-8 bytes.
        return int(one > other) - int(one < other)
    if kind == "N":
        a, b = Decimal(one), Decimal(other)
        return int(a > b) - int(a < b)
    if kind == "B":
        raw, raw_other = a2b_base64(one), a2b_base64(other)
        return int(raw > raw_other) - int(raw < raw_other)
    return None
