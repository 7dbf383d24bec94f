"""Pages of rows.

A page is one statement, so it is one snapshot, and the database cuts it where the values' bytes
reach the caller's limit. How many rows that takes is not known before. The statement reads a
guessed number of rows; if these are too few, the page is read again from its start with a better
guess, which on the whole costs less than a transaction with several statements.

Rows with keys too long for the index (see `longkeys`) are in order except within groups that have
the same head. A page with any of them is made from whole groups, which are more rows than it needs,
and so is one that any of them may follow where a bound of the range is such a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from jedlik.storage.engine import Page, Row, Value
from jedlik.storage.page import fill
from jedlik.storage.postgres.connections import Connection
from jedlik.storage.postgres.longkeys import HEAD, group, original, stored_bound
from jedlik.storage.postgres.reads import by_key, stored
from jedlik.storage.postgres.statements import range_statement

GUESS: Final = 1000
"""Rows that are read first for a page limited by bytes."""
_GROUP_GUESS: Final = 100


class RangeRequest(NamedTuple):
    """The arguments of `Engine.range`."""

    low: bytes
    high: bytes | None
    limit: int | None
    max_bytes: int | None
    reverse: bool
    also_read: Sequence[bytes]


class _Found(NamedTuple):
    """Rows as they are stored, in order; `looked` is how many there were in the range."""

    rows: list[Row]
    also_read: list[Value]
    looked: int


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
        size = sum(len(value) for _, value in rows)
        cut = request.max_bytes is not None and size >= request.max_bytes
        if cut or looks is None or looks == most or found.looked < looks:
            kept = rows[: request.limit]
            more = found.looked > len(kept)
            if more and not _is_exact(request):  # what follows may be outside the range
                return await _page_of_groups(connection, request, span)
            return Page(kept, found.also_read, more)
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
        rows = sorted(
            (
                row
                for row in (original(key, value) for key, value in found.rows)
                if request.low <= row[0] and (request.high is None or row[0] < request.high)
            ),
            reverse=request.reverse,
        )
        kept, more = fill(rows, request.limit, request.max_bytes)
        if more or complete:
            return Page(kept, found.also_read, more)
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


def _is_exact(request: RangeRequest) -> bool:
    """Whether a span has no row outside the range: none of a bound's group."""
    return all(len(bound) <= HEAD for bound in (request.low, request.high or b""))


def _least(first: int | None, second: int | None) -> int | None:
    if first is None or second is None:
        return second if first is None else first
    return min(first, second)


def _key(row: Row) -> bytes:
    return row[0]


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
    )
    arguments: list[Any] = [stored(request.also_read), span.low]
    arguments += [each for each in (span.high, looks, max_bytes) if each is not None]
    rows: list[Row] = []
    others: list[Any] = []
    looked = 0
    for key, value, count in await connection.fetch(statement, *arguments):
        if count is None:
            others.append((key, value))
        else:
            rows.append((key, value))
            looked = count
    rows.sort(key=_key, reverse=request.reverse)  # SQL does not guarantee it
    values = by_key(others)
    also_read: list[Value] = [values.get(key) for key in request.also_read]
    return _Found(rows, also_read, looked if max_bytes is not None else len(rows))
