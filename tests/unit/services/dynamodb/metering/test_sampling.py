"""Which events are counted: all of few, and of many so that sums come out the same."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.metering.sampling import A_SECOND, Sampler
from tests.properties import examples


def counted(sampler: Sampler, events: int) -> list[tuple[int, int]]:
    """The numbers of the events that count, and their weights."""
    return [(number, sampler.weight) for number in range(events) if sampler.due()]


def test_few_are_all_counted() -> None:
    sampler = Sampler()
    for _ in range(5):
        assert counted(sampler, A_SECOND - 1) == [(n, 1) for n in range(A_SECOND - 1)]
        sampler.adapt(1.0)


def test_of_many_few_are_counted_at_once_and_later_on() -> None:
    sampler = Sampler(random.Random(1))
    assert len(counted(sampler, 100_000)) < 10 * A_SECOND, "before it is known how many come"
    sampler.adapt(1.0)
    found = counted(sampler, 100_000)
    assert len(found) == pytest.approx(A_SECOND, rel=0.05)
    sampler.adapt(1.0)
    assert sum(weight for _, weight in counted(sampler, 100_000)) == pytest.approx(1e5, abs=400)


def test_a_load_that_ends_is_counted_in_full_again() -> None:
    sampler = Sampler(random.Random(1))
    counted(sampler, 100_000)
    for _ in range(3):
        sampler.adapt(1.0)
        counted(sampler, A_SECOND - 100)
    sampler.adapt(1.0)
    assert len(counted(sampler, A_SECOND - 100)) == A_SECOND - 100


def test_two_looks_in_one_moment_say_nothing_of_the_load() -> None:
    sampler = Sampler(random.Random(1))
    counted(sampler, 100_000)
    sampler.adapt(1.0)
    sampler.adapt(0.0)
    assert len(counted(sampler, 100_000)) == pytest.approx(A_SECOND, rel=0.05)


@given(seed=st.integers(0, 2**32), period=st.sampled_from([2, 7, 50, 64]))
@examples(80)
def test_patterns_do_not_matter(seed: int, period: int) -> None:
    """Of keys that take turns in any period each is found to have its share."""
    sampler = Sampler(random.Random(seed))
    counted(sampler, 30_000)
    sampler.adapt(1.0)
    events, first = 60_000, 0
    for number, weight in counted(sampler, events):
        first += weight if number % period == 0 else 0
    # Six deviations of a binomial share.
    share, blocks = 1 / period, events / sampler.weight
    bound = 6 * (share * (1 - share) / blocks) ** 0.5
    assert first / events == pytest.approx(share, abs=bound)
