"""The size of items in the service's accounting.

Developer guide, "DynamoDB item sizes and formats": names and strings count as their UTF-8 bytes, a
binary as its raw bytes, null and Boolean as one byte, a list or map as three bytes and one per
element in addition to its contents, numbers as in `number_sizes`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jedlik.values.attribute import SET_TYPES, AttributeValue, Item
from jedlik.values.joined_numbers import JoinedNumbers
from jedlik.values.number_sizes import number_size

COLLECTION_OVERHEAD = 3
ELEMENT_OVERHEAD = 1


def string_size(text: str) -> int:
    """Bytes of a string or an attribute name."""
    return len(text) if text.isascii() else len(text.encode())


def binary_size(text: str) -> int:
    """Bytes of a binary, given as canonical base64."""
    return len(text) // 4 * 3 - text.endswith("=") - text.endswith("==")


def _list_size(values: list[AttributeValue] | JoinedNumbers) -> int:
    if type(values) is JoinedNumbers:
        return COLLECTION_OVERHEAD + values.canonical_size() + ELEMENT_OVERHEAD * values.count
    return COLLECTION_OVERHEAD + sum(value_size(value) + ELEMENT_OVERHEAD for value in values)


def _map_size(values: Item) -> int:
    return COLLECTION_OVERHEAD + item_size(values) + ELEMENT_OVERHEAD * len(values)


_OF_PARTS = frozenset(("L", "M", *SET_TYPES))
"""Types whose values consist of others."""

_SIZES: dict[str, Callable[[Any], int]] = {
    "S": string_size,
    "N": number_size,
    "B": binary_size,
    "SS": lambda texts: sum(map(string_size, texts)),
    "NS": lambda texts: sum(map(number_size, texts)),
    "BS": lambda texts: sum(map(binary_size, texts)),
    "M": _map_size,
    "L": _list_size,
    "NULL": lambda _: 1,
    "BOOL": lambda _: 1,
}


def value_size(value: AttributeValue) -> int:
    """Bytes of a canonical attribute value."""
    ((kind, content),) = value.items()
    return _SIZES[kind](content)


def size_up_to(value: AttributeValue, most: int) -> int:
    """Bytes of a canonical attribute value; if they exceed `most`, those of a part that does. A
    value that an update makes may have the same long list in it hundreds of times."""
    ((kind, content),) = value.items()
    if kind == "M":
        parts, size = content.values(), COLLECTION_OVERHEAD + sum(map(string_size, content))
    elif type(content) is list and kind == "L":
        parts, size = content, COLLECTION_OVERHEAD
    else:
        return _SIZES[kind](content)
    for part in parts:
        size += ELEMENT_OVERHEAD + size_up_to(part, most - size)
        if size > most:
            break
    return size


def part_count(value: AttributeValue, most: int) -> int:
    """How many values a value consists of, itself included. If there are more than `most`, not all
    are counted."""
    ((kind, content),) = value.items()
    if kind not in ("L", "M"):
        return len(content) if kind in SET_TYPES else 1
    count = 1 + len(content)
    if type(content) is JoinedNumbers:
        return count
    for part in content if kind == "L" else content.values():
        if count > most:
            break
        (inner,) = part
        if inner in _OF_PARTS:
            count += part_count(part, most - count) - 1
    return count


def item_size(item: Item) -> int:
    """Bytes of a canonical item: its names and values."""
    return sum(string_size(name) + value_size(value) for name, value in item.items())
