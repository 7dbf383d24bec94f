"""Bytes for key attributes: their order is the values' order.

Bytes of a value at the end of a key:

    S   its UTF-8 bytes
    B   its raw bytes
    N   offset 0  1 byte   sign: 00 negative, 01 zero (and nothing follows), 02 positive
               1  1 byte   decimal exponent + 129, where the value is 0.DIGITS times ten to the
                           exponent (-129 to 126, so 0 to 255)
               2  n bytes  two digits a byte, as binary-coded decimal plus one (01 to 9A)
             2+n  1 byte   00, so that 0.12 comes before 0.123
        for a negative number, all bytes after the sign are complemented

Numbers show their own end. Strings and binaries do not; if something follows them (in index
entries, and in index keys of several attributes), a *closed* form is used:

    00 in the value becomes 00 FF, and 00 01 ends it

No escaped value is a prefix of another, and 00 01 sorts before everything that can follow in a
longer value.

Partition keys are hashed, which spreads item collections evenly over a range that a parallel Scan
can divide anywhere. With 128 bits of BLAKE2b, no two partition keys ever collide in practice.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable, Sequence
from hashlib import blake2b

from jedlik.values.attribute import AttributeValue
from jedlik.values.numbers import parts

HASH_SIZE = 16

_NEGATIVE, _ZERO, _POSITIVE = b"\x00", b"\x01", b"\x02"
_EXPONENT_BIAS = 129
_PLUS_ONE = bytes((byte + 1) % 256 for byte in range(256))
_COMPLEMENT = bytes(255 - byte for byte in range(256))

_END = b"\x00\x01"
_ESCAPED_ZERO = b"\x00\xff"


def number_bytes(text: str) -> bytes:
    """Ordered bytes of a canonical number."""
    if text == "0":
        return _ZERO
    negative, digits, exponent = parts(text)
    if len(digits) % 2:
        digits += "0"
    magnitude = b"%c%b\x00" % (
        exponent + _EXPONENT_BIAS,
        bytes.fromhex(digits).translate(_PLUS_ONE),
    )
    if negative:
        return _NEGATIVE + magnitude.translate(_COMPLEMENT)
    return _POSITIVE + magnitude


_RAW: dict[str, Callable[[str], bytes]] = {
    "S": str.encode,
    "N": number_bytes,
    "B": a2b_base64,
}


def raw_bytes(kind: str, content: str) -> bytes:
    """Ordered bytes of a canonical S, N or B value at the end of its key."""
    return _RAW[kind](content)


def open_bytes(kind: str, content: str) -> bytes:
    """The closed form without its end: the common prefix of all values that begin with this one."""
    raw = _RAW[kind](content)
    return raw if kind == "N" or b"\x00" not in raw else raw.replace(b"\x00", _ESCAPED_ZERO)


def closed_bytes(kind: str, content: str) -> bytes:
    """Ordered bytes of a canonical S, N or B value that something follows."""
    return open_bytes(kind, content) if kind == "N" else open_bytes(kind, content) + _END


def successor(prefix: bytes) -> bytes | None:
    """The least bytes that are greater than all with this prefix; None if there are no such
    bytes."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes((stem[-1] + 1,)) if stem else None


def partition_hash(values: Sequence[AttributeValue]) -> bytes:
    """16 bytes for the values of all partition key attributes, in the order of the key schema."""
    if len(values) == 1:
        ((kind, content),) = values[0].items()
        return blake2b(_RAW[kind](content), digest_size=HASH_SIZE).digest()
    closed = b"".join(closed_bytes(*next(iter(value.items()))) for value in values)
    return blake2b(closed, digest_size=HASH_SIZE).digest()
