"""Lists of numbers, as vectors are, kept as one text between the wire and the disk.

The problem: on the wire a vector is hundreds of objects, {"N":"0.1"},{"N":"-0.2"},... Each becomes
a dict and a string, so that 7 KB become 100 KB all over the memory, and to make them, look at them
a few times and free them costs several times as much as all else of a write.

The idea: what stands between two numbers of such a list is always the same text. Where a single
character takes its place before the JSON is parsed (`joined`), the list has one element with one
long text. All its numbers are checked, measured and made floats of at once, and on the way to the
disk what stood between them is put back.

No client may write such a text itself. So the character is one that the JSON has nowhere, neither
as it is nor escaped. And what was replaced must have stood in lists of nothing but numbers, where
`JoinedNumbers` are understood: their texts account for every replacement, or else the JSON is
parsed as it came.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from jedlik.base.limits import MAX_NUMBER_DIGITS, MAX_VECTOR_DIMENSIONS
from jedlik.values.attribute import AttributeValue, Item
from jedlik.values.number_lists import FEWEST_NUMBERS, canonical_texts

_BETWEEN: Final = (b'"},{"N":"', b'"}, {"N": "')
"""As JSON is written without spaces, and as Python's `json` does by itself."""
_MARK: Final = "\x7f"
_MARK_BYTE: Final = _MARK.encode()
_ESCAPED: Final = b"\\u007"
"""Begins the escaped form of the mark."""
_PLAIN: Final = b"0123456789.,-"
LEAST_BYTES: Final = 10 * FEWEST_NUMBERS
"""Shorter JSON has no such list."""


class JoinedNumbers:
    """What stands in place of the list of a list attribute whose elements are all numbers."""

    __slots__ = ("_size", "count", "packed", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        """The numbers, joined by commas."""
        self.count = text.count(",") + 1
        self.packed: bytes | None = None
        """The numbers as 32-bit floats, once somebody has made them (see `vectors.floats`)."""
        self._size: int | None = None

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[AttributeValue]:
        return ({"N": text} for text in self.text.split(","))

    def canonical_size(self) -> int:
        """Bytes of the numbers, which are in canonical spelling afterwards. Raises what
        `numbers.canonical` says of the first one that is wrong."""
        if self._size is None:
            texts = self.text.split(",")
            spelled, self._size = canonical_texts(texts, self.text)
            if spelled is not texts:
                self.text = ",".join(spelled)
        return self._size

    def are_plain(self) -> bool:
        """Whether all are so short and simply written that those which are numbers of JSON are
        numbers here too. Now and then False where they are."""
        others = self.text.encode().translate(None, _PLAIN)
        return not others and max(map(len, self.text.split(","))) <= MAX_NUMBER_DIGITS

    def json(self) -> bytes:
        """The list as it is stored and answered."""
        return b'[{"N":"%b"}]' % self.text.encode().replace(b",", _BETWEEN[0])


def json_of(value: object) -> orjson.Fragment:
    """What orjson calls for a value that it does not know (its `default`)."""
    if type(value) is JoinedNumbers:
        return orjson.Fragment(value.json())
    raise TypeError(type(value).__name__)


def joined(content: bytes) -> tuple[bytes, int] | None:
    """JSON in which the numbers of lists are joined, and how many replacements that took; None
    where there is nothing to gain, or no way to tell them from what a client has written."""
    for between in _BETWEEN:
        count = content.count(between)
        if count >= FEWEST_NUMBERS:
            if _MARK_BYTE in content or _ESCAPED in content:
                return None
            return content.replace(between, _MARK_BYTE), count
    return None


def joined_numbers(elements: Any) -> JoinedNumbers | None:
    """What a list was joined to, given what it is in parsed JSON; None for any other list."""
    if type(elements) is not list or len(elements) != 1:
        return None
    (element,) = elements
    if type(element) is not dict or len(element) != 1:
        return None
    text = element.get("N")
    if type(text) is not str or _MARK not in text or "," in text:
        return None
    numbers = JoinedNumbers(text.replace(_MARK, ","))
    return numbers if numbers.count <= MAX_VECTOR_DIMENSIONS else None


def take_up(item: Item) -> int:
    """Put `JoinedNumbers` in place of joined lists in the attributes of an item; returns how many
    replacements their texts account for."""
    replaced = 0
    for value in item.values():
        if type(value) is dict and len(value) == 1 and "L" in value:
            numbers = joined_numbers(value["L"])
            if numbers is not None:
                value["L"] = numbers
                replaced += numbers.count - 1
    return replaced


def joined_item(content: bytes) -> Item:
    """An item from its canonical JSON, with `JoinedNumbers` where that is possible."""
    if len(content) >= LEAST_BYTES:
        found = joined(content)
        if found is not None:
            short, count = found
            item: Item = orjson.loads(short)
            if take_up(item) == count:
                return item
    plain: Item = orjson.loads(content)
    return plain


def has_joined(item: Item) -> bool:
    """Whether an attribute of an item is a list that was joined."""
    return any(type(value.get("L")) is JoinedNumbers for value in item.values())
