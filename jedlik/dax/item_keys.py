"""The keys of the item cache: the bytes of a GetItem up to its options.

So a cached item is found without decoding its request.
"""

from __future__ import annotations

from typing import Final

from jedlik.dax.wire import cbor, methods

GET_ITEM_HEAD: Final = methods.GET_ITEM.head
_PLAIN_OPTIONS: Final = frozenset(
    (
        b"\xbf\xff",  # none
        b"\xbf\x02\xf4\xff",  # not strongly consistent
        b"\xbf\x03\x00\xff", b"\xbf\x03\x01\xff", b"\xbf\x03\x02\xff",  # capacity, or none
    )
)  # fmt: skip
"""Options with which the cached answer can be sent unchanged; it consumes nothing."""
_PLAIN_SIZES: Final = sorted({len(each) for each in _PLAIN_OPTIONS})
_NO_OPTIONS: Final = cbor.NULL[0]


def item_key(table: str, wire_key: bytes) -> bytes:
    """The cache key of an item, from its table and its key in wire form."""
    return GET_ITEM_HEAD + cbor.byte_string(table.encode()) + cbor.byte_string(wire_key)


def key_in(request: bytes) -> bytes:
    """The cache key of the item of a GetItem; bytes under which nothing is cached if it asks for
    more than a cached item, is not complete, or is more than one request.

    Only its last bytes are examined. If the bytes that were cut off are not its options, the rest
    is not a key, since no key is a prefix of another.
    """
    if request[-1] == _NO_OPTIONS:
        return request[:-1]
    for size in _PLAIN_SIZES:
        if request[-size:] in _PLAIN_OPTIONS:
            return request[:-size]
    return b""
