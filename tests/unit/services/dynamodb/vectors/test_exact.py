"""The nearest rows are those of 64-bit sums over all rows, in the same order."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base import turns
from jedlik.services.dynamodb.vectors import blocks
from jedlik.services.dynamodb.vectors.nearest_rows import nearest_rows
from jedlik.services.dynamodb.vectors.rows import HeldEntry, VectorRows
from jedlik.services.dynamodb.vectors.scoring import better_first, plain_scorer
from jedlik.services.dynamodb.vectors.selection import Query
from tests.properties import examples

DISTANCES = ("COSINE", "EUCLIDEAN", "DOT_PRODUCT")
ordinary = st.floats(-4, 4, width=32)
any_float = st.floats(width=32, allow_nan=False, allow_infinity=False)


def packed(numbers: list[float]) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


def expected(distance: str, wanted: list[float], vectors: list[bytes], count: int) -> list[Any]:
    scores = plain_scorer(distance, wanted)(vectors)
    rank = better_first(distance)
    by_key = sorted((rank(score), b"%03d" % at, score) for at, score in enumerate(scores))
    return [(key, score) for _, key, score in by_key[:count]]


@pytest.mark.parametrize("distance", DISTANCES)
@examples(60)
@given(
    st.lists(st.lists(ordinary, min_size=3, max_size=3), max_size=40)
    | st.lists(st.lists(any_float, min_size=3, max_size=3), max_size=40),
    st.lists(ordinary | any_float, min_size=3, max_size=3),
    st.integers(1, 12),
)
def test_the_best_are_those_of_64_bits(
    distance: str, vectors: list[list[float]], wanted: list[float], count: int
) -> None:
    rows = VectorRows(np, 3, ())
    entries = [packed(each) for each in vectors]
    rows.put([HeldEntry(b"%03d" % at, each, ()) for at, each in enumerate(entries)])
    found = asyncio.run(nearest_rows(rows, Query(np, distance, wanted), (), count))
    best = expected(distance, wanted, entries, count)
    assert len(found) == len(best)
    for candidate, (_, score) in zip(found, best, strict=True):
        # Sums are made in other orders: equal but for their last digits, and so may the order be.
        assert candidate.score == pytest.approx(score, rel=1e-9, abs=1e-9)
        assert candidate.vector == entries[int(candidate.key)]


def test_equals_come_in_the_order_of_their_keys() -> None:
    rows = VectorRows(np, 2, ())
    rows.put([HeldEntry(b"%03d" % at, packed([1.0, 1.0]), ()) for at in reversed(range(50))])
    found = asyncio.run(nearest_rows(rows, Query(np, "COSINE", (1.0, 0.0)), (), 5))
    assert [each.key for each in found] == [b"%03d" % at for at in range(5)]


def test_rows_that_move_while_others_have_their_turn_are_found(monkeypatch: Any) -> None:
    monkeypatch.setattr(turns.Turns, "over", True)
    monkeypatch.setattr(blocks, "_MAX_ROWS", 16)
    rows = VectorRows(np, 1, ())
    rows.put([HeldEntry(b"%03d" % at, packed([float(at)]), ()) for at in range(64)])

    async def run() -> list[bytes]:
        query = Query(np, "DOT_PRODUCT", (1.0,))
        search = asyncio.ensure_future(nearest_rows(rows, query, (), 3))
        for key in (b"000", b"001"):  # the best row of all moves to where the scan has been
            await asyncio.sleep(0)
            rows.delete(key)
        return [each.key for each in await search]

    assert asyncio.run(run()) == [b"063", b"062", b"061"]
