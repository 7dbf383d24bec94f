"""Lists of numbers, as vectors are, looked at as a whole."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final

from jedlik.base.errors import InvalidParameter
from jedlik.values.numbers import are_canonical, canonical
from jedlik.values.sizes import number_size

FEWEST_NUMBERS: Final = 16
"""Lists that are shorter are not worth a look of their own."""

_LONGEST: Final = 36
"""Digits behind the point of numbers that are surely not of the greatest size, to which others are
cut."""
_LENGTHS: Final = bytes(range(1, _LONGEST + 1))
_EVEN: Final = bytes(range(0, 256, 2))
_DIGITS: Final = b"0123456789"
_text: Final = itemgetter("N")


def numbers_size(elements: list[Any]) -> int | None:
    """Bytes of the numbers that the elements of a list are, in canonical form afterwards; None
    where one is something else.

    A vector is a list of hundreds of numbers: looked at one by one they would cost as much as all
    else of a write together. So those that are canonical already are seen to be it at once.
    """
    try:
        texts = list(map(_text, elements))
        together = ",".join(texts)
    except (TypeError, KeyError):
        return None
    if sum(map(len, elements)) != len(elements):
        return None
    spelled, size = canonical_texts(texts, together)
    if spelled is not texts:
        for element, text in zip(elements, spelled, strict=True):
            element["N"] = text
    return size


def canonical_texts(texts: list[str], together: str) -> tuple[list[str], int]:
    """Numbers in canonical spelling, and their bytes; `together` are the same texts joined by
    commas. Raises what `numbers.canonical` says of the first one that is wrong."""
    # Every second vector of a model has a number so small that clients write an exponent.
    spelled = _without_exponents(texts) if "e" in together or "E" in together else texts
    if spelled is not texts:
        together = ",".join(spelled)
    size = fractions_size(together, len(texts))
    if size is None and not (together.count(",") < len(texts) and are_canonical(together)):
        spelled = list(map(canonical, texts))
    return spelled, sum(map(number_size, spelled)) if size is None else size


def fractions_size(together: str, count: int) -> int | None:
    """The sizes of so many canonical numbers between -1 and 1, joined by commas, as vectors have
    them; None where one is something else, zero, long, or not canonical.

    As `number_size`: one byte, one for two digits behind the point, one for a sign; but zeros
    behind the point that come in pairs take none. So the number of characters is nearly all there
    is to know, and all of it is found by a few passes over one text.
    """
    if not together.isascii():
        return None
    unsigned = together.replace("-", "")
    signs = len(together) - len(unsigned)
    if signs != together.count(",-") + together.startswith("-"):
        return None
    # Besides digits there is a point in each; before it there is a zero; what follows ends with no
    # zero.
    if unsigned.encode().translate(None, _DIGITS) != b".," * (count - 1) + b".":
        return None
    if not unsigned.startswith("0.") or "0," in unsigned or unsigned.endswith("0"):
        return None
    fractions = unsigned[2:].split(",0.")
    if len(fractions) != count:
        return None
    try:
        lengths = bytes(map(len, fractions))
    except ValueError:  # more digits than a byte counts
        return None
    if lengths.translate(None, _LENGTHS):
        return None
    digits = len(unsigned) + 1 - len("0.,") * count
    halves = digits + len(lengths.translate(None, _EVEN))
    pairs, zeros = 0, ".00"
    while found := unsigned.count(zeros):
        pairs += found
        zeros += "00"
    return count + halves // 2 - pairs + signs


def _without_exponents(texts: list[str]) -> list[str]:
    """Texts with those that have an exponent in canonical spelling. Where one is wrong they are
    left as they are: another one may be wrong before it."""
    try:
        return [canonical(text) if "e" in text or "E" in text else text for text in texts]
    except InvalidParameter:
        return texts
