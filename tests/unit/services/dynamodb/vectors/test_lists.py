"""Lists skip only rows that are far away, and follow puts and deletes."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.vectors import lists, sketches
from jedlik.services.dynamodb.vectors.lists import RowLists
from jedlik.services.dynamodb.vectors.nearest_rows import lack_bits, make_bits, nearest_rows
from jedlik.services.dynamodb.vectors.rows import HeldEntry, VectorRows
from jedlik.services.dynamodb.vectors.selection import Query
from tests.properties import examples

DIMENSIONS = 48
TOPICS = 40


def grouped(random: Any, count: int) -> Any:
    """Vectors of topics that are well apart, as lists are for."""
    centers = np.random.default_rng(3).standard_normal((TOPICS, DIMENSIONS))
    noise = 0.2 * random.standard_normal((count, DIMENSIONS))
    return (centers[random.integers(0, TOPICS, count)] + noise).astype(np.float32)


def rows_of(vectors: Any, distance: str) -> VectorRows:
    rows = VectorRows(np, DIMENSIONS, ())
    rows.put([HeldEntry(b"%05d" % at, each.tobytes(), ()) for at, each in enumerate(vectors)])
    asyncio.run(make_bits(rows, distance))
    return rows


@pytest.fixture(autouse=True)
def _large(monkeypatch: Any) -> None:
    monkeypatch.setattr(sketches, "EXACT_ROWS", 1000)
    monkeypatch.setattr(sketches, "_SEEN_FIRST", 4)
    monkeypatch.setattr(lists, "_FRESH", 40)


@examples(20)
@given(st.integers(0, 1 << 30))
def test_no_row_is_nearer_than_the_margin_of_its_list(seed: int) -> None:
    random = np.random.default_rng(seed)
    away = grouped(random, 300)
    made = RowLists(np, lists.trained(np, away, 16))
    labels = made.labels(away)
    for wanted in grouped(random, 5):
        distances = np.linalg.norm(away - wanted, axis=1)
        assert (made.margins(wanted)[labels] <= distances + 1e-4).all()


@pytest.mark.parametrize("distance", ["COSINE", "EUCLIDEAN", "DOT_PRODUCT"])
def test_neighbours_are_found_in_lists(distance: str, monkeypatch: Any) -> None:
    random = np.random.default_rng(5)
    vectors = grouped(random, 6000)
    if distance == "DOT_PRODUCT":  # of vectors with the same length, as lists are for
        vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    rows = rows_of(vectors, distance)
    looked_at = []
    seen = lists.RowLists.rows_in

    def counted(self: Any, *arguments: Any) -> Any:
        found = seen(self, *arguments)
        looked_at.append(len(found.places))
        return found

    monkeypatch.setattr(lists.RowLists, "rows_in", counted)
    found = 0
    for wanted in grouped(random, 40):
        query = Query(np, distance, wanted.tolist())
        keys = {each.key for each in asyncio.run(nearest_rows(rows, query, (), 10))}
        assert len(keys) == 10
        every = [(key, vectors[int(key)].tobytes()) for key in rows.keys]
        found += len(keys & {each.key for each in query.best(every, 10)})
    assert found >= 0.97 * 400
    assert 0 < sum(looked_at) < 0.25 * 40 * len(vectors)


def test_products_of_vectors_of_other_lengths_go_by_bits_alone() -> None:
    random = np.random.default_rng(7)
    vectors = grouped(random, 3000)
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    rows = rows_of(vectors, "DOT_PRODUCT")
    assert rows.same_length == pytest.approx(1.0)
    assert rows.sketches is not None
    assert rows.sketches._lists is not None
    rows.put([HeldEntry(b"longer", (2.0 * vectors[0]).tobytes(), ())])
    assert rows.same_length is None
    query = Query(np, "DOT_PRODUCT", vectors[0].tolist())
    found = asyncio.run(nearest_rows(rows, query, (), 3))
    assert found[0].key == b"longer"
    assert not lack_bits(rows)
    other = rows_of(np.concatenate((vectors, 2.0 * vectors[:5])), "DOT_PRODUCT")
    assert other.sketches is not None
    assert other.sketches._lists is None


def test_vectors_that_have_nothing_in_common_get_no_lists() -> None:
    rows = rows_of(
        np.random.default_rng(6).standard_normal((3000, DIMENSIONS)).astype("f4"), "COSINE"
    )
    assert rows.sketches is not None
    assert rows.sketches._lists is None
    assert not lack_bits(rows), "and it is not tried again and again"


def test_rows_that_have_doubled_are_put_into_other_lists() -> None:
    random = np.random.default_rng(7)
    rows = rows_of(grouped(random, 3000), "COSINE")
    assert rows.sketches is not None
    before = rows.sketches._lists
    more = grouped(random, 3100)
    rows.put([HeldEntry(b"more%05d" % at, each.tobytes(), ()) for at, each in enumerate(more)])
    assert lack_bits(rows)
    asyncio.run(make_bits(rows, "COSINE"))
    assert before is not None
    assert rows.sketches._lists not in (None, before)
    assert not lack_bits(rows)


@examples(12)
@given(st.integers(0, 1 << 30))
def test_what_is_put_is_found_and_what_is_deleted_is_not(seed: int) -> None:
    random = Random(seed)
    vectors = grouped(np.random.default_rng(seed), 3000)
    rows = rows_of(vectors[:2000], "EUCLIDEAN")
    held = {b"%05d" % at: vectors[at] for at in range(2000)}
    for _ in range(60):
        for key in random.sample(sorted(held), random.randrange(4)):
            if random.random() < 0.5:
                rows.delete(key)
                del held[key]
            else:
                held[key] = vectors[random.randrange(3000)]
                rows.put([HeldEntry(key, held[key].tobytes(), ())])
        key, wanted = random.choice(sorted(held.items(), key=lambda each: each[0]))
        query = Query(np, "EUCLIDEAN", wanted.tolist())
        found = asyncio.run(nearest_rows(rows, query, (), 10))
        assert len({each.key for each in found}) == 10
        assert found[0].score == 0.0
        assert all(held[each.key].tobytes() == each.vector for each in found)
        assert key in {each.key for each in found} or found[-1].score == 0.0
