"""Pages of rows.

A page is one statement, so it is one snapshot, and the database cuts it where the values' bytes
reach the caller's limit. How many rows that takes is not known before. The statement reads a
guessed number of rows; if these are too few, the page is read again from its start with a better
guess, which on the whole costs less than a transaction with several statements.

Rows with keys too long for the index (see `longkeys`) are in order except within groups that have
the same head. A page with any of them is made from whole groups, which are more rows than it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from jedlik.storage.engine import Page, Row, Value
from jedlik.storage.page import fill
from jedlik.storage.postgres.connections import Connection
from jedlik.storage.postgres.longkeys import HEAD, group, original, stored_bound
from jedlik.storage.postgres.reads import by_key, stored
from jedlik.storage.postgres.statements import range_statement
from jedlik.storage.references import followed, referred_keys

GUESS: Final = 1000
"""Rows that are read first for a page limited by bytes."""
_GROUP_GUESS: Final = 100
_LOOKED, _REFERRED = 2, 3
"""Columns of a fetched row."""


class RangeRequest(NamedTuple):
    """The arguments of `Engine.range`."""

    low: bytes
    high: bytes | None
    limit: int | None
    max_bytes: int | None
    reverse: bool
    also_read: Sequence[bytes]
    follow: bytes | None = None


class _Found(NamedTuple):
    """Rows as they are stored, in order, and the values that they refer to; `looked` is how many
    there were in the range."""

    rows: list[Row]
    referred: list[Value]
    also_read: list[Value]
    looked: int

    @property
    def size(self) -> int:
        """Bytes that count for the limit of a page."""
        if self.referred:
            return sum(len(value) for value in self.referred if value is not None)
        return sum(len(value) for _, value in self.rows)


async def page(connection: Connection, request: RangeRequest) -> Page:
    """The page. Raises what a connection's `fetch` does."""
    most = None if request.limit is None else request.limit + 1
    guess = GUESS if request.max_bytes is not None else None
    span = _Span(stored_bound(request.low), _upper(request.high))
    while True:
        looks = _least(most, guess)
        found = await _find(connection, request, span, looks, request.max_bytes)
        rows = found.rows
        if any(len(key) > HEAD for key, _ in rows):
            return await _page_of_groups(connection, request, span)
        size = found.size
        cut = request.max_bytes is not None and size >= request.max_bytes
        if cut or looks is None or looks == most or found.looked < looks:
            kept, referred = rows[: request.limit], found.referred[: request.limit]
            return Page(kept, found.also_read, found.looked > len(kept), referred)
        assert request.max_bytes is not None
        needed = int(1.2 * looks * request.max_bytes / max(size, 1))
        guess = min(max(2 * looks, needed), 16 * looks)


async def _page_of_groups(connection: Connection, request: RangeRequest, span: _Span) -> Page:
    """A page that contains long keys: made of whole groups, which are sorted here."""
    looks = max(_GROUP_GUESS, 2 * (request.limit or 0))
    while True:
        found = await _find(connection, request, span, looks, None)
        complete = len(found.rows) < looks
        if not complete and len(found.rows[-1][0]) > HEAD:
            found = await _find(connection, request, span.up_to(found.rows[-1][0], request), None)
        originals = [original(key, value) for key, value in found.rows]
        rows = sorted(
            (
                row
                for row in originals
                if request.low <= row[0] and (request.high is None or row[0] < request.high)
            ),
            reverse=request.reverse,
        )
        follow = request.follow
        kept, more = fill(rows, request.limit, request.max_bytes if follow is None else None)
        page = Page(kept, found.also_read, more)
        if follow is not None:
            values = dict(zip(referred_keys(originals, follow), found.referred, strict=True))
            page = followed(page, follow, partial(_each, values), request.max_bytes)
        if page.more or complete:
            return page
        looks *= 4


class _Span(NamedTuple):
    """Bounds of stored keys."""

    low: bytes | None
    high: bytes | None

    def up_to(self, last: bytes, request: RangeRequest) -> _Span:
        """The span up to the group of a page's last row; in reverse, that is the lowest row."""
        low, high = group(last)
        return self._replace(low=low) if request.reverse else self._replace(high=high)


def _upper(high: bytes | None) -> bytes | None:
    """The bound below which all stored keys of keys less than `high` are."""
    return high if high is None or len(high) <= HEAD else group(high)[1]


def _least(first: int | None, second: int | None) -> int | None:
    if first is None or second is None:
        return second if first is None else first
    return min(first, second)


def _each(values: Mapping[bytes, Value], keys: Sequence[bytes]) -> list[Value]:
    return [values[key] for key in keys]


def _key(row: Sequence[Any]) -> bytes:
    key: bytes = row[0]
    return key


async def _find(
    connection: Connection,
    request: RangeRequest,
    span: _Span,
    looks: int | None,
    max_bytes: int | None = None,
) -> _Found:
    statement = range_statement(
        bounded=span.high is not None,
        reverse=request.reverse,
        cut=max_bytes is not None,
        limited=looks is not None,
        follows=request.follow is not None,
    )
    arguments: list[Any] = [stored(request.also_read), span.low]
    optional = (span.high, looks, max_bytes, request.follow)
    arguments += [each for each in optional if each is not None]
    found: list[Any] = []
    others: list[Any] = []
    for each in await connection.fetch(statement, *arguments):
        (others if each[_LOOKED] is None else found).append(each)
    found.sort(key=_key, reverse=request.reverse)  # SQL does not guarantee it
    looked = found[0][_LOOKED] if found and max_bytes is not None else len(found)
    values = by_key([(key, value) for key, value, *_ in others])
    return _Found(
        [(each[0], each[1]) for each in found],
        [] if request.follow is None else [each[_REFERRED] for each in found],
        [values.get(key) for key in request.also_read],
        looked,
    )
