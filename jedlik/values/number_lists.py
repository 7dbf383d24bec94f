"""Lists of numbers (vectors), checked and measured as a whole."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final

from jedlik.base.errors import InvalidParameter
from jedlik.values.number_sizes import number_size
from jedlik.values.numbers import are_canonical, canonical

MIN_NUMBERS: Final = 16
"""Shorter lists are not worth the effort."""

_TAB: Final = b"\t"
_TABS: Final = bytes.maketrans(b",", _TAB)
_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")
_LONG: Final = b"0" * 37
"""A fraction of this many digits may have too many, or the maximum size, at which sizes are
capped."""
_MAX_AVERAGE: Final = 256
"""Characters of a number. On longer texts, whose numbers are mostly zeros, the many passes over all
of them take longer than a check of each."""
_LONG_PART: Final = b"0" * 19
"""The same for numbers that may have as many digits before the point."""
_LAST_ZEROS: Final = tuple(b"0" * length + b"," for length in (32, 16, 8, 4, 2, 1))
"""Removed one after the other, these are up to 63 zeros, more than any client writes on purpose.
One pass per zero would take hours for a number of a megabyte."""
_DIGITS: Final = b"0123456789"
_text: Final = itemgetter("N")


def numbers_size(elements: list[Any]) -> int | None:
    """Bytes of a list's numbers, which are in canonical form afterwards; None if an element is not
    a number.

    A vector is a list of hundreds of numbers, and checking them one by one would take as long as
    the rest of a write. So a single check finds out whether all of them are canonical already.
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
    """Numbers in canonical spelling (the same list if they are already), and the sum of their
    sizes; `together` are the numbers joined by commas. Raises the error of `numbers.canonical` for
    the first invalid one."""
    count = len(texts)
    is_long = len(together) > _MAX_AVERAGE * count
    if count < MIN_NUMBERS or is_long or not together.isascii() or together.count(",") >= count:
        numbers = list(map(canonical, texts))
        return numbers, sum(map(number_size, numbers))
    given = together.encode()
    spelled, size = canonical_numbers(given, count)
    return texts if spelled is given else spelled.decode().split(","), size


def canonical_numbers(text: bytes, count: int) -> tuple[bytes, int]:
    """`count` numbers, joined by commas, in canonical spelling (the same object if they are
    already), and the sum of their sizes. Raises the error of `numbers.canonical` for the first
    invalid one."""
    # Every second vector of an embedding model has a number so small that clients write it with an
    # exponent.
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
    """The sum of the sizes of `count` canonical numbers between -1 and 1, joined by commas, as in
    most vectors; None if one is different, zero, long, or not canonical.

    As in `number_size`, each takes one byte, one for two digits after the point, and one for a
    sign; but pairs of zeros after the point take none. So the size follows from the number of
    characters and a few counts, which are found by a few passes over the text.
    """
    signs = text.count(b",-0.") + text.startswith(b"-0.")
    if signs + text.count(b",0.") + text.startswith(b"0.") != count:
        return None
    # Besides digits there are commas, and the sign and the point at the beginning of each number.
    if len(text.translate(None, _DIGITS)) != 2 * count - 1 + signs:
        return None
    if b"0," in text or b"0.," in text or text.endswith((b"0", b".")):
        return None
    digits = text.translate(_ZEROS)
    if _LONG in digits:
        return None
    # If the number of digits after a point is odd, the last one is alone in its byte.
    fractions = len(text) - len("0.,") * count + 1 - signs
    in_twos = fractions - digits.count(b"00")
    return count + in_twos - _pairs(text, b".", b"") + signs


def plain_size(text: bytes, count: int) -> int | None:
    """The same for numbers of any size, as in vectors that are not normalized, or in counts. Also
    None if whole numbers that end with zeros are among others."""
    unsigned = text.translate(_TABS, b"-") + _TAB
    signs = len(text) + 1 - len(unsigned)
    skeleton = unsigned.translate(None, _DIGITS)
    points = len(skeleton) - count
    if (skeleton.count(_TAB), skeleton.count(b".")) != (count, points) or b".." in skeleton:
        return None
    if signs != text.count(b",-") + text.startswith(b"-") or b"-0," in b"%b," % text:
        return None
    apart = _TAB + unsigned.replace(_TAB, b"\t\t")  # each between tabs
    if b"\t\t\t" in apart or b"\t." in apart or b".\t" in apart:
        return None
    zeros = apart.count(b"\t0\t")
    without_whole = zeros + apart.count(b"\t0.")
    if apart.count(b"\t0") != without_whole or _LONG_PART in unsigned.translate(_ZEROS):
        return None
    if points and apart.count(b"0\t") != zeros:
        return None
    # The digits before and after a point are treated like separate numbers.
    parts = unsigned.replace(b".", _TAB)
    odd = count + points - (len(parts.expandtabs(2)) - len(parts))
    pairs = (len(unsigned) - len(skeleton) + odd) // 2 - without_whole
    pairs -= _pairs(apart, b"\t0.", b"") + (0 if points else _pairs(apart, b"", _TAB))
    return count + pairs + signs


def _pairs(text: bytes, before: bytes, behind: bytes) -> int:
    """The number of pairs of zeros after each `before` or before each `behind`."""
    found, zeros = 0, b"00"
    while more := text.count(before + zeros + behind):
        found += more
        zeros += b"00"
    return found


def _without_last_zeros(text: bytes, count: int) -> bytes:
    """Numbers without zeros and points at their ends, if each has a point: some clients write all
    numbers with the same number of digits."""
    if text.count(b".") != count:
        return text
    apart = text + b","
    if b"0," in apart:
        for zeros in _LAST_ZEROS:
            apart = apart.replace(zeros, b",")
    apart = apart.replace(b".,", b",")
    return text if len(apart) == len(text) + 1 else apart[:-1]


def _without_exponents(text: bytes) -> bytes:
    """Numbers, of which those with an exponent are in canonical spelling. If one of them is
    invalid, all are left unchanged: an earlier number may be invalid too."""
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
