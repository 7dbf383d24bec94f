"""Lengths, orders and texts as in Java, in which the service is written.

The texts of constraint failures show Java through: lengths are counted in UTF-16 units, values are
printed by `toString`, and failures come in the order in which a `HashMap` of the members' names
iterates. That last one is worth following because a user compares texts: for Query the service
lists select, indexName, returnConsumedCapacity, queryFilter, tableName, ... and no other rule gives
that order. A `HashMap` puts a name into the bucket given by the low bits of its mixed hash; it has
16 buckets, and twice as many whenever it is more than three quarters full.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_MASK: Final = 0xFFFFFFFF

MAX_HASHED: Final = 10_000
"""Characters of all names together."""


def utf16_length(text: str) -> int:
    """`String.length()`: characters outside the basic plane count twice."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def string_hash(text: str) -> int:
    """`String.hashCode()`, as an unsigned number."""
    value = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        value = (31 * value + (high << 8 | low)) & _MASK
    return value


def hash_order(names: Iterable[str], buckets: int = 16) -> list[str]:
    """The names in the order in which a `HashMap` with these keys iterates. `buckets`, a power of
    two, is the initial number. Very many names keep their order, since the order of failures is not
    worth the time."""
    listed = list(names)
    if sum(map(len, listed)) > MAX_HASHED:
        return listed
    while len(listed) * 4 > buckets * 3:
        buckets *= 2

    def bucket(name: str) -> int:
        value = string_hash(name)
        return (value ^ value >> 16) & (buckets - 1)

    return sorted(listed, key=bucket)


def sized_hash_order(names: Iterable[str]) -> list[str]:
    """The order of a `HashSet` that was made for exactly this number of names (rounded up to
    buckets)."""
    listed = list(names)
    room = len(listed) + 1 if len(listed) < 3 else len(listed) * 4 // 3 + 1
    return hash_order(listed, 1 << (room - 1).bit_length())


def lower_first(name: str) -> str:
    """`TableName` as failures spell it, `tableName`; `SSEType` becomes `sSEType` there."""
    return name[:1].lower() + name[1:]


def show_attribute_value(value: object) -> str:
    """An attribute value as the service prints it: class and hash, without its content. Equal
    scalars have equal hashes, but not the same ones as in the service."""
    kind, content = next(iter(value.items()), ("", "")) if isinstance(value, dict) else ("", "")
    text = f"{kind}{content if isinstance(content, str | int) else ''}"
    return f"com.amazonaws.dynamodb.v20120810.AttributeValue@{string_hash(text):x}"
