"""Lists of numbers, as vectors are, looked at as a whole."""

from __future__ import annotations

from typing import Any, Final

from jedlik.values.numbers import are_canonical, canonical
from jedlik.values.sizes import number_size

FEWEST_NUMBERS: Final = 16
"""Lists that are shorter are not worth a look of their own."""


def numbers_size(elements: list[Any]) -> int | None:
    """Bytes of the numbers that the elements of a list are, in canonical form afterwards; None
    where one is something else.

    A vector is a list of hundreds of numbers: looked at one by one they would cost as much as all
    else of a write together. So those that are canonical already are seen to be it at once.
    """
    try:
        texts = [element["N"] for element in elements]
        together = ",".join(texts)
    except (TypeError, KeyError):
        return None
    if sum(map(len, elements)) != len(elements):
        return None
    if together.count(",") >= len(elements) or not are_canonical(together):
        texts = list(map(canonical, texts))
        for element, text in zip(elements, texts, strict=True):
            element["N"] = text
    return sum(map(number_size, texts))
