"""One batch: retried, bisected, discarded. Every test lists the function's events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.lambda_.runtime.invocation import UNHANDLED, Invocation
from jedlik.services.lambda_.triggers.batch import FIRST_PAUSE, MAX_PAUSE, Batch, pause_after
from jedlik.services.lambda_.triggers.failures import RETRIES_EXHAUSTED, TOO_OLD
from jedlik.services.lambda_.triggers.outcome import BatchOutcome
from tests.properties import examples
from tests.unit.services.lambda_.triggers.deliveries import mapping, record, records

NOW = 1_700_000_000.0
Function = Callable[[list[int]], BatchOutcome]


class Around:
    """Answers as `function` says, and notes what happens."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.given: list[list[int]] = []
        self.finished: list[int] = []
        self.discarded: list[tuple[list[int], str, int]] = []
        self.problems: list[str] = []
        self.pauses: list[float] = []
        self.time = NOW

    async def invoke(self, given: Sequence[Any]) -> BatchOutcome:
        numbers = [each.number for each in given]
        self.given.append(numbers)
        return self.function(numbers)

    async def done(self, given: Sequence[Any], _problem: str | None) -> None:
        self.finished += [each.number for each in given]

    async def failed(self, problem: str) -> None:
        self.problems.append(problem)

    async def discard(self, discarded: Any) -> None:
        numbers = [each.number for each in discarded.records]
        self.discarded.append((numbers, discarded.condition, discarded.attempts))

    def now(self) -> float:
        return self.time

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds


def deliver(function: Function, given: list[Any], **settings: Any) -> Around:
    around = Around(function)
    batch = Batch(mapping(**settings), around, around.pause, "shard")
    asyncio.run(batch.deliver(given))
    return around


def fails_on(*bad: int) -> Function:
    return lambda given: (
        BatchOutcome(0, "boom") if set(bad) & set(given) else BatchOutcome(len(given))
    )


def fails(times: int) -> Function:
    left = [times]

    def function(given: list[int]) -> BatchOutcome:
        left[0] -= 1
        return BatchOutcome(0, "boom") if left[0] >= 0 else BatchOutcome(len(given))

    return function


def test_a_batch_that_succeeds_is_finished():
    around = deliver(fails(0), records(1, 2))
    assert around.given == [[1, 2]]
    assert around.finished == [1, 2]
    assert not around.problems


def test_the_whole_batch_is_given_again():
    around = deliver(fails(3), records(1, 2))
    assert around.given == [[1, 2]] * 4
    assert around.pauses == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert "boom" in around.problems[0]
    assert "retry 1 follows" in around.problems[0]


def test_pauses_grow_to_an_end():
    assert pause_after(1) == FIRST_PAUSE
    assert pause_after(10_000) == MAX_PAUSE


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_retries_are_used_up(retries):
    around = deliver(fails_on(1), records(1, 2), maximum_retry_attempts=retries)
    assert around.given == [[1, 2]] * (retries + 1)
    assert around.discarded == [([1, 2], RETRIES_EXHAUSTED, retries + 1)]
    assert around.finished == [1, 2]


def test_the_last_retry_may_succeed():
    around = deliver(fails(2), records(1), maximum_retry_attempts=2)
    assert not around.discarded


def test_bisect_isolates_a_record_without_using_up_retries():
    around = deliver(fails_on(3), records(1, 2, 3, 4), bisect=True, maximum_retry_attempts=1)
    assert around.given == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [3], [4]]
    assert around.discarded == [([3], RETRIES_EXHAUSTED, 2)]
    assert around.finished == [1, 2, 3, 4]


def test_without_bisect_the_neighbours_go_too():
    around = deliver(fails_on(3), records(1, 2, 3, 4), maximum_retry_attempts=0)
    assert around.discarded == [([1, 2, 3, 4], RETRIES_EXHAUSTED, 1)]


