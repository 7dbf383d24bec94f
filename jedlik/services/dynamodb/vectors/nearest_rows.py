"""The nearest rows of a partition: exactly of a small one, nearly so of a large one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jedlik.base.turns import Turns
from jedlik.services.dynamodb.vectors import sketches
from jedlik.services.dynamodb.vectors.conditions import SearchTerm
from jedlik.services.dynamodb.vectors.exact import best_places
from jedlik.services.dynamodb.vectors.rows import VectorRows
from jedlik.services.dynamodb.vectors.selection import Candidate, Query
from jedlik.services.dynamodb.vectors.sketches import Sketches


async def nearest_rows(
    rows: VectorRows, query: Query, terms: Sequence[SearchTerm], count: int
) -> list[Candidate]:
    """The up to `count` rows with all of `terms` that are nearest, the best first. As many as
    there are, if they are fewer."""
    places = await _sketched(rows, query, terms, count)
    if places is None:
        places = await best_places(rows, query, terms, count)
    found = [(rows.keys[place], rows.packed(place)) for place in places]
    return query.best(found, count)


async def _sketched(
    rows: VectorRows, query: Query, terms: Sequence[SearchTerm], count: int
) -> list[int] | None:
    """What the bits of rows say; None where these are few, or bits do not help."""
    if not query.is_ordinary or not await make_sketches(rows, query.distance):
        return None
    # From here on nothing waits, so nothing changes under it.
    mask = _mask(rows, terms)
    if mask is not None and rows.numpy.count_nonzero(mask) <= sketches.EXACT_ROWS:
        return None
    assert rows.sketches is not None
    return rows.sketches.candidates(query, mask, count)


async def make_sketches(rows: VectorRows, distance: str) -> bool:
    """See that all rows of a large partition have their bits; whether it is one."""
    turns = Turns()
    while len(rows) > sketches.EXACT_ROWS and rows.is_ordinary:
        if rows.sketches is None:
            rows.sketches = Sketches(rows.numpy, rows.vectors, distance)
        if not rows.sketches.step():
            return True
        if turns.over:
            await turns.give_way()
    rows.sketches = None
    return False


def _mask(rows: VectorRows, terms: Sequence[SearchTerm]) -> Any:
    if not terms:
        return None
    blocks = range(rows.vectors.count)
    return rows.numpy.concatenate([rows.mask(terms, number) for number in blocks])
