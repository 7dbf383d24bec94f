"""CBOR as DAX's protocol uses it: items written, and read with bounds (RFC 8949).

    head    major type (3 bits), argument (5 bits, continued in 0, 1, 2, 4 or 8 bytes)
    0 1     integers             2 3   byte and text strings, whose bytes follow the head
    4 5     arrays and maps      6     a tag, before the item that it marks
    7       20 false, 21 true, 22 null, 27 a double; 31 ends an item of indefinite length

The input comes from a network, so nothing is trusted before the bytes have arrived: a length is
compared with the bytes that follow, and nesting is counted. The numbers of requests are integers,
decimal fractions and, from clients in JavaScript, doubles that stand for such fractions.
"""

from __future__ import annotations

import math
import struct
from typing import Any, Final, NamedTuple

NULL: Final = b"\xf6"
FALSE: Final = b"\xf4"
TRUE: Final = b"\xf5"
EMPTY_ARRAY: Final = b"\x80"
MAP_START: Final = b"\xbf"
BREAK: Final = b"\xff"

UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)
INDEFINITE: Final = -1
"""The length of a string, array or map that ends with a break."""

POSITIVE_BIGNUM: Final = 2
NEGATIVE_BIGNUM: Final = 3
DECIMAL_FRACTION: Final = 4

MAX_BIGNUM_SIZE: Final = 64
"""Bytes of an integer's magnitude: 126 digits take 53 (see limits.MAX_NUMBER_EXPONENT)."""
MAX_ITEMS: Final = 250_000
"""CBOR items in a request, and in each of its byte strings that contains items: a DynamoDB item of
the largest size has fewer, and each is a step."""
TOO_MANY: Final = "a request has too many items"
MAX_DEPTH: Final = 400
"""Levels of nesting that are read: an expression of 300 operators has the most."""

_BREAK: Final = 31
_DOUBLE: Final = 0xFB


class MalformedCbor(Exception):
    """The input is not CBOR, or not of the protocol's forms; the text says why."""


class Tagged(NamedTuple):
    """An item that a tag marks, other than a number."""

    tag: int
    content: Any


class Fraction(NamedTuple):
    """A decimal fraction: mantissa times ten to the exponent."""

    exponent: int
    mantissa: int


# --- Writing ------------------------------------------------------------------------------------


def head(major: int, argument: int) -> bytes:
    """The head of an item, in the fewest bytes."""
    first = major << 5
    if argument < 24:
        return bytes((first | argument,))
    for info, size in ((24, 1), (25, 2), (26, 4)):
        if argument < 1 << 8 * size:
            return bytes((first | info,)) + argument.to_bytes(size, "big")
    return bytes((first | 27,)) + argument.to_bytes(8, "big")


