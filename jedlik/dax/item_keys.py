"""What an item is cached under: the GetItem that asks for it, up to its options.

So a request for an item that is cached leads to it without being decoded.
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
"""Options with which a cached item is the answer as it is. Nothing is consumed by it."""
_PLAIN_SIZES: Final = sorted({len(each) for each in _PLAIN_OPTIONS})
_NO_OPTIONS: Final = cbor.NULL[0]


def item_key(table: str, wire_key: bytes) -> bytes:
    """The key of an item by its table and its key as the wire has it."""
    return GET_ITEM_HEAD + cbor.byte_string(table.encode()) + cbor.byte_string(wire_key)


def key_in(request: bytes) -> bytes:
    """The key of the item that a GetItem asks for; some bytes that nothing is cached under where it
    asks for more than a cached item, is not whole, or is more than one request.

    Only its last bytes are looked at. If what is taken off is not its options, the rest is no key:
    none of them is how another one begins.
    """
    if request[-1] == _NO_OPTIONS:
        return request[:-1]
    for size in _PLAIN_SIZES:
        if request[-size:] in _PLAIN_OPTIONS:
            return request[:-size]
    return b""
