"""Rows that refer to other rows, so that what two keys lead to is stored once.

The key of a row that refers ends with the end of the other row's key, and its value says how much
of it that is:

    key    offset 0  any bytes
               -n    the last n bytes of the other row's key
    value  offset 0  4 bytes  n, big-endian; engines do not look at what follows

How the other key begins is the same for all rows of a range, and the reader gives it. A key that is
referred to has at most MAX_KEY bytes, which every engine stores whole.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Final

from jedlik.storage.engine import Page, Row, Value
from jedlik.storage.page import UNLIMITED

MAX_KEY: Final = 2048
_LENGTH: Final = struct.Struct(">I")
_PART: Final = 64
"""Rows that are followed before their bytes are counted. They lead to at most 26 MB."""


def reference(length: int) -> bytes:
    """The value of a row whose key ends with the last `length` bytes of another row's key."""
    return _LENGTH.pack(length)


def is_reference(key: bytes, value: bytes) -> bool:
    """Whether a value refers to something from this key."""
    return len(value) >= _LENGTH.size and _LENGTH.unpack_from(value)[0] <= len(key)


def referred_keys(rows: Sequence[Row], stem: bytes) -> list[bytes]:
    """The keys that rows refer to, all of which begin with `stem`."""
    length_in = _LENGTH.unpack_from
    return [stem + key[len(key) - length_in(value)[0] :] for key, value in rows]


def followed(
    page: Page,
    stem: bytes,
    read: Callable[[list[bytes]], list[Value]],
    max_bytes: int | None,
) -> Page:
    """A page with the values that its rows refer to, up to the row with which their bytes reach
    `max_bytes`. `read` must read from the snapshot that the page is from."""
    rows = page.rows
    values: list[Value] = []
    room = UNLIMITED if max_bytes is None else max_bytes
    for start in range(0, len(rows), _PART):
        part = read(referred_keys(rows[start : start + _PART], stem))
        size = sum(map(len, filter(None, part)))
        if size < room:
            values += part
            room -= size
            continue
        for value in part:
            values.append(value)
            room -= len(value or b"")
            if room <= 0:
                break
        kept = len(values)
        return Page(rows[:kept], page.also_read, page.more or kept < len(rows), values)
    return page._replace(referred=values)
