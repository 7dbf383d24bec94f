"""What the recorder keeps of recorded values, minute by minute."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.metrics import recorder
from jedlik.kernel.metrics.aggregate import bucket_of
from jedlik.kernel.metrics.metric import Metric
from jedlik.kernel.metrics.recorder import (
    IDLE_MINUTES,
    Distribution,
    Metrics,
    Point,
    Tally,
    Timing,
)
from tests.simulated_clock import SimulatedClock

START = 1_700_000_040.0  # a full minute
READS = Metric("N", "Reads", (("Table", "a"),))


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


@pytest.fixture
def metrics(clock: SimulatedClock) -> Metrics:
    return Metrics(clock)


def sums(points: list[Point]) -> dict[tuple[str, int], tuple[float, float]]:
    return {
        (each.metric.name, each.minute - int(START)): (each.aggregate.count, each.aggregate.sum)
        for each in points
    }


def test_values_are_summed_by_the_minute(metrics: Metrics, clock: SimulatedClock) -> None:
    add = metrics.distribution(READS).add
    add(1.0)
    metrics.fold()
    add(2.0)
    clock.advance(59.5)
    metrics.fold()
    add(3.0)  # in the last second of the minute, counted after its end
    clock.advance(1)
    metrics.fold()
    add(4.0)
    assert sums(metrics.take()) == {("Reads", 0): (3, 6.0), ("Reads", 60): (1, 4.0)}
    assert metrics.take() == []


def test_timings_are_in_milliseconds(metrics: Metrics) -> None:
    timing = metrics.distribution(Metric("N", "Latency", (), "Milliseconds"), Timing)
    for nanoseconds in (1_000_000, 1_000_100, 5_000_000):
        timing.add(nanoseconds)
    (point,) = metrics.take()
    assert point.aggregate.count == 3
    assert point.aggregate.low == pytest.approx(1, abs=0.002)
    assert point.aggregate.high == pytest.approx(5, abs=0.002)
    assert point.aggregate.sum == pytest.approx(7, abs=0.006)


def test_what_could_not_be_stored_is_kept(metrics: Metrics) -> None:
    metrics.record(READS, 1.0)
    taken = metrics.take()
    metrics.record(READS, 5.0)
    metrics.put_back(taken)
    assert sums(metrics.take()) == {("Reads", 0): (2, 6.0)}


def test_idle_metrics_are_forgotten_and_their_keepers_hear_of_it(
    metrics: Metrics, clock: SimulatedClock
) -> None:
    kept = {"idle": metrics.distribution(READS)}
    metrics.on_forget(kept.clear)
    kept["idle"].add(1.0)
    for _ in range(IDLE_MINUTES):
        metrics.fold()
        clock.advance(60)
    assert kept
    metrics.fold()
    clock.advance(60)
    metrics.fold()
    assert not kept
    metrics.record(READS, 2.0)  # and it begins again
    assert sums(metrics.take())[("Reads", 60 * (IDLE_MINUTES + 1))] == (1, 2.0)


def test_memory_is_bounded(metrics: Metrics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MAX_SERIES", 2)
    for name in ("a", "b", "c", "c"):
        metrics.record(Metric("N", name), 1.0)
    assert {each.metric.name for each in metrics.take()} == {"a", "b"}
    assert metrics.dropped == 2
    metrics.put_back([Point(Metric("N", name), 0, point.aggregate) for name in "abc"
                      for point in [Point(READS, 0, recorder.Aggregate.of(1.0))]])  # fmt: skip
    assert metrics.dropped == 3


def test_values_of_a_detail_are_values_of_both(metrics: Metrics) -> None:
    detail, other = Metric("N", "Detail"), Metric("N", "Other")
    metrics.keep_totals()
    for of in (detail, other, detail):
        metrics.distribution(READS, Distribution, of).add(2.0)
    metrics.fold()
    metrics.distribution(READS, Distribution, detail).add(1.0)
    metrics.record(READS, 4.0)
    assert sums(metrics.take()) == {("Reads", 0): (5, 11.0), ("Detail", 0): (3, 5.0),
                                    ("Other", 0): (1, 2.0)}  # fmt: skip
    assert metrics.totals[READS].sum == 11.0
    assert metrics.totals[detail].sum == 5.0


def test_details_leave_room_for_what_matters_more(
    metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MAX_SERIES", 4)
    for name in "abcde":
        metrics.distribution(Metric("N", name), Distribution, Metric("N", "detail")).add(1.0)
    assert {each.metric.name for each in metrics.take()} == {*"abcd", "detail"}
    assert metrics.dropped == 1


def test_what_is_counted_up(metrics: Metrics) -> None:
    tally = metrics.distribution(READS, Tally)
    assert isinstance(tally, Tally)
    tally.value = 0.5
    tally.times += 3
    metrics.record(READS, 2.0)  # another form of the same metric
    assert sums(metrics.take()) == {("Reads", 0): (4, 3.5)}
    assert metrics.take() == []


@given(st.lists(st.integers(1, 10**10), min_size=1, max_size=300))
def test_timings_are_in_the_buckets_of_their_values(nanoseconds: list[int]) -> None:
    metrics = Metrics(SimulatedClock(START))
    timing = metrics.distribution(READS, Timing)
    for each in nanoseconds:
        timing.add(each)
    (point,) = metrics.take()
    one_by_one = Counter(bucket_of(each / 1e6) for each in nanoseconds)
    buckets = point.aggregate.buckets or {}
    assert sum(buckets.values()) == len(nanoseconds)
    # On the edge of a bucket a rounding may decide.
    assert sum(abs(buckets.get(b, 0) - one_by_one[b]) for b in {*buckets, *one_by_one}) <= 4
