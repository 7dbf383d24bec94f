"""Vectors between the wire and bytes: 32-bit floats, little-endian, one after the other.

"Vector values have higher precision than 32-bit floating point: write succeeds, values are stored
as-is in the base table but lose precision when replicated to the vector index" (developer guide,
"Creating and searching vector indexes", "Writing items with vector data").
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

import orjson

from jedlik.values.joined_numbers import JoinedNumbers

FLOAT_SIZE: Final = 4

_MAX_DIGITS: Final = 9
"""Decimal digits that distinguish any two 32-bit floats."""
_MIN_DIGITS: Final = 6
"""Decimal digits that any 32-bit float has; one of them may read back with fewer."""

_MIN_PLAIN: Final = -6
_MAX_PLAIN: Final = 13
"""Numbers with digits between these places around the point are written without an exponent."""

_text: Final = itemgetter("N")

_MIN_LENGTH: Final = 1e-15
_MAX_LENGTH: Final = 1e15


@lru_cache(maxsize=64)
def _layout(dimensions: int) -> struct.Struct:
    return struct.Struct(f"<{dimensions}f")


def _packed(text: bytes) -> bytes:
    """Canonical numbers, joined by commas."""
    # They are JSON, whose parser rounds as float() does in a tenth of the time.
    numbers = orjson.loads(b"[%b]" % text)
    # Packing refuses numbers that are too large, but not infinities, which no N can be.
    return _layout(len(numbers)).pack(*numbers)


def vector_bytes(elements: Sequence[Any] | JoinedNumbers) -> bytes:
    """The bytes of elements of the form {"N": "0.5"}, the numbers in canonical spelling.

    Raises ValueError if one is not a number that a 32-bit float can hold: another type, or too
    large. Digits beyond its precision are rounded off.
    """
    try:
        if type(elements) is JoinedNumbers:
            if elements.packed is None:
                elements.packed = _packed(elements.text)
            return elements.packed
        return _packed(",".join(map(_text, elements)).encode())
    except (KeyError, TypeError, OverflowError, ValueError, struct.error) as error:
        raise ValueError("not a vector of 32-bit floats") from error


def is_element(element: Any) -> bool:
    """Whether one element is a number that a 32-bit float can hold."""
    try:
        vector_bytes((element,))
    except ValueError:
        return False
    return True


def floats_of(packed: bytes) -> Sequence[float]:
    """The numbers of a vector."""
    return _layout(len(packed) // FLOAT_SIZE).unpack(packed)


def float_array(packed: bytes) -> array[float]:
    """The same as an array, which numpy makes without an object for each number."""
    numbers = array("f", packed)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def wire_vector(packed: bytes) -> dict[str, Any]:
    """The vector as an attribute value: the shortest numbers that read back as the same floats.

    They are written as the service writes them, in no canonical spelling: always with a fraction,
    and with an exponent if they are less than a millionth or at least 10^13 (Floci's tests of the
    scores of vectors, September 2026).
    """
    return {"L": [{"N": _shown(each)} for each in floats_of(packed)]}


def _shown(value: float) -> str:
    if value == 0.0:
        return "0.0"
    shortest = _shortest(value)
    if "e" not in shortest:  # as nearly all numbers of vectors; these are spelled alike
        return shortest if "." in shortest else f"{shortest}.0"
    sign, digits, exponent = Decimal(shortest).normalize().as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    before = len(text) + exponent  # digits before the point; of small numbers, zeros after it
    if _MIN_PLAIN < before <= 0:
        shown = f"0.{'0' * -before}{text}"
    elif 0 < before <= _MAX_PLAIN:
        whole = text.ljust(before, "0")
        shown = f"{whole[:before]}.{whole[before:] or '0'}"
    else:
        fraction = f".{text[1:]}" if len(text) > 1 else ""
        shown = f"{text[0]}{fraction}e{before - 1}"
    return "-" + shown if sign else shown


def _shortest(value: float) -> str:
    for digits in range(_MIN_DIGITS, _MAX_DIGITS):
        text = f"{value:.{digits}g}"
        if array("f", (float(text),))[0] == value:
            return text
    return f"{value:.{_MAX_DIGITS}g}"


def is_ordinary(lengths: Any) -> Any:
    """Whether 32-bit products of vectors of these lengths neither underflow nor overflow."""
    return (lengths == 0.0) | ((lengths > _MIN_LENGTH) & (lengths < _MAX_LENGTH))
