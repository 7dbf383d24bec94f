"""Numbers on DAX's wire: integers and decimal fractions, and in sort keys ordered bytes.

Sort keys that are numbers are written so that their bytes compare as the numbers do. A number is
0.d1d2d3... times ten to e:

    80                  zero
    82..FD              positive, e = byte - C0          02..7D  negative, e = 3F - byte
    FE | 81, e (4)      positive, e at 62 and above | below -62, as 32 bits with the sign flipped
    01 | 7E, e (4)      negative, the same, all bits flipped besides
    groups (10 bits)    three digits each: their number + 12, if negative 1011 - their number;
                        the last group is padded with zeros
    end (10 bits)       how many digits of the last group count, less one; if negative 1023 less
                        that; then zero bits up to the next byte
"""

from __future__ import annotations

from typing import Final

from jedlik.dax.wire import cbor
from jedlik.dax.wire.cbor import Fraction, MalformedCbor
from jedlik.values import numbers

_ZERO: Final = 0x80
_SMALL: Final = range(-62, 62)
_GROUP_BITS: Final = 10
_GROUP_MASK: Final = (1 << _GROUP_BITS) - 1
_POSITIVE: Final = 12
_NEGATIVE: Final = 1011
_MAX_SIZE: Final = 64
"""Bytes: the 126 digits of the largest integers take 42 groups and the end, 54 bytes, after 5 of
the exponent."""
_SIGN_BIT: Final = 0x8000_0000
_OTHER_BITS: Final = 0x7FFF_FFFF


def number_text(value: object) -> str:
    """The canonical text of a number that was read. Raises ValidationException as `canonical`."""
    if type(value) is int:
        return numbers.canonical(str(value))
    if isinstance(value, Fraction):
        return numbers.canonical(f"{value.mantissa}E{value.exponent}")
    raise MalformedCbor("a number is missing")


def number_bytes(text: str) -> bytes:
    """A number as CBOR, given its canonical text: an integer if it is one."""
    if "." not in text:
        return cbor.integer(int(text))
    whole, _, fraction = text.partition(".")
    exponent = cbor.integer(-len(fraction))
    return (
        cbor.head(cbor.TAG, cbor.DECIMAL_FRACTION)
        + cbor.array([exponent, cbor.integer(int(whole + fraction))])
    )  # fmt: skip


def ordered_bytes(text: str) -> bytes:
    """The bytes of a number in a sort key, given its canonical text."""
    if text == "0":
        return bytes((_ZERO,))
    negative, digits, exponent = numbers.parts(text)
    # Clients write integers with all their zeros, and return numbers in the form that they read.
    digits = digits.ljust(exponent, "0") if "." not in text else digits
    groups = [int(digits[at : at + 3].ljust(3, "0")) for at in range(0, len(digits), 3)]
    last = (len(digits) - 1) % 3
    if negative:
        groups = [_NEGATIVE - group for group in groups]
        groups.append(_GROUP_MASK - last)
    else:
        groups = [_POSITIVE + group for group in groups]
        groups.append(last)
    bits = 0
    for group in groups:
        bits = bits << _GROUP_BITS | group
    count = len(groups) * _GROUP_BITS
    filled = -count % 8
    return _exponent(negative, exponent) + (bits << filled).to_bytes((count + filled) // 8, "big")


def _exponent(negative: bool, exponent: int) -> bytes:
    if exponent in _SMALL:
        return bytes((0x3F - exponent if negative else 0xC0 + exponent,))
    bits = exponent & 0xFFFF_FFFF
    if negative:
        return bytes((0x01 if exponent > 0 else 0x7E,)) + (bits ^ _OTHER_BITS).to_bytes(4, "big")
    return bytes((0xFE if exponent > 0 else 0x81,)) + (bits ^ _SIGN_BIT).to_bytes(4, "big")


def text_of_ordered(data: bytes) -> str:
    """The canonical text of a number in a sort key. Raises `MalformedCbor`, and
    ValidationException if it is out of range."""
    if not data or len(data) > _MAX_SIZE:
        raise MalformedCbor("a number in a sort key has no bytes or too many")
    if data[0] == _ZERO:
        return "0"
    negative, exponent, start = _read_exponent(data)
    rest = data[start:]
    bits, count = int.from_bytes(rest, "big"), len(rest) * 8
    digits = ""
    while count >= _GROUP_BITS:
        count -= _GROUP_BITS
        group = bits >> count & _GROUP_MASK
        kept = _GROUP_MASK - group if negative else group
        if kept < 3:
            if not digits:
                break
            digits = digits[: len(digits) - 2 + kept]
            sign = "-" if negative else ""
            return numbers.canonical(f"{sign}0.{digits}E{exponent}")
        value = _NEGATIVE - group if negative else group - _POSITIVE
        if not 0 <= value <= 999:
            break
        digits += f"{value:03d}"
    raise MalformedCbor("a number in a sort key is not valid")


def _read_exponent(data: bytes) -> tuple[bool, int, int]:
    """Sign, exponent, and where the digits begin."""
    first = data[0]
    if 0x82 <= first <= 0xFD:
        return False, first - 0xC0, 1
    if 0x02 <= first <= 0x7D:
        return True, 0x3F - first, 1
    if first not in (0xFE, 0x81, 0x01, 0x7E) or len(data) < 5:
        raise MalformedCbor("a number in a sort key is not valid")
    negative = first in (0x01, 0x7E)
    bits = int.from_bytes(data[1:5], "big") ^ (_OTHER_BITS if negative else _SIGN_BIT)
    return negative, bits - (1 << 32) if bits & _SIGN_BIT else bits, 5
