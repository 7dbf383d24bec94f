"""The size of numbers in the service's accounting.

Developer guide, "DynamoDB item sizes and formats": "approximately" a byte per two significant
digits and one more.

Exactly, a number has a byte for sign and exponent, and a byte per digit to the base 100, counted
from the decimal point: 15 has one such digit and takes 2 bytes, 1.5 has two and takes 3. A negative
one has one more byte, unless its digits fill the maximum of 21 bytes. Sizes measured on the
service, at the limit of an item's size: 0 is 1 byte; 1, 12, 100, 0.15, 1E125 and 1E-100 are 2; 123,
1234, 1010, 1.5 and -42 are 3; 123456, 1.234 and 100.5 are 4; 3.14159 is 5; 38 digits without a
point are 20.
"""

from __future__ import annotations

from typing import Final

from jedlik.values.numbers import parts

MAX_NUMBER_SIZE: Final = 21
_FRACTIONS: Final = ("0.", "-0.")

known_number_sizes: Final[dict[str, int]] = {}
"""The sizes of short numbers that have occurred. There are some 15,000 of them, among them most
counts, ages and ratings. All are in canonical form (see `canonical`)."""


def number_size(text: str) -> int:
    """Bytes of a canonical number."""
    size = known_number_sizes.get(text)
    if size is not None:
        return size
    if text.isdigit():  # most numbers
        pairs = (len(text.rstrip("0")) + (len(text) & 1) + 1) // 2
        return 1 + pairs if text != "0" else 1
    if text.startswith(_FRACTIONS):
        fraction = text.partition(".")[2]
        count = len(fraction.lstrip("0"))
        pairs = (count + (len(fraction) - count & 1) + 1) // 2
        return 1 + pairs if text[0] == "0" else min(2 + pairs, MAX_NUMBER_SIZE)
    negative, digits, exponent = parts(text)
    # With an odd exponent, one decimal digit is alone before the first pair.
    pairs = (len(digits) + (exponent & 1) + 1) // 2
    return min(2 + pairs, MAX_NUMBER_SIZE) if negative else 1 + pairs
