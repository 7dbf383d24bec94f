"""Comparisons and functions of conditions.

Developer guide, "Condition and filter expressions, operators, and functions". Values of different
types are never equal and have no order. A comparison with a missing attribute is false, except
`<>`, which is the opposite of `=`.
"""

from __future__ import annotations

import operator
from binascii import a2b_base64
from collections.abc import Callable
from typing import Any, Final

from jedlik.values.attribute import SET_TYPES, AttributeValue
from jedlik.values.compare import equal
from jedlik.values.numbers import number
from jedlik.values.sizes import binary_size

_SCALARS: Final = frozenset(["S", "N", "B", "BOOL", "NULL"])

_COMPARABLE: Final[dict[str, Callable[[str], Any]]] = {"N": number, "B": a2b_base64}

ORDERINGS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def same(left: AttributeValue, right: AttributeValue) -> bool:
    """Whether two values are equal."""
    (kind,) = left
    if kind in _SCALARS:
        return left == right
    return equal(left, right)


def in_order(
    compare: Callable[[Any, Any], bool], left: AttributeValue, right: AttributeValue
) -> bool:
    """Whether `compare` holds between two values; False if they have no order."""
    ((kind, one),) = left.items()
    other = right.get(kind)
    if other is None:
        return False
    if kind == "S":
        # Code points have the order of their UTF-8 bytes.
        return compare(one, other)
    convert = _COMPARABLE.get(kind)
    return convert is not None and compare(convert(one), convert(other))


def begins_with(value: AttributeValue, prefix: AttributeValue) -> bool:
    """Whether a string or binary begins with another."""
    text = value.get("S")
    if text is not None:
        start = prefix.get("S")
        return start is not None and text.startswith(start)
    text, start = value.get("B"), prefix.get("B")
    if text is None or start is None:
        return False
    return a2b_base64(text).startswith(a2b_base64(start))


def contains(value: AttributeValue, operand: AttributeValue) -> bool:
    """Whether a string or binary has another in it, a set an element, a list an equal element."""
    ((kind, content),) = value.items()
    if kind == "S":
        text = operand.get("S")
        return text is not None and text in content
    if kind == "L":
        if not operand.keys() <= _SCALARS:
            return any(same(element, operand) for element in content)
        return operand in content  # only scalars are equal to a scalar; some 5 times as fast
    if kind == "B":
        text = operand.get("B")
        return text is not None and a2b_base64(text) in a2b_base64(content)
    element_kind = SET_TYPES.get(kind)
    return element_kind is not None and operand.get(element_kind) in content


def _string_length(text: str) -> int:
    """UTF-16 code units, as the service counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


_SIZES: Final[dict[str, Callable[[Any], int]]] = {
    "S": _string_length,
    "B": binary_size,
    "SS": len,
    "NS": len,
    "BS": len,
    "L": len,
    "M": len,
}


def size_of(value: AttributeValue) -> AttributeValue | None:
    """The result of `size`: characters, bytes or elements; None for other types."""
    ((kind, content),) = value.items()
    measure = _SIZES.get(kind)
    return None if measure is None else {"N": str(measure(content))}
