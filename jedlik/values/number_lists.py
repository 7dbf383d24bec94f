"""Lists of numbers, as vectors are, looked at as a whole."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final

from jedlik.base.errors import InvalidParameter
from jedlik.values.number_sizes import number_size
from jedlik.values.numbers import are_canonical, canonical

MIN_NUMBERS: Final = 16
"""Lists that are shorter are not worth a look of their own."""

_TAB: Final = b"\t"
_TABS: Final = bytes.maketrans(b",", _TAB)
_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")
_LONG: Final = b"0" * 37
"""Digits of a fraction that may be too many, or be of the greatest size, to which others are
cut."""
_LONG_PART: Final = b"0" * 19
"""The same of numbers that have as many before the point."""
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
    """Numbers, which `together` are joined by commas, in canonical spelling (the same list where
    they are so already), and the sum of their sizes. Raises what `numbers.canonical` says of the
    first one that is wrong."""
    count = len(texts)
    if count < MIN_NUMBERS or not together.isascii() or together.count(",") >= count:
        numbers = list(map(canonical, texts))
        return numbers, sum(map(number_size, numbers))
    given = together.encode()
    spelled, size = canonical_numbers(given, count)
    return texts if spelled is given else spelled.decode().split(","), size


def canonical_numbers(text: bytes, count: int) -> tuple[bytes, int]:
    """So many numbers, joined by commas, in canonical spelling (the same object where they are so
    already), and the sum of their sizes. Raises what `numbers.canonical` says of the first one that
    is wrong."""
    # Every second vector of a model has a number so small that clients write an exponent.
    spelled = _without_exponents(text) if b"e" in text or b"E" in text else text
    size = fractions_size(spelled, count)
    if size is not None:
        return spelled, size
    tidied = _without_last_zeros(spelled, count)
    size = plain_size(tidied, count)
    if size is not None:
        return tidied, size
    together = spelled.decode()
    texts = together.split(",")
    if not are_canonical(together):
        texts = list(map(canonical, texts))
        spelled = ",".join(texts).encode()
    return spelled, sum(map(number_size, texts))


def fractions_size(text: bytes, count: int) -> int | None:
    """The sizes of so many canonical numbers between -1 and 1, joined by commas, as vectors have
    them; None where one is something else, zero, long, or not canonical.

    As `number_size`: one byte, one for two digits behind the point, one for a sign; but zeros
    behind the point that come in pairs take none. So the number of characters is nearly all there
    is to know, and all of it is found by a few passes over one text.
    """
    signs = text.count(b",-0.") + text.startswith(b"-0.")
    if signs + text.count(b",0.") + text.startswith(b"0.") != count:
        return None
    # Besides digits there are the commas, and the point and the sign that each begins with.
    if len(text.translate(None, _DIGITS)) != 2 * count - 1 + signs:
        return None
    if b"0," in text or b"0.," in text or text.endswith((b"0", b".")):
        return None
    digits = text.translate(_ZEROS)
    if _LONG in digits:
        return None
    # Of an odd number of digits behind a point the last one is alone in its byte.
    fractions = len(text) - len("0.,") * count + 1 - signs
    in_twos = fractions - digits.count(b"00")
    return count + in_twos - _pairs(text, b".", b"") + signs


def plain_size(text: bytes, count: int) -> int | None:
    """The same of numbers of any size: as vectors have them whose lengths are not 1, or counts.
    None, too, of whole numbers that end with zeros among others."""
    unsigned = text.translate(_TABS, b"-") + _TAB
    signs = len(text) + 1 - len(unsigned)
    skeleton = unsigned.translate(None, _DIGITS)
    points = len(skeleton) - count
    if (skeleton.count(_TAB), skeleton.count(b".")) != (count, points) or b".." in skeleton:
        return None
    if signs != text.count(b",-") + text.startswith(b"-") or b"-0," in b"%b," % text:
        return None
    apart = _TAB + unsigned.replace(_TAB, b"\t\t")  # each between tabs of its own
    if b"\t\t\t" in apart or b"\t." in apart or b".\t" in apart:
        return None
    zeros = apart.count(b"\t0\t")
    without_whole = zeros + apart.count(b"\t0.")
    if apart.count(b"\t0") != without_whole or _LONG_PART in unsigned.translate(_ZEROS):
        return None
    if points and apart.count(b"0\t") != zeros:
        return None
    # What is before and behind a point is seen as if it were numbers of their own.
    parts = unsigned.replace(b".", _TAB)
    odd = count + points - (len(parts.expandtabs(2)) - len(parts))
    pairs = (len(unsigned) - len(skeleton) + odd) // 2 - without_whole
    pairs -= _pairs(apart, b"\t0.", b"") + (0 if points else _pairs(apart, b"", _TAB))
    return count + pairs + signs


def _pairs(text: bytes, before: bytes, behind: bytes) -> int:
    """How many pairs of zeros there are next to each `before` or `behind`."""
    found, zeros = 0, b"00"
    while more := text.count(before + zeros + behind):
        found += more
        zeros += b"00"
    return found


def _without_last_zeros(text: bytes, count: int) -> bytes:
    """Numbers without zeros, and points, at their ends, if each has a point, as clients write them
    that give all of them so many digits."""
    if text.count(b".") != count:
        return text
    apart = text + b","
    while b"0," in apart:
        apart = apart.replace(b"0,", b",")
    apart = apart.replace(b".,", b",")
    return text if len(apart) == len(text) + 1 else apart[:-1]


def _without_exponents(text: bytes) -> bytes:
    """Numbers with those that have an exponent in canonical spelling. Where one is wrong they are
    left as they are: another one may be wrong before it."""
    pieces: list[bytes] = []
    done = 0
    lower = text.replace(b"E", b"e")
    at = lower.find(b"e")
    try:
        while at >= 0:
            begin = text.rfind(b",", done, at) + 1 or done
            end = text.find(b",", at)
            end = len(text) if end < 0 else end
            pieces += text[done:begin], canonical(text[begin:end].decode()).encode()
            done = end
            at = lower.find(b"e", end)
    except InvalidParameter:
        return text
    return b"".join((*pieces, text[done:]))
