"""Long work, a slice at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Generator

import pytest

from jedlik.base import turns
from jedlik.base.turns import at_once, in_turns


def steps(done: list[int]) -> Generator[None, None, str]:
    for number in range(5):
        done.append(number)
        yield
    return "made"


async def beside(done: list[int]) -> tuple[str, list[int]]:
    """What comes of the steps, and how far they were whenever another task had its turn."""
    seen: list[int] = []

    async def watch() -> None:
        while True:
            seen.append(len(done))
            await asyncio.sleep(0)

    watching = asyncio.ensure_future(watch())
    made = await in_turns(steps(done))
    watching.cancel()
    return made, seen


def test_at_once() -> None:
    done: list[int] = []
    assert at_once(steps(done)) == "made"
    assert done == [0, 1, 2, 3, 4]


def test_others_have_their_turn_when_a_slice_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SLICE_SECONDS", 0.0)
    assert asyncio.run(beside([])) == ("made", [1, 2, 3, 4, 5])


def test_what_is_done_within_a_slice_is_not_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SLICE_SECONDS", 600.0)
    assert asyncio.run(beside([])) == ("made", [])
