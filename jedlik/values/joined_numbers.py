"""Lists of numbers, as vectors are, kept as one text between the wire and the disk.

The problem: on the wire a vector is hundreds of objects, {"N":"0.1"},{"N":"-0.2"},... Each becomes
a dict and a string, so that 7 KB become 100 KB all over the memory, and to make them, look at them
a few times and free them costs several times as much as all else of a write.

The idea: what stands between two numbers of such a list is always the same text. So the list is cut
out of the JSON before that is parsed (`joined`), and what stands between its numbers is deleted:
0.1,-0.2,... All numbers are checked, measured and made floats of at once, and on the way to the
disk what stood between them is put back.

What is cut out is only what putting back restores byte by byte, and nothing but what numbers are
written with. In its place the JSON keeps a list with one element, a mark with the place of the
text. No client may write such a mark itself. So it begins with a character that the rest of the
JSON has nowhere, neither as it is nor escaped. And lists must have been cut out only where
`JoinedNumbers` are understood: all of them are found again, or else the JSON is parsed as it came.

That a list begins where its first characters stand is certain: inside of a string their quotation
marks would be escaped. And if they end a string of broken JSON, the mark leaves it just as broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import orjson

from jedlik.base.limits import MAX_VECTOR_DIMENSIONS
from jedlik.values.attribute import AttributeValue, Item
from jedlik.values.number_lists import MIN_NUMBERS, canonical_numbers


class _Style(NamedTuple):
    """How JSON is written: what stands before the first number of a list, between two, and which
    characters that consists of."""

    before: bytes
    between: bytes
    characters: bytes


_COMPACT: Final = _Style(b'[{"N":"', b'"},{"N":"', b'{}N":')
_STYLES: Final = (_COMPACT, _Style(b'[{"N": "', b'"}, {"N": "', b'{}N": '))
"""Without spaces, and as Python's `json` writes by itself."""
_BEHIND: Final = b'"}]'
_LAST: Final = _BEHIND[-1:]
_MARK: Final = "\x7f"
_MARK_BYTE: Final = _MARK.encode()
_ESCAPED: Final = b"\\u007"
"""Begins the escaped form of the mark."""
_CHARACTERS: Final = b"0123456789.,-+eE"
"""What numbers, joined by commas, are written with."""
MIN_BYTES: Final = 10 * MIN_NUMBERS
"""Shorter JSON has no such list."""

_ALL_DIGITS: Final = bytes(each if each == ord(",") else ord("0") for each in range(256))
_LONG: Final = b"0" * 31
"""Longer than a number whose digits and exponent of two digits are surely within range."""
_EXPONENTS: Final = bytes.maketrans(b"123456789E", b"000000000e")
_SIGNS: Final = b"+-"
_LONG_EXPONENT: Final = b"e000"


class JoinedNumbers:
    """What stands in place of the list of a list attribute whose elements are all numbers."""

    __slots__ = ("_size", "_written", "count", "packed", "text")

    def __init__(self, text: bytes, count: int, written: bytes | None = None) -> None:
        """`written` is the same with what stands between two numbers in canonical JSON, if that is
        known."""
        self.text = text
        """The numbers, joined by commas."""
        self.count = count
        self.packed: bytes | None = None
        """The numbers as 32-bit floats, once somebody has made them (see `vectors.floats`)."""
        self._size: int | None = None
        self._written = written

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[AttributeValue]:
        return ({"N": text} for text in self.text.decode().split(","))

    def canonical_size(self) -> int:
        """Bytes of the numbers, which are in canonical spelling afterwards. Raises what
        `numbers.canonical` says of the first one that is wrong."""
        if self._size is None:
            spelled, self._size = canonical_numbers(self.text, self.count)
            if spelled is not self.text:
                self.text = spelled
                self._written = None
        return self._size

    def are_plain(self) -> bool:
        """Whether all are so short that those which are numbers of JSON are numbers here too. Now
        and then False where they are."""
        text = self.text
        if _LONG in text.translate(_ALL_DIGITS):
            return False
        if b"e" not in text and b"E" not in text:
            return True
        return _LONG_EXPONENT not in text.translate(_EXPONENTS, _SIGNS)

    def json(self) -> bytes:
        """The list as it is stored and answered."""
        written = self._written or self.text.replace(b",", _COMPACT.between)
        return b"%b%b%b" % (_COMPACT.before, written, _BEHIND)


