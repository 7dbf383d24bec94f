"""Lists of numbers (vectors), kept as one text between the wire and the disk.

The problem: on the wire, a vector is hundreds of objects, {"N":"0.1"},{"N":"-0.2"},... Each becomes
a dict and a string, so that 7 KB become 100 KB scattered in memory. Making, visiting and freeing
them takes several times as long as the rest of a write.

The idea: the text between two numbers of such a list is always the same. So the list is cut out of
the JSON before that is parsed (`joined`), and the text between its numbers is reduced to commas:
0.1,-0.2,... All numbers are checked, measured and converted to floats together, and on the way to
the disk the text between them is restored.

A list is cut out only if it can be restored byte by byte, and only if its numbers consist of the
characters of numbers. In its place, the JSON has a list with one element, a mark with the number of
the text. Clients must not be able to write such a mark: so it begins with a character that the rest
of the JSON does not have, neither directly nor escaped. And `JoinedNumbers` are understood only as
values of attributes: unless all lists are found there, the JSON is parsed unchanged.

The first characters of a list cannot be inside a string, where their quotation marks would be
escaped. And if they end a string of invalid JSON, it remains invalid with the mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import orjson

from jedlik.base.limits import MAX_VECTOR_DIMENSIONS
from jedlik.values.attribute import AttributeValue, Item
from jedlik.values.number_lists import MIN_NUMBERS, canonical_numbers


class _Style(NamedTuple):
    """A style of JSON: the text before the first number of a list, the text between two numbers,
    and the characters of that text."""

    before: bytes
    between: bytes
    characters: bytes


_COMPACT: Final = _Style(b'[{"N":"', b'"},{"N":"', b'{}N":')
_STYLES: Final = (_COMPACT, _Style(b'[{"N": "', b'"}, {"N": "', b'{}N": '))
"""Without spaces, and as Python's `json` writes it by default."""
_BEHIND: Final = b'"}]'
_LAST: Final = _BEHIND[-1:]
_MARK: Final = "\x7f"
_MARK_BYTE: Final = _MARK.encode()
_ESCAPED: Final = b"\\u007"
"""Begins the escaped form of the mark."""
_CHARACTERS: Final = b"0123456789.,-+eE"
"""The characters of numbers joined by commas."""
MIN_BYTES: Final = 10 * MIN_NUMBERS
"""Shorter JSON has no such list."""

_ALL_DIGITS: Final = bytes(each if each == ord(",") else ord("0") for each in range(256))
_LONG: Final = b"0" * 31
"""Longer than any number that is certainly within range, given an exponent of two digits."""
_EXPONENTS: Final = bytes.maketrans(b"123456789E", b"000000000e")
_SIGNS: Final = b"+-"
_LONG_EXPONENT: Final = b"e000"


class JoinedNumbers:
    """A list of numbers as one text, in place of the list of a list attribute."""

    __slots__ = ("_size", "_written", "count", "packed", "text")

    def __init__(self, text: bytes, count: int, written: bytes | None = None) -> None:
        """`written` is the same as in canonical JSON, with the text between numbers, if that is
        known."""
        self.text = text
        """The numbers, joined by commas."""
        self.count = count
        self.packed: bytes | None = None
        """The numbers as 32-bit floats, once these have been made (see `floats`)."""
        self._size: int | None = None
        self._written = written

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[AttributeValue]:
        return ({"N": text} for text in self.text.decode().split(","))

    def canonical_size(self) -> int:
        """Bytes of the numbers, which are in canonical spelling afterwards. Raises the error of
        `numbers.canonical` for the first invalid one."""
        if self._size is None:
            spelled, self._size = canonical_numbers(self.text, self.count)
            if spelled is not self.text:
                self.text = spelled
                self._written = None
        return self._size

    def are_plain(self) -> bool:
        """Whether all are so short that every number valid in JSON is valid here too. It may be
        False although they are."""
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
    """The `default` of orjson, which it calls for values of unknown types."""
    if type(value) is JoinedNumbers:
        return orjson.Fragment(value.json())
    raise TypeError(type(value).__name__)


def joined(content: bytes) -> tuple[bytes, list[JoinedNumbers]] | None:
    """JSON with marks in place of lists of numbers, and those lists. None if there are no such
    lists, or if marks could not be distinguished from the client's text."""
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
        # Searching for one character is far faster than for three, and no number contains this one.
        last = content.find(_LAST, at)
        if last < 0:
            break
        end = last + 1 - len(_BEHIND)
        if end - at > least and content.startswith(_BEHIND, end):
            written = content[at:end]
            text = written.translate(None, characters)
            # If there are other characters between the numbers, or some were deleted, the text
            # cannot be restored.
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
    """The one of `lists` whose mark is in a list of parsed JSON; None for any other list."""
    if type(elements) is not list or len(elements) != 1:
        return None
    (element,) = elements
    if type(element) is not dict or len(element) != 1:
        return None
    text = element.get("N")
    if type(text) is not str or not text.startswith(_MARK):
        return None
    return lists[int(text[len(_MARK) :])]


def replace_marks(item: Item, lists: Sequence[JoinedNumbers]) -> int:
    """Replace the marks in an item's attributes by their `lists`; returns how many were
    replaced."""
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
            if replace_marks(item, lists) == len(lists):
                return item
    plain: Item = orjson.loads(content)
    return plain


def has_joined(item: Item) -> bool:
    """Whether an attribute of an item is a list that was joined."""
    return any(type(value.get("L")) is JoinedNumbers for value in item.values())
