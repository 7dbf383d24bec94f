"""The order in which the service returns a set: strings and binaries by their bytes, numbers by
value (answers of the service; its documentation promises no order).

Sets are stored in this order, so everything that shows an item has it: reads, stream records, old
images.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Final


def sorted_strings(texts: Collection[str]) -> list[str]:
    """Strings by their UTF-8 bytes, which is the order of their code points."""
    return sorted(texts)


def sorted_numbers(numbers: Collection[str]) -> list[str]:
    """Canonical numbers by value."""
    whole = "".join(numbers).isdigit()  # as most are: these are compared in a quarter of the time
    return sorted(numbers, key=int if whole else Decimal)


def sorted_binaries(texts: Collection[str]) -> list[str]:
    """Binaries, as base64 text, by their unsigned bytes."""
    return sorted(texts, key=a2b_base64)


IN_ORDER: Final[dict[str, Callable[[Collection[str]], list[str]]]] = {
    "SS": sorted_strings,
    "NS": sorted_numbers,
    "BS": sorted_binaries,
}
"""By the set's type."""
