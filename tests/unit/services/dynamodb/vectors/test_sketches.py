"""Searches in large partitions find nearly all true neighbours, whatever the vectors are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.vectors import nearest_rows as large
from jedlik.services.dynamodb.vectors import sketches
from jedlik.services.dynamodb.vectors.bounds import FIRST_WORDS, Bounds, Seen
from jedlik.services.dynamodb.vectors.conditions import SearchTerm
from jedlik.services.dynamodb.vectors.exact import best_places
from jedlik.services.dynamodb.vectors.nearest_rows import nearest_rows
from jedlik.services.dynamodb.vectors.rows import HeldEntry, VectorRows, filter_codes
from jedlik.services.dynamodb.vectors.selection import Candidate, Query
from tests.properties import examples

DISTANCES = ("COSINE", "EUCLIDEAN", "DOT_PRODUCT")
DIMENSIONS = 48
ROWS = 4000

Vectors = Callable[[Any, int], Any]


def clustered(random: Any, count: int) -> Any:
    """Some topics, and lengths that differ: as the vectors of texts are."""
    centers = random.standard_normal((40, DIMENSIONS)) + 0.5
    near = centers[random.integers(0, 40, count)] + 0.4 * random.standard_normal(
        (count, DIMENSIONS)
    )
    return near * random.uniform(0.5, 2.0, (count, 1))


def unrelated(random: Any, count: int) -> Any:
    return random.standard_normal((count, DIMENSIONS))


def sparse(random: Any, count: int) -> Any:
    """Most numbers are zero, none is negative."""
    return np.maximum(random.standard_normal((count, DIMENSIONS)) - 1.0, 0.0)


def rows_of(vectors: Any) -> VectorRows:
    rows = VectorRows(np, DIMENSIONS, ("c",))
    codes = [filter_codes("c", {"c": {"N": str(at)}}) for at in range(100)]
    packed = vectors.astype(np.float32)
    rows.put(
        [
            HeldEntry(b"%05d" % at, each.tobytes(), codes[at % 100 if at % 2 else 0])
            for at, each in enumerate(packed)
        ]
    )
    return rows


def recall_of(found: list[Candidate], rows: VectorRows, query: Query) -> float:
    every = [(key, rows.packed(at)) for at, key in enumerate(rows.keys)]
    best = {each.key for each in query.best(every, len(found))}
    return len(best & {each.key for each in found}) / len(found)


def recall(rows: VectorRows, query: Query, terms: list[SearchTerm], count: int) -> float:
    found = asyncio.run(nearest_rows(rows, query, terms, count))
    places = asyncio.run(best_places(rows, query, terms, count))
    best = query.best([(rows.keys[at], rows.packed(at)) for at in places], count)
    assert len(found) == len(best)
    assert {each.key: each for each in found}.keys() <= set(rows.keys)
    return len(set(found) & set(best)) / len(best) if best else 1.0


@pytest.fixture
def _large(monkeypatch: Any) -> None:
    monkeypatch.setattr(sketches, "EXACT_ROWS", 1000)
    monkeypatch.setattr(sketches, "_FEW", 2)


@pytest.mark.usefixtures("_large")
@pytest.mark.parametrize("vectors", [clustered, unrelated, sparse])
@pytest.mark.parametrize("distance", DISTANCES)
def test_candidates_include_nearly_all_neighbours(
    distance: str, vectors: Vectors, monkeypatch: Any
) -> None:
    random = np.random.default_rng(5)
    both = vectors(random, ROWS + 30)
    rows = rows_of(both[:ROWS])
    assert large.lack_bits(rows)
    asyncio.run(large.make_bits(rows, distance))
    assert not large.lack_bits(rows)
    used: list[int] = []
    candidates = sketches.Sketches.candidates

    def counted(self: Any, *arguments: Any) -> Any:
        found = candidates(self, *arguments)
        used.append(found is not None)
        return found

    monkeypatch.setattr(sketches.Sketches, "candidates", counted)
    for terms in ([], [SearchTerm("c", {"N": "0"})]):
        recalls = [
            recall(rows, Query(np, distance, wanted.astype(np.float32).tolist()), terms, 10)
            for wanted in both[ROWS:]
        ]
        assert np.mean(recalls) >= 0.97
    if vectors is clustered and distance != "DOT_PRODUCT":
        assert sum(used) > 50, "the bits have been of use"


@pytest.mark.parametrize("vectors", [clustered, unrelated, sparse])
@pytest.mark.parametrize("distance", DISTANCES)
def test_no_row_is_out_whose_bound_is_within_the_limit(distance: str, vectors: Vectors) -> None:
    random = np.random.default_rng(7)
    both = vectors(random, 401)
    made = sketches.Sketches(np, rows_of(both[:400]).vectors, distance)
    while made.step():
        pass
    words, lengths = [word[:400] for word in made._words], made._lengths[:400]
    query = Query(np, distance, both[400].astype(np.float32).tolist())
    bounds = Bounds(query, made._vectors, made._planes, made.center)
    first = FIRST_WORDS
    lowest = bounds.lowest(lengths, bounds.differing(words[:first]), first)
    for mask in (None, random.random(400) < 0.3):
        seen = Seen(bounds, words, lengths, made.range, mask)
        for limit in [*lowest[:20].tolist(), -np.inf, np.inf]:
            expected = lowest <= limit if mask is None else (lowest <= limit) & mask
            assert seen.within(limit).tolist() == np.flatnonzero(expected).tolist()


@pytest.mark.usefixtures("_large")
def test_selective_filters_are_exact_and_leave_nothing_out() -> None:
    rows = rows_of(clustered(np.random.default_rng(6), ROWS))
    query = Query(np, "COSINE", [1.0] * DIMENSIONS)
    assert recall(rows, query, [SearchTerm("c", {"N": "7"})], 100) == 1.0
    assert len(asyncio.run(nearest_rows(rows, query, [SearchTerm("c", {"N": "8"})], 10))) == 0


@pytest.mark.usefixtures("_large")
@examples(12)
@given(st.randoms(use_true_random=False), st.sampled_from(DISTANCES))
def test_bits_follow_rows_that_are_put_and_deleted(random: Any, distance: str) -> None:
    generator = np.random.default_rng(random.randrange(1 << 30))
    vectors = clustered(generator, 1500).astype(np.float32)
    rows = rows_of(vectors)
    asyncio.run(large.make_bits(rows, distance))
    known = [b"%05d" % at for at in range(1500)]
    for _ in range(60):
        for key in random.sample(known, random.randrange(4)):
            if random.random() < 0.5:
                rows.delete(key)
            else:
                vector = vectors[random.randrange(1500)] * 1.5
                rows.put([HeldEntry(key, vector.tobytes(), (0,))])
    with patch.object(sketches, "FEW_LACKING", 0):
        assert asyncio.run(large._have_bits(rows))
    made = sketches.Sketches(rows.numpy, rows.vectors, distance)
    assert rows.sketches is not None
    made.center = rows.sketches.center
    while made.step():
        pass
    for mine, theirs in zip(rows.sketches._words, made._words, strict=True):
        # Rows are multiplied in other batches: a number near a plane may fall on either side.
        assert np.count_nonzero(mine[: len(rows)] != theirs[: len(rows)]) <= 2


@pytest.mark.usefixtures("_large")
@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("terms", [[], [SearchTerm("c", {"N": "0"})]])
def test_rows_without_bits_are_found(distance: str, terms: list[SearchTerm]) -> None:
    random = np.random.default_rng(11)
    vectors = clustered(random, ROWS).astype(np.float32)
    rows = rows_of(vectors[: ROWS - 20])
    asyncio.run(large.make_bits(rows, distance))
    for at in range(0, 100, 20):
        rows.delete(b"%05d" % at)
    (code,) = filter_codes("c", {"c": {"N": "0"}})
    for at in range(30):  # some are new, some replace others
        key = b"%05d" % (ROWS - 20 + at if at < 20 else 10 * at + 3)
        rows.put([HeldEntry(key, (3.0 * vectors[at]).tobytes(), (code,))])
    assert rows.sketches is not None
    queries = [Query(np, distance, (3.0 * vectors[at]).tolist()) for at in range(30)]
    assert sum(recall(rows, query, terms, 3) for query in queries) >= 0.97 * len(queries)
    assert 30 <= rows.sketches.lacking <= sketches.FEW_LACKING


@pytest.mark.usefixtures("_large")
@examples(8)
@given(st.integers(0, 1 << 30))
def test_rows_may_change_while_bits_are_made(seed: int) -> None:
    random = Random(seed)  # hypothesis would draw each of hundreds of changes
    vectors = clustered(np.random.default_rng(random.randrange(1 << 30)), 1500).astype(np.float32)
    rows = rows_of(vectors)
    with patch.object(sketches, "_ROWS_AT_ONCE", 100), patch.object(sketches, "ROWS_A_SEARCH", 0):
        asyncio.run(_changed_meanwhile(rows, vectors, random))
    made = sketches.Sketches(rows.numpy, rows.vectors, "COSINE")
    assert rows.sketches is not None
    assert not rows.sketches.lacking
    made.center = rows.sketches.center
    while made.step():
        pass
    for mine, theirs in zip(rows.sketches._words, made._words, strict=True):
        assert np.count_nonzero(mine[: len(rows)] != theirs[: len(rows)]) <= 2


async def _changed_meanwhile(rows: VectorRows, vectors: Any, random: Random) -> None:
    making = asyncio.ensure_future(large.make_bits(rows, "COSINE"))
    query = Query(np, "COSINE", vectors[0].tolist())
    for _ in range(300):  # bits are made on a thread, which endless changes could outrun
        await asyncio.sleep(0)
        if making.done():
            break
        key = b"%05d" % random.randrange(1500)
        if random.random() < 0.3:
            rows.delete(key)
        else:
            rows.put([HeldEntry(key, vectors[random.randrange(1500)].tobytes(), (0,))])
        if random.random() < 0.02:  # searches are exact meanwhile
            found = await nearest_rows(rows, query, [], 5)
            best = query.best([(key, rows.packed(at)) for at, key in enumerate(rows.keys)], 5)
            scores = [each.score for each in best]
            # Sums of other batches end in other digits, so equally near rows may change places.
            assert [each.score for each in found] == pytest.approx(scores, abs=1e-9)
    await making
    rows.put([HeldEntry(b"last", vectors[0].tobytes(), (0,))])
    await large.make_bits(rows, "COSINE")


@pytest.mark.usefixtures("_large")
def test_bits_of_a_partition_that_goes_are_not_made_to_the_end() -> None:
    rows = rows_of(clustered(np.random.default_rng(7), 1500))

    async def run() -> None:
        with patch.object(sketches, "_ROWS_AT_ONCE", 10):
            making = asyncio.ensure_future(large.make_bits(rows, "COSINE"))
            await asyncio.sleep(0)
            assert rows.sketches is not None
            rows.sketches.abandon()
            await making
        assert rows.sketches.lacking > 1000

    asyncio.run(run())


@pytest.mark.usefixtures("_large")
def test_equal_vectors_and_what_32_bits_cannot_hold_are_scored_exactly() -> None:
    same = rows_of(np.ones((1200, DIMENSIONS)))
    query = Query(np, "EUCLIDEAN", [1.0] * DIMENSIONS)
    found = asyncio.run(nearest_rows(same, query, [], 5))
    assert [each.key for each in found] == [b"%05d" % at for at in range(5)]
    odd = rows_of(np.full((1200, DIMENSIONS), 1e30))
    assert len(asyncio.run(nearest_rows(odd, query, [], 5))) == 5
    assert odd.sketches is None
