"""Lists of numbers, as vectors are, looked at as a whole."""

from __future__ import annotations

import re
from typing import Any, Final

from jedlik.values.numbers import are_canonical, canonical
from jedlik.values.sizes import MAX_NUMBER_SIZE, number_size

FEWEST_NUMBERS: Final = 16
"""Lists that are shorter are not worth a look of their own."""

# Of canonical numbers joined by commas, those between -1 and 1: sign, zeros and other digits.
_FRACTIONS = re.compile(r"(?<![0-9])(-?)0\.(0*)([0-9]+)").findall


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
    spelled = _canonical_texts(texts, together)
    if spelled is not texts:
        texts = spelled
        together = ",".join(texts)
        for element, text in zip(elements, texts, strict=True):
            element["N"] = text
    fractions = _FRACTIONS(together)
    if len(fractions) == len(texts):  # as vectors have them
        return sum(_fraction_size(*fraction) for fraction in fractions)
    return sum(map(number_size, texts))


def _canonical_texts(texts: list[str], together: str) -> list[str]:
    """The canonical spellings of texts, given them joined by commas."""
    if together.count(",") < len(texts):
        if are_canonical(together):
            return texts
        # Every second vector of a model has a number so small that clients write an exponent.
        spelled = [canonical(text) if "e" in text or "E" in text else text for text in texts]
        if are_canonical(",".join(spelled)):
            return spelled
    return list(map(canonical, texts))


def _fraction_size(sign: str, zeros: str, digits: str) -> int:
    """As `number_size`: two digits a byte, and zeros behind the point that come in pairs none."""
    size = 1 + (len(digits) + (len(zeros) & 1) + 1) // 2
    return min(size + 1, MAX_NUMBER_SIZE) if sign else size
