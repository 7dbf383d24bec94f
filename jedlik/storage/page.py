"""Where a page of a range ends: after some number of rows or bytes, and whether there is more."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Final

from jedlik.storage.engine import Row, Value
from jedlik.storage.lmdb.longkeys import STUB

UNLIMITED: Final = 1 << 62
"""More rows or bytes than any store has."""
_KEY: Final = itemgetter(0)
_PART: Final = 64
"""Rows after which a page is long, and is read in parts of as many. They have at most 26 MB."""


def fill(source: Iterable[Row], limit: int | None, max_bytes: int | None) -> tuple[list[Row], bool]:
    """Rows of a range up to the limits of `Engine.range`, and whether there are more.

    To know that, one more row is taken from `source`.
    """
    rows: list[Row] = []
    room = UNLIMITED if limit is None else limit
    bytes_left = UNLIMITED if max_bytes is None else max_bytes
    for row in source:
        if (room <= 0 or bytes_left <= 0) and rows:
            return rows, True
        rows.append(row)
        room -= 1
        bytes_left -= len(row[1])
    return rows, False


def short_page(
    source: Iterator[Row], bound: bytes, reverse: bool, limit: int, max_bytes: int
) -> tuple[list[Row], bool] | None:
    """What `fill` gives, of short keys below `bound` (`reverse`: not below it).

    None as soon as a stub comes along. Nearly every range is read here, so all tests on a row are
    in one loop: a generator that bounds the rows for `fill` would take longer than reading them.
    """
    rows: list[Row] = []
    for row in source:
        key, value = row
        if (key < bound) is reverse:
            break
        if len(key) == STUB:
            return None
        if (limit <= 0 or max_bytes <= 0) and rows:
            return rows, True
        rows.append(row)
        limit -= 1
        max_bytes -= len(value)
        if len(rows) == _PART and limit > 0 and max_bytes > 0:
            return _long_page(source, rows, bound, reverse, limit, max_bytes)
    return rows, False


def changed_page(
    read: Callable[[int, int], tuple[list[Row], bool]],
    changes: Sequence[tuple[bytes, Value]],
    limit: int,
    max_bytes: int,
    *,
    reverse: bool,
) -> tuple[list[Row], bool]:
    """What `fill` gives of a range of which there are changes, in ascending order.

    `read` gives its rows as they were, up to a number and to some bytes, and whether there are
    more.
    """
    room = max_bytes
    while True:
        # As many more rows as may be deleted, and one that shows whether there are more.
        found, cut = read(limit + len(changes) + 1, room)
        rows = found[::-1] if reverse else found
        _change(rows, _reached(changes, rows, reverse) if cut else changes)
        page, more = fill(reversed(rows) if reverse else rows, limit, max_bytes)
        if more or not cut:
            return page, more
        room = 2 * room + 1  # what was deleted, or became smaller, has left too few bytes


def _reached(
    changes: Sequence[tuple[bytes, Value]], rows: list[Row], reverse: bool
) -> list[tuple[bytes, Value]]:
    """The changes up to the last row that was read: nothing is known yet of what comes after it."""
    if reverse:
        return [change for change in changes if change[0] >= rows[0][0]]
    return [change for change in changes if change[0] <= rows[-1][0]]


def _change(rows: list[Row], changes: Iterable[tuple[bytes, Value]]) -> None:
    """Make changes to rows, in ascending order."""
    for key, value in changes:
        at = bisect_left(rows, key, key=_KEY)
        is_there = at < len(rows) and rows[at][0] == key
        rows[at : at + is_there] = [] if value is None else [(key, value)]


def _long_page(
    source: Iterator[Row],
    rows: list[Row],
    bound: bytes,
    reverse: bool,
    limit: int,
    max_bytes: int,
) -> tuple[list[Row], bool] | None:
    """The rest of a page that has some rows and room for more: the same tests, made of a part at a
    time, which halves what they take."""
    while True:
        wanted = min(_PART, limit + 1)
        part = list(islice(source, wanted))
        over = len(part) < wanted
        keys = [key for key, _ in part]
        if STUB in map(len, keys):
            return None
        if keys and (keys[-1] < bound) is reverse:
            del part[_within(keys, bound, reverse) :]
            over = True
        size = sum([len(value) for _, value in part])
        if len(part) <= limit and size < max_bytes:
            rows += part
            limit -= len(part)
            max_bytes -= size
        else:
            for row in part:
                if limit <= 0 or max_bytes <= 0:
                    return rows, True
                rows.append(row)
                limit -= 1
                max_bytes -= len(row[1])
        if over:
            return rows, False


def _within(keys: list[bytes], bound: bytes, reverse: bool) -> int:
    """How many of these keys are in the range; `reverse`: they descend."""
    if reverse:
        return len(keys) - bisect_left(keys[::-1], bound)
    return bisect_left(keys, bound)
