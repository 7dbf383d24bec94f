"""Long work runs in slices, after short work."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from itertools import pairwise
from typing import Any

import pytest

from jedlik.base import turns
from jedlik.base.turns import PAUSE_SECONDS, Turns, at_once, in_turns


def steps(done: list[int]) -> Generator[None, None, str]:
    for number in range(5):
        done.append(number)
        yield
    return "made"


async def beside(work: Coroutine[Any, Any, Any], done: list[int]) -> tuple[Any, list[int]]:
    """What comes of the work, and how much was done after each turn of the loop."""
    seen: list[int] = []

    async def watch() -> None:
        while True:
            seen.append(len(done))
            await asyncio.sleep(0)

    watching = asyncio.ensure_future(watch())
    made = await work
    watching.cancel()
    return made, seen


@pytest.fixture
def always_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Turns, "over", True)


class Clock:
    """A time that passes only where it is said to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(turns, "perf_counter", made)
    return made


def test_steps_can_be_done_at_once() -> None:
    done: list[int] = []
    assert at_once(steps(done)) == "made"
    assert done == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("always_over", "clock")
def test_others_have_their_turn_when_a_slice_is_over() -> None:
    done: list[int] = []
    made, seen = asyncio.run(beside(in_turns(steps(done)), done))
    assert made == "made"
    assert set(seen) >= {1, 2, 3, 4, 5}


def test_what_is_done_within_a_slice_is_not_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Turns, "over", False)
    assert asyncio.run(beside(in_turns(steps([])), [])) == ("made", [])


@pytest.mark.usefixtures("always_over", "clock")
def test_of_much_long_work_one_slice_runs_in_a_turn() -> None:
    done: list[int] = []

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(in_turns(steps(done)) for _ in range(10)))

    made, seen = asyncio.run(beside(all_of_them(), done))
    assert made == ["made"] * 10
    after_the_first = seen[1:]  # which all of them have at once
    assert all(later - earlier <= 1 for earlier, later in pairwise(after_the_first))
    # First come, first served: none is a step ahead of the others.
    assert done == sorted(done)


@pytest.mark.usefixtures("always_over")
def test_while_the_loop_is_busy_long_work_waits_for_its_tenth(clock: Clock) -> None:
    done: list[int] = []
    began: list[float] = []

    def watched() -> Generator[None, None, str]:
        for step in steps(done):
            began.append(clock.now)
            yield step
        return "made"

    async def short_requests() -> None:
        while True:
            clock.now += 0.0002
            await asyncio.sleep(0)

    async def run() -> None:
        busy = asyncio.ensure_future(short_requests())
        await in_turns(watched())
        busy.cancel()

    asyncio.run(run())
    pauses = [later - earlier for earlier, later in pairwise(began)]
    assert all(PAUSE_SECONDS <= pause <= PAUSE_SECONDS + 0.002 for pause in pauses)


@pytest.mark.usefixtures("always_over", "clock")
def test_work_that_was_given_up_keeps_no_one_waiting() -> None:
    done: list[int] = []

    async def run() -> str:
        given_up = asyncio.ensure_future(in_turns(steps([])))
        goes_on = asyncio.ensure_future(in_turns(steps(done)))
        await asyncio.sleep(0)
        given_up.cancel()
        return await goes_on

    assert asyncio.run(run()) == "made"
