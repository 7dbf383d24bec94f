"""Lists of numbers, as vectors are, looked at as a whole."""

from __future__ import annotations

from typing import Any, Final

from jedlik.values.numbers import are_canonical, canonical
from jedlik.values.sizes import number_size

FEWEST_NUMBERS: Final = 16
"""Lists that are shorter are not worth a look of their own."""

_LONGEST: Final = 38
"""Characters of numbers that are surely not of the greatest size, to which others are cut."""
_ODD: Final = (1).__and__


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
    size = _fractions_size(together.replace("-", ""), len(texts))
    if size is None:
        return sum(map(number_size, texts))
    return size + together.count("-")


def _fractions_size(together: str, count: int) -> int | None:
    """The sizes of so many canonical numbers from 0 up to 1, joined by commas, as vectors have
    them but for the signs; None where one is something else, or long.

    As `number_size`: one byte, and one for two digits behind the point; but zeros behind the point
    that come in pairs take none. So the number of characters is nearly all there is to know.
    """
    if not together.startswith("0.") or together.count(",0.") < count - 1:
        return None
    lengths = list(map(len, together.split(",")))
    if max(lengths) > _LONGEST:
        return None
    digits = len(together) + 1 - len("0.,") * count
    halves = digits + sum(map(_ODD, lengths))
    pairs, zeros = 0, ".00"
    while found := together.count(zeros):
        pairs += found
        zeros += "00"
    return count + halves // 2 - pairs


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
