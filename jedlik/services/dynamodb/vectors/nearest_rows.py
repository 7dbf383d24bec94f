"""The nearest rows of a partition: exact for a small one, approximate for a large one."""

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
    """The up to `count` nearest rows with all of `terms`, best first; all of them if they are
    fewer."""
    places = await _sketched(rows, query, terms, count)
    if places is None:
        places = await best_places(rows, query, terms, count)
    found = [(rows.keys[place], rows.packed(place)) for place in places]
    return query.best(found, count)


async def _sketched(
    rows: VectorRows, query: Query, terms: Sequence[SearchTerm], count: int
) -> list[int] | None:
    """The candidates by the bits of rows; None if the rows are few, or bits do not help."""
    if not query.is_ordinary or not await _have_bits(rows):
        return None
    # From here on nothing awaits, so nothing can change meanwhile.
    mask = _mask(rows, terms)
    if mask is not None and rows.numpy.count_nonzero(mask) <= sketches.EXACT_ROWS:
        return None
    assert rows.sketches is not None
    return rows.sketches.candidates(query, mask, count, rows.same_length)


async def _have_bits(rows: VectorRows) -> bool:
    """Make missing bits, if few rows lack them; returns whether all rows but a few have bits."""
    turns = Turns()
    while is_large(rows):
        made = rows.sketches
        if made is None or made.making or made.lacking > sketches.ROWS_A_SEARCH:
            return False
        if made.lacking <= sketches.FEW_LACKING or not made.step():
            return True
        if turns.over:
            await turns.give_way()
    if rows.sketches is not None:
        rows.sketches.abandon()
        rows.sketches = None
    return False


def lack_bits(rows: VectorRows) -> bool:
    """Whether so many rows lack bits that the bits should be made in the background."""
    if not is_large(rows):
        return False
    made = rows.sketches
    if made is None or made.lack_lists(rows.same_length):
        return True
    return not made.making and made.lacking > sketches.ROWS_A_SEARCH


async def make_bits(rows: VectorRows, distance: str) -> None:
    """Make the bits of all rows of a large partition, during which searches are exact, and then put
    the rows into lists, during which searches use only their bits."""
    if rows.sketches is None:
        rows.sketches = Sketches(rows.numpy, rows.vectors, distance)
    made = rows.sketches
    if made.lacking:
        await made.make()
    if made.lack_lists(rows.same_length):
        await made.make_lists()


def is_large(rows: VectorRows) -> bool:
    """Whether searches in this many rows use their bits."""
    return len(rows) > sketches.EXACT_ROWS and rows.is_ordinary


def _mask(rows: VectorRows, terms: Sequence[SearchTerm]) -> Any:
    if not terms:
        return None
    blocks = range(rows.vectors.count)
    return rows.numpy.concatenate([rows.mask(terms, number) for number in blocks])