def integer(value: int) -> bytes:
    """An integer of any size."""
    major, argument = (UNSIGNED, value) if value >= 0 else (NEGATIVE, -1 - value)
    if argument < 1 << 64:
        return head(major, argument)
    tag = POSITIVE_BIGNUM if value >= 0 else NEGATIVE_BIGNUM
    return head(TAG, tag) + byte_string(argument.to_bytes((argument.bit_length() + 7) // 8, "big"))


def double(value: float) -> bytes:
    """A floating-point number of 64 bits, for the capacity units and sizes of answers."""
    return bytes((_DOUBLE,)) + struct.pack(">d", value)


def byte_string(value: bytes) -> bytes:
    """A byte string."""
    return head(BYTES, len(value)) + value


def text(value: str) -> bytes:
    """A text string."""
    encoded = value.encode()
    return head(TEXT, len(encoded)) + encoded


def boolean(value: bool) -> bytes:
    """True or false."""
    return TRUE if value else FALSE


def array(items: list[bytes]) -> bytes:
    """An array of items that are already encoded."""
    return head(ARRAY, len(items)) + b"".join(items)


def mapping(pairs: list[tuple[bytes, bytes]]) -> bytes:
    """A map of keys and values that are already encoded."""
    return head(MAP, len(pairs)) + b"".join(key + value for key, value in pairs)


def open_mapping(pairs: list[tuple[bytes, bytes]]) -> bytes:
    """The same of indefinite length: a break ends it."""
    return MAP_START + b"".join(key + value for key, value in pairs) + BREAK


# --- Reading ------------------------------------------------------------------------------------


class Reader:
    """Reads one item after the other. Every method raises `MalformedCbor`."""

    __slots__ = ("data", "end", "left", "position")

    def __init__(self, data: bytes, position: int = 0) -> None:
        self.data = data
        self.position = position
        self.end = len(data)
        self.left = MAX_ITEMS

    @property
    def at_end(self) -> bool:
        """Whether everything was read."""
        return self.position >= self.end

    def major(self) -> int:
        """The major type of the item that comes next."""
        if self.position >= self.end:
            raise MalformedCbor("the data end in the middle of an item")
        return self.data[self.position] >> 5

    def head(self) -> tuple[int, int]:
        """Major type and argument; the argument is INDEFINITE if the item has no length."""
        position = self.position
        if position >= self.end:
            raise MalformedCbor("the data end in the middle of an item")
        if self.left <= 0:
            raise MalformedCbor(TOO_MANY)
        self.left -= 1
        first = self.data[position]
        major, argument = first >> 5, first & 31
        self.position = position + 1
        if argument < 24:
            return major, argument
        if argument == 31:
            if major in (BYTES, TEXT, ARRAY, MAP, SIMPLE):
                return (major, INDEFINITE) if major != SIMPLE else (SIMPLE, _BREAK)
            raise MalformedCbor("an item that has to have a length has none")
        if argument > 27:
            raise MalformedCbor("the head of an item is not valid")
        return major, int.from_bytes(self.raw(1 << argument - 24), "big")

    def raw(self, size: int) -> bytes:
        """The next bytes as they are."""
        start = self.position
        if size > self.end - start:
            raise MalformedCbor("an item is longer than the data")
        self.position = start + size
        return self.data[start : start + size]

    def rest(self) -> bytes:
        """All bytes that have not been read yet."""
        return self.raw(self.end - self.position)

    def is_break(self) -> bool:
        """Whether a break comes next, which is then read."""
        if self.position < self.end and self.data[self.position] == 0xFF:
            self.position += 1
            return True
        return False

    def is_null(self) -> bool:
        """Whether null comes next, which is then read."""
        if self.position < self.end and self.data[self.position] == NULL[0]:
            self.position += 1
            return True
        return False

    def string(self, major: int, length: int) -> bytes:
        """The bytes of a string whose head was read."""
        if length != INDEFINITE:
            return self.raw(length)
        chunks = []
        while not self.is_break():
            found, size = self.head()
            if found != major or size == INDEFINITE:
                raise MalformedCbor("a part of a string is of another type")
            chunks.append(self.raw(size))
        return b"".join(chunks)

    def bytes(self) -> bytes:
        """A byte string."""
        return self.string(BYTES, self._expect(BYTES, "a byte string"))

    def text(self) -> str:
        """A text string."""
        return decoded(self.string(TEXT, self._expect(TEXT, "a text string")))

    def text_or_bytes(self) -> str:
        """Text, as a text string or as its bytes: clients write names either way."""
        major, length = self.head()
        if major not in (BYTES, TEXT):
            raise MalformedCbor("a string is missing")
        return decoded(self.string(major, length))

    def integer(self) -> int:
        """An integer of up to 64 bits."""
        major, argument = self.head()
        if major not in (UNSIGNED, NEGATIVE):
            raise MalformedCbor("an integer is missing")
        return argument if major == UNSIGNED else -1 - argument

    def array_length(self) -> int:
        """The number of items of an array, or INDEFINITE."""
        return self._expect(ARRAY, "an array")

    def map_length(self) -> int:
        """The number of pairs of a map, or INDEFINITE."""
        return self._expect(MAP, "a map")

    def more(self, left: int) -> bool:
        """Whether an array or map continues, with `left` elements (or INDEFINITE) remaining."""
        return left > 0 or (left == INDEFINITE and not self.is_break())

    def _expect(self, wanted: int, name: str) -> int:
        major, argument = self.head()
        if major != wanted:
            raise MalformedCbor(f"{name} is missing")
        return argument

    def value(self, depth: int = 0) -> Any:
        """The next item as a Python value: None, bool, int, bytes, str, list, dict, `Fraction` or
        `Tagged`. If a key comes twice in a map, the last one counts."""
        if depth > MAX_DEPTH:
            raise MalformedCbor("items are nested too deeply")
        start = self.position
        major, argument = self.head()
        if major == UNSIGNED:
            return argument
        if major == NEGATIVE:
            return -1 - argument
        if major == TEXT:
            return decoded(self.string(TEXT, argument))
        if major == BYTES:
            return self.string(BYTES, argument)
        if major == ARRAY:
            return self._array(argument, depth + 1)
        if major == MAP:
            return self._map(argument, depth + 1)
        if major == TAG:
            return self.tagged(argument, depth + 1)
        return simple(self.data[start], argument)

    def tagged(self, tag: int, depth: int) -> Any:
        """The item of a tag whose head was read: a number, or a `Tagged`."""
        if tag in (POSITIVE_BIGNUM, NEGATIVE_BIGNUM):
            magnitude = self.bytes()
            if len(magnitude) > MAX_BIGNUM_SIZE:
                raise MalformedCbor("a number is too long")
            value = int.from_bytes(magnitude, "big")
            return value if tag == POSITIVE_BIGNUM else -1 - value
        content = self.value(depth)
        if tag != DECIMAL_FRACTION:
            return Tagged(tag, content)
        if not (isinstance(content, list) and len(content) == 2):
            raise MalformedCbor("a decimal fraction has two parts")
        exponent, mantissa = content
        if type(exponent) is not int or type(mantissa) is not int:
            raise MalformedCbor("the parts of a decimal fraction are integers")
        self.left += 3  # an item has as many fractions as it has integers
        return Fraction(exponent, mantissa)

    def _array(self, left: int, depth: int) -> list[Any]:
        items: list[Any] = []
        while self.more(left):
            items.append(self.value(depth))
            left -= left > 0
        return items

    def _map(self, left: int, depth: int) -> dict[Any, Any]:
        members: dict[Any, Any] = {}
        while self.more(left):
            key = self.value(depth)
            if type(key) not in (int, str, bytes):
                raise MalformedCbor("the key of a map is neither a number nor a string")
            members[key] = self.value(depth)
            left -= left > 0
        return members


def simple(first: int, argument: int) -> bool | Fraction | None:
    """The item of major type 7 whose head began with the byte `first`: false, true, null, or a
    number."""
    if first == NULL[0]:
        return None
    if first in (FALSE[0], TRUE[0]):
        return first == TRUE[0]
    if first == _DOUBLE:
        return fraction_of_double(argument)
    raise MalformedCbor("an item is of a kind that the protocol does not have")


def fraction_of_double(bits: int) -> Fraction:
    """The decimal fraction that a client in JavaScript meant by these 64 bits: the one with the
    fewest digits, because the client sends a double only where that is the text of its number."""
    (value,) = struct.unpack(">d", bits.to_bytes(8, "big"))
    if not math.isfinite(value):
        raise MalformedCbor("a number is not finite")
    digits, _, exponent = repr(value).partition("e")
    whole, _, decimals = digits.partition(".")
    return Fraction(int(exponent or 0) - len(decimals), int(whole + decimals))


def decoded(encoded: bytes) -> str:
    """UTF-8 to text."""
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        raise MalformedCbor("a text is not UTF-8") from None
