"""Aggregates: sums, percentiles, and their stored bytes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.metrics.aggregate import GROWTH, Aggregate, bucket_of, value_of

ERROR = (GROWTH - 1) / (GROWTH + 1) + 1e-9
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)
SIZED = st.floats(min_value=1e-6, max_value=1e9)


def of(values: list[float]) -> Aggregate:
    total = Aggregate()
    for value in values:
        total.merge(Aggregate.of(value))
    return total


@given(SIZED)
def test_a_bucket_stands_for_its_values(value: float) -> None:
    assert value_of(bucket_of(value)) == pytest.approx(value, rel=ERROR)
    assert value_of(bucket_of(-value)) == pytest.approx(-value, rel=ERROR)


@given(NUMBERS, NUMBERS)
def test_buckets_are_in_the_order_of_values(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert bucket_of(low) <= bucket_of(high)


@given(st.lists(NUMBERS, min_size=1, max_size=50))
def test_what_is_stored_is_read(values: list[float]) -> None:
    known = of(values)
    read = Aggregate.decode(known.encode())
    assert (read.count, read.sum, read.low, read.high) == (
        known.count, known.sum, known.low, known.high,
    )  # fmt: skip
    assert read.buckets == known.buckets


@given(st.lists(SIZED, min_size=1, max_size=200), st.floats(0, 100))
def test_percentiles_are_within_the_error_of_a_value_at_their_rank(
    values: list[float], percent: float
) -> None:
    ordered = sorted(values)
    at_rank = ordered[max(0, math.ceil(percent / 100 * len(values)) - 1)]
    found = of(values).percentile(percent)
    assert found == pytest.approx(at_rank, rel=2 * ERROR)


@given(st.lists(SIZED, min_size=2, max_size=50), st.integers(1, 49))
def test_parts_add_up_to_the_whole(values: list[float], at: int) -> None:
    total = of(values[:at])
    total.merge(of(values[at:]))
    whole = of(values)
    assert (total.count, total.low, total.high, total.buckets) == (
        whole.count, whole.low, whole.high, whole.buckets,
    )  # fmt: skip
    assert total.sum == pytest.approx(whole.sum)


def test_without_a_distribution_there_is_no_percentile() -> None:
    told = Aggregate(10, 100.0, 1.0, 50.0, None)
    assert told.percentile(50) is None
    assert Aggregate.decode(told.encode()).buckets is None
    told.merge(Aggregate.of(3.0))
    assert told.percentile(50) is None
    same = Aggregate(10, 100.0, 10.0, 10.0, None)
    assert same.percentile(99) == 10.0  # the counter-case: they are all the same
