"""The stored form of an item.

    offset 0  4 bytes  its size in the service's accounting (see `sizes`), big-endian
           4  n bytes  its canonical wire JSON, UTF-8: {"pk":{"S":"x"},...}

So GetItem copies stored bytes into its answer, Query joins them, and capacity is known without
decoding; only filters, projections and updates parse the JSON.

If the item's table has a key ring, the JSON is sealed (see `crypto.value_sealing`), and the byte at
offset 4 is 01. Only `sealing.decrypting_engine` and the modules below it see such bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

import orjson

from jedlik.values.attribute import Item
from jedlik.values.joined_numbers import joined_item, json_of

_HEADER = struct.Struct(">I")
HEADER_SIZE = _HEADER.size
SEALED = 1
"""The byte after the header of a sealed value."""
SEAL_SIZE = 45
"""Bytes by which sealing makes a value longer."""


def encode(item: Item, size: int) -> bytes:
    """Stored bytes of a canonical item whose size is known. It may have `JoinedNumbers`."""
    return size.to_bytes(HEADER_SIZE, "big") + orjson.dumps(item, json_of)


def decode(stored: bytes) -> Item:
    """The item in stored bytes, as a fresh dict."""
    item: Item = orjson.loads(stored[HEADER_SIZE:])
    return item


def decode_joined(stored: bytes) -> Item:
    """The same, with `JoinedNumbers` if that is possible."""
    return joined_item(stored[HEADER_SIZE:])


def wires(stored: Iterable[bytes]) -> list[bytes]:
    """The JSON of many items."""
    return [each[HEADER_SIZE:] for each in stored]


def wire(stored: bytes) -> bytes:
    """The item's JSON, as in answers."""
    return stored[HEADER_SIZE:]


def is_sealed(value: bytes, head_size: int = HEADER_SIZE) -> bool:
    """Whether a stored item or entry (or what has a head of another size) is sealed."""
    return len(value) >= head_size + SEAL_SIZE and value[head_size] == SEALED


def size_of(stored: bytes) -> int:
    """The item's size in bytes, in the service's accounting."""
    return int.from_bytes(stored[:HEADER_SIZE], "big")


def sizes_of(stored: Iterable[bytes]) -> list[int]:
    """The sizes of many items."""
    return [size for (size,) in map(_HEADER.unpack_from, stored)]
