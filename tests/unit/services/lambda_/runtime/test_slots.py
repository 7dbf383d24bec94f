"""How many events of a function, and of all, run at a time."""

from __future__ import annotations

import asyncio

import pytest

from jedlik.services.lambda_.runtime.slots import Slots


class Runs:
    """Holders of places, in the order in which they got them."""

    def __init__(self, size: int) -> None:
        self.slots = Slots(size)
        self.running: list[str] = []
        self._ends: dict[asyncio.Task[None], asyncio.Event] = {}

    async def begin(self, *functions: str) -> None:
        for function in functions:
            end = asyncio.Event()
            task = asyncio.create_task(self._hold(function, end))
            self._ends[task] = end
        await asyncio.sleep(0.0)
        await asyncio.sleep(0.0)

    async def _hold(self, function: str, end: asyncio.Event) -> None:
        async with self.slots.held(function):
            self.running.append(function)
            await end.wait()
            self.running.remove(function)

    async def end_all(self) -> None:
        for end in self._ends.values():
            end.set()
        await asyncio.wait(self._ends, timeout=30)
        assert all(task.done() for task in self._ends)


def test_a_slow_function_leaves_some_of_the_places_to_others():
    async def scenario() -> None:
        runs = Runs(4)
        await runs.begin("slow", "slow", "slow", "slow", "slow")
        assert runs.running == ["slow", "slow", "slow"]
        await runs.begin("other", "third")
        assert runs.running == ["slow", "slow", "slow", "other"]
        await runs.end_all()
        assert runs.running == []

    asyncio.run(scenario())


def test_with_a_single_place_one_event_runs_at_a_time():
    async def scenario() -> None:
        runs = Runs(1)
        await runs.begin("a", "a", "b")
        assert runs.running == ["a"]
        await runs.end_all()

    asyncio.run(scenario())


@pytest.mark.parametrize("served", [False, True])
def test_a_caller_that_goes_away_leaves_no_place_taken(served):
    async def scenario() -> None:
        runs = Runs(1)
        slots = runs.slots
        first = slots.held("a")
        await first.__aenter__()
        waiting = asyncio.create_task(slots.held("b").__aenter__())
        await asyncio.sleep(0)
        if served:
            slots._give_back("a")
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        if not served:
            slots._give_back("a")
        async with asyncio.timeout(10), slots.held("c"):
            pass

    asyncio.run(scenario())
