"""The nearest rows of a partition, exactly: all are scored (see `selection`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jedlik.base.turns import Turns
from jedlik.services.dynamodb.vectors.conditions import SearchTerm
from jedlik.services.dynamodb.vectors.rows import VectorRows
from jedlik.services.dynamodb.vectors.selection import Query, Selection

_SCANS: Final = 3
"""How often a scan that gives way is begun again because rows have moved; the next one does not."""


async def best_places(
    rows: VectorRows, query: Query, terms: Sequence[SearchTerm], count: int
) -> list[int]:
    """The places of all rows with all of `terms` that are among the `count` nearest, and of some
    others.

    Others have their turn meanwhile. Rows that are put or deleted then may be found or not.
    """
    for attempt in range(_SCANS + 1):
        places = await _scan(rows, query, terms, count, may_wait=attempt < _SCANS)
        if places is not None:
            return places
    raise AssertionError("the last scan gives no way, so nothing changes under it")


async def _scan(
    rows: VectorRows, query: Query, terms: Sequence[SearchTerm], count: int, *, may_wait: bool
) -> list[int] | None:
    """The places of the rows that may be the best; None where rows have moved meanwhile."""
    numpy = query.numpy
    selection = Selection(query, count)
    turns = Turns()
    moves = rows.moves
    number = 0
    while number < rows.vectors.count:
        block, lengths = rows.vectors.block(number), rows.lengths(number)
        first = number * rows.vectors.block_rows
        at = numpy.arange(len(block))
        mask = rows.mask(terms, number)
        if mask is not None:
            at = numpy.flatnonzero(mask)
            block, lengths = block[at], lengths[at]
        if len(at):
            ordinary = rows.is_ordinary and query.is_ordinary
            costs, error = query.costs(block, lengths, ordinary=ordinary)
            selection.add(costs, error, at + first)
        number += 1
        if may_wait and turns.over and number < rows.vectors.count:
            del block, lengths  # no view may live on while others change the rows
            await turns.give_way()
            if rows.moves != moves:
                return None
    return selection.places()
