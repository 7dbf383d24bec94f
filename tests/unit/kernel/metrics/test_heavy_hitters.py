"""The sketch compared with exact counting: every estimate is within its bound."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.metrics.heavy_hitters import CAPACITY, STORED, HeavyHitters, together

KEYS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5)), max_size=400)
FEW = 10


def sketch_of(added: list[tuple[int, int]], capacity: int = FEW) -> HeavyHitters:
    sketch = HeavyHitters(capacity)
    for key, weight in added:
        sketch.add((str(key),), weight)
    return sketch


def check(sketch: HeavyHitters, added: list[tuple[int, int]], bound: float) -> None:
    exact: Counter[tuple[str, ...]] = Counter()
    for key, weight in added:
        exact[str(key),] += weight
    assert sketch.total == sum(exact.values())
    assert sketch.offset <= bound
    for key, weight in exact.items():
        least = sketch.counts.get(key, 0.0)
        assert least <= weight <= least + sketch.offset


@given(KEYS)
def test_estimates_are_within_the_bound(added: list[tuple[int, int]]) -> None:
    sketch = sketch_of(added)
    assert len(sketch.counts) <= FEW
    check(sketch, added, 2 * sketch.total / FEW)


@given(KEYS, KEYS)
def test_sketches_add_up(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    sketch = sketch_of(one)
    sketch.merge(sketch_of(other))
    assert len(sketch.counts) <= FEW
    check(sketch, one + other, 4 * sketch.total / FEW)


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 5)), max_size=700))
def test_what_is_stored_keeps_what_is_heaviest(added: list[tuple[int, int]]) -> None:
    sketch = sketch_of(added, CAPACITY)
    read = HeavyHitters.from_json(sketch.to_json())
    assert read.heaviest(STORED) == sketch.heaviest(STORED)
    exact: Counter[str] = Counter()
    for key, weight in added:
        exact[str(key)] += weight
    for text, total in exact.items():
        least = read.counts.get((text,), 0.0)
        assert least <= total <= least + read.offset


def test_a_hot_key_among_very_many() -> None:
    chance = random.Random(7)
    added = [(chance.randrange(10**6), 1) if chance.random() < 0.9 else (-1, 1)
             for _ in range(50_000)]  # fmt: skip
    sketch = sketch_of(added, CAPACITY)
    ((key, weight),) = sketch.heaviest(1)
    exact = sum(key == -1 for key, _ in added)
    assert key == ("-1",)
    assert exact - 0.002 * len(added) <= weight <= exact


def test_nothing_together() -> None:
    assert together([]).heaviest(1) == []
