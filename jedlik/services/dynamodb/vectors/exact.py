"""The nearest rows of a partition, exactly: all are scored (see `selection`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jedlik.base.turns import Turns
from jedlik.services.dynamodb.vectors.conditions import SearchTerm
from jedlik.services.dynamodb.vectors.rows import VectorRows
from jedlik.services.dynamodb.vectors.selection import Query, Selection

_WIDE_ROWS: Final = 1024
"""Rows that are scored in 64 bits without a pause: some three milliseconds for 384 numbers."""
_SCANS: Final = 3
"""How often a scan with pauses is restarted because rows have moved; the next one has no pauses."""


async def best_places(
    rows: VectorRows, query: Query, terms: Sequence[SearchTerm], count: int
) -> list[int]:
    """The places of all rows with all of `terms` that are among the `count` nearest, and of some
    others.

    Other requests get their turn meanwhile. Rows that they put or delete may be found or not.
    """
    for attempt in range(_SCANS + 1):
        places = await _scan(rows, query, terms, count, may_wait=attempt < _SCANS)
        if places is not None:
            return places
    raise AssertionError("the last scan gives no way, so nothing changes under it")


async def _scan(
    rows: VectorRows, query: Query, terms: Sequence[SearchTerm], count: int, *, may_wait: bool
) -> list[int] | None:
    """The places of the rows that may be the best; None if rows have moved meanwhile."""
    numpy = query.numpy
    selection = Selection(query, count)
    turns = Turns()
    moves = rows.moves
    block_rows = rows.vectors.block_rows
    first = 0
    while first < len(rows):
        ordinary = rows.is_ordinary and query.is_ordinary
        number, low = divmod(first, block_rows)
        part = slice(low, block_rows if ordinary else low + _WIDE_ROWS)
        block, lengths = rows.vectors.block(number)[part], rows.lengths(number)[part]
        following = first + len(block)
        at = numpy.arange(len(block))
        mask = rows.mask(terms, number)
        if mask is not None:
            at = numpy.flatnonzero(mask[part])
            block, lengths = block[at], lengths[at]
        if len(at):
            costs, error = query.costs(block, lengths, ordinary=ordinary)
            selection.add(costs, error, at + first)
        first = following
        if may_wait and turns.over and first < len(rows):
            del block, lengths  # no view may be kept while others change the rows
            await turns.give_way()
            if rows.moves != moves:
                return None
    return selection.places()
