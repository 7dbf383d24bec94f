"""CBOR (RFC 8949), only the RPC protocol's values: no tags except times, text keys.

A time is tag 1 with seconds since the epoch, as any number.
"""

from __future__ import annotations

import math
import struct
from datetime import datetime
from typing import Any, Final

MAX_DEPTH: Final = 32
"""No input is nested deeper than a dozen levels."""

MAX_VALUES: Final = 150_000
"""Values of an input that are read one by one, at microseconds each: the number of 1,000 data with
thirty dimensions. Plain numbers in arrays are not counted."""

_UINT, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_INDEFINITE: Final = 31
_TIME: Final = 1
_LENGTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_SIMPLES: Final = {20: False, 21: True, 22: None, 23: None}
_FLOATS: Final = {25: struct.Struct(">e"), 26: struct.Struct(">f"), 27: struct.Struct(">d")}
_DOUBLE: Final = 0xFB
_BREAK: Final = object()


class Malformed(Exception):
    """These bytes are not a value of the protocol."""


def decode(content: bytes) -> Any:
    """The value encoded by all of `content`; a time becomes its seconds. Raises Malformed."""
    reader = _Reader(content)
    value = reader.value(0)
    if value is _BREAK or reader.at != len(content):
        raise Malformed
    return value


class _Reader:
    __slots__ = ("_content", "_left", "at")

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._left = MAX_VALUES
        self.at = 0

    def value(self, depth: int) -> Any:
        self._left -= 1
        if depth > MAX_DEPTH or self._left < 0:
            raise Malformed
        first = self._take(1)[0]
        kind, low = first >> 5, first & 31
        if kind == _SIMPLE:
            return self._simple(low)
        if kind in (_BYTES, _TEXT):
            return self._string(kind, low)
        if low == _INDEFINITE:
            return self._indefinite(kind, depth)
        number = self._number(low)
        match kind:
            case 0:
                return number
            case 1:
                return -1 - number
            case 4:
                return self._array(number, depth)
            case 5:
                return self._map(number, depth)
        return self._time(number, depth)

    def _take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self._content):
            raise Malformed
        taken = self._content[self.at : end]
        self.at = end
        return taken

    def _number(self, low: int) -> int:
        if low < 24:
            return low
        if low not in _LENGTHS:
            raise Malformed
        return int.from_bytes(self._take(_LENGTHS[low]), "big")

    def _simple(self, low: int) -> Any:
        if low in _SIMPLES:
            return _SIMPLES[low]
        if low in _FLOATS:
            layout = _FLOATS[low]
            return layout.unpack(self._take(layout.size))[0]
        if low == _INDEFINITE:
            return _BREAK
        raise Malformed

    def _string(self, kind: int, low: int) -> bytes | str:
        raw = self._take(self._number(low)) if low != _INDEFINITE else self._chunks(kind)
        if kind == _BYTES:
            return raw
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed from None

    def _chunks(self, kind: int) -> bytes:
        chunks = []
        while (first := self._take(1)[0]) != 0xFF:
            if first >> 5 != kind or first & 31 == _INDEFINITE:
                raise Malformed
            chunks.append(self._take(self._number(first & 31)))
        return b"".join(chunks)

    def _array(self, size: int, depth: int) -> list[Any]:
        # Each element takes at least a byte, so that a false length cannot cause work.
        if size > len(self._content) - self.at:
            raise Malformed
        content, at = self._content, self.at
        found: list[Any] = []
        for _ in range(size):
            first = content[at] if at < len(content) else _INDEFINITE
            if first < 24:  # numbers, possibly many, without a call for each
                found.append(first)
                at += 1
            elif first == _DOUBLE and at + 9 <= len(content):
                found.append(_FLOATS[27].unpack_from(content, at + 1)[0])
                at += 9
            else:
                self.at = at
                found.append(self._element(depth))
                at = self.at
        self.at = at
        return found

    def _map(self, size: int, depth: int) -> dict[str, Any]:
        if size > len(self._content) - self.at:
            raise Malformed
        return dict(self._pair(self.value(depth + 1), depth) for _ in range(size))

    def _indefinite(self, kind: int, depth: int) -> Any:
        found: list[Any] = []
        if kind not in (_ARRAY, _MAP):
            raise Malformed
        while (value := self.value(depth + 1)) is not _BREAK:
            found.append(value if kind == _ARRAY else self._pair(value, depth))
        return found if kind == _ARRAY else dict(found)

    def _pair(self, key: Any, depth: int) -> tuple[str, Any]:
        if not isinstance(key, str):
            raise Malformed
        return key, self._element(depth)

    def _element(self, depth: int) -> Any:
        value = self.value(depth + 1)
        if value is _BREAK:
            raise Malformed
        return value

    def _time(self, tag: int, depth: int) -> float:
        value = self.value(depth + 1)
        if tag != _TIME or isinstance(value, bool) or not isinstance(value, int | float):
            raise Malformed
        if not math.isfinite(value):
            raise Malformed
        return value


def encode(value: Any) -> bytes:
    """The bytes of a value that consists of None, bool, int, float, str, bytes, datetime, list or
    dict. A float is always written as one, even if integral."""
    out = bytearray()
    _write(value, out)
    return bytes(out)


def _write(value: Any, out: bytearray) -> None:
    match value:
        case None | bool():
            out.append(0xF6 if value is None else 0xF5 if value else 0xF4)
        case int():
            _head(_UINT if value >= 0 else _NEGATIVE, value if value >= 0 else -1 - value, out)
        case float():
            out += b"\xfb" + struct.pack(">d", value)
        case str():
            raw = value.encode("utf-8")
            _head(_TEXT, len(raw), out)
            out += raw
        case bytes():
            _head(_BYTES, len(value), out)
            out += value
        case datetime():
            out += b"\xc1\xfb" + struct.pack(">d", value.timestamp())
        case list() | tuple():
            _head(_ARRAY, len(value), out)
            for each in value:
                _write(each, out)
        case dict():
            _head(_MAP, len(value), out)
            for key, each in value.items():
                _write(key, out)
                _write(each, out)
        case _:
            raise TypeError(type(value))


def _head(kind: int, number: int, out: bytearray) -> None:
    if number < 24:
        out.append(kind << 5 | number)
        return
    for low, size in _LENGTHS.items():
        if number < 1 << 8 * size:
            out.append(kind << 5 | low)
            out += number.to_bytes(size, "big")
            return
    raise OverflowError(number)