def reporting(*bad: int) -> Function:
    def function(given: list[int]) -> BatchOutcome:
        first = next((at for at, number in enumerate(given) if number in bad), None)
        if first is None:
            return BatchOutcome(len(given))
        return BatchOutcome(first, "reported", reported=True)

    return function


def test_what_was_reported_is_given_again_from_there_on():
    around = deliver(reporting(3), records(1, 2, 3, 4), maximum_retry_attempts=1)
    assert around.given == [[1, 2, 3, 4], [3, 4]]
    assert around.discarded == [([3, 4], RETRIES_EXHAUSTED, 2)]


def test_progress_counts_retries_anew():
    steps = iter([1, 1, 1])

    def function(given: list[int]) -> BatchOutcome:
        done = next(steps, None)
        return (
            BatchOutcome(len(given))
            if done is None
            else BatchOutcome(done, "reported", reported=True)
        )

    around = deliver(function, records(1, 2, 3, 4), maximum_retry_attempts=1)
    assert around.given == [[1, 2, 3, 4], [2, 3, 4], [3, 4], [4]]
    assert not around.discarded


def test_a_report_is_not_bisected():
    around = deliver(reporting(1), records(1, 2), bisect=True, maximum_retry_attempts=0)
    assert around.given == [[1, 2]]


def test_a_function_that_cannot_be_called_uses_up_nothing():
    calls = []

    def function(given: list[int]) -> BatchOutcome:
        calls.append(given)
        if len(calls) < 5:
            return BatchOutcome(0, "the function does not exist", counts=False)
        return BatchOutcome(len(given))

    around = deliver(function, records(1, 2), maximum_retry_attempts=0, bisect=True)
    assert around.given == [[1, 2]] * 5
    assert not around.discarded


def test_old_records_are_discarded_before_they_are_delivered():
    given = [record(1, NOW - 100), record(2, NOW - 60), record(3, NOW)]
    around = deliver(fails(0), given, maximum_record_age=60)
    assert around.given == [[2, 3]]
    assert around.discarded == [([1], TOO_OLD, 0)]
    assert around.finished == [1, 2, 3]


def test_records_grow_old_while_they_are_retried():
    around = deliver(fails_on(1), [record(1, NOW - 59.8)], maximum_record_age=60)
    assert around.given == [[1], [1]]
    assert around.discarded == [([1], TOO_OLD, 2)]


def test_without_an_age_nothing_is_too_old():
    around = deliver(fails(0), [record(1, 0.0)])
    assert around.given == [[1]]


@given(
    size=st.integers(1, 12),
    bad=st.sets(st.integers(1, 12)),
    bisect=st.booleans(),
    reports=st.booleans(),
    retries=st.integers(0, 2),
)
@examples(150)
def test_everything_ends_once_and_in_order(size, bad, bisect, reports, retries):
    function = reporting(*bad) if reports else fails_on(*bad)
    given = records(*range(1, size + 1))
    around = deliver(function, given, bisect=bisect, maximum_retry_attempts=retries)
    assert around.finished == [each.number for each in given]
    discarded = {number for numbers, _, _ in around.discarded for number in numbers}
    assert bad & set(around.finished) <= discarded
    if bisect and not reports:
        assert discarded == bad & set(around.finished)
    starts = [numbers[0] for numbers in around.given]
    assert starts == sorted(starts)


def test_a_handlers_long_error_is_cut_in_the_log(caplog: pytest.LogCaptureFixture):
    told = {"errorType": "Long" * 25_000, "errorMessage": "x" * 100_000}
    ran = Invocation("id", json.dumps(told).encode(), UNHANDLED)

    def function(given: list[int]) -> BatchOutcome:
        return BatchOutcome(0, ran.problem, ran)

    around = deliver(function, records(1), maximum_retry_attempts=1)
    lines = [entry.getMessage() for entry in caplog.records]
    assert len(lines) == 2
    assert all("Long: xxx" in line and len(line) < 1_500 for line in lines)
    assert all(len(problem) < 1_500 for problem in around.problems)