def json_of(value: object) -> orjson.Fragment:
    """What orjson calls for a value that it does not know (its `default`)."""
    if type(value) is JoinedNumbers:
        return orjson.Fragment(value.json())
    raise TypeError(type(value).__name__)


def joined(content: bytes) -> tuple[bytes, list[JoinedNumbers]] | None:
    """JSON with marks in place of lists of numbers, and those lists; None where there are none, or
    no way to tell the marks from what a client has written."""
    for style in _STYLES:
        begin = content.find(style.before)
        if begin >= 0:
            short, lists = _cut(content, begin, style)
            if not lists or short.count(_MARK_BYTE) != len(lists) or _ESCAPED in short:
                return None
            return short, lists
    return None


def _cut(content: bytes, at: int, style: _Style) -> tuple[bytes, list[JoinedNumbers]]:
    """The same for one style of JSON, whose first list begins at `at`."""
    before, between, characters = style
    least = (MIN_NUMBERS - 1) * (len(between) + 1)
    pieces: list[bytes] = []
    lists: list[JoinedNumbers] = []
    done = 0
    while at >= 0:
        at += len(before)
        # One character is found by far faster than three, and none of a number is this one.
        last = content.find(_LAST, at)
        if last < 0:
            break
        end = last + 1 - len(_BEHIND)
        if end - at > least and content.startswith(_BEHIND, end):
            written = content[at:end]
            text = written.translate(None, characters)
            # Where something else is deleted or stands between, it does not come back so.
            if written == text.replace(b",", between) and not text.translate(None, _CHARACTERS):
                count = 1 + (len(written) - len(text)) // (len(between) - 1)
                if count <= MAX_VECTOR_DIMENSIONS:
                    numbers = JoinedNumbers(text, count, written if style is _COMPACT else None)
                    pieces.append(b"%b%b%d" % (content[done:at], _MARK_BYTE, len(lists)))
                    lists.append(numbers)
                    done = end
        at = content.find(before, last)
    pieces.append(content[done:])
    return b"".join(pieces), lists


def joined_numbers(elements: Any, lists: Sequence[JoinedNumbers]) -> JoinedNumbers | None:
    """The one of `lists` whose mark stands in a list of parsed JSON; None for any other list."""
    if type(elements) is not list or len(elements) != 1:
        return None
    (element,) = elements
    if type(element) is not dict or len(element) != 1:
        return None
    text = element.get("N")
    if type(text) is not str or not text.startswith(_MARK):
        return None
    return lists[int(text[len(_MARK) :])]


def take_up(item: Item, lists: Sequence[JoinedNumbers]) -> int:
    """Put those of `lists` whose marks stand in the attributes of an item in their places; returns
    how many those are."""
    taken = 0
    for value in item.values():
        if type(value) is dict and len(value) == 1 and "L" in value:
            numbers = joined_numbers(value["L"], lists)
            if numbers is not None:
                value["L"] = numbers
                taken += 1
    return taken


def joined_item(content: bytes) -> Item:
    """An item from its canonical JSON, with `JoinedNumbers` where that is possible."""
    if len(content) >= MIN_BYTES:
        found = joined(content)
        if found is not None:
            short, lists = found
            item: Item = orjson.loads(short)
            if take_up(item, lists) == len(lists):
                return item
    plain: Item = orjson.loads(content)
    return plain


def has_joined(item: Item) -> bool:
    """Whether an attribute of an item is a list that was joined."""
    return any(type(value.get("L")) is JoinedNumbers for value in item.values())
