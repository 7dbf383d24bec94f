"""The engine that fails on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from jedlik.storage.contract import Mix
from jedlik.storage.failures import OutcomeUnknown, StorageUnavailable
from jedlik.storage.memory import MemoryEngine
from tests.faulty_engine import Faults, FaultyEngine

COUNT = b"count"


def faulty(seed: int = 1, **rates: float) -> FaultyEngine:
    return FaultyEngine(MemoryEngine(), Faults(**rates), seed)


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_before_the_commit_nothing_happened() -> None:
    async def test() -> None:
        engine = faulty(fails_before_commit=1)
        with pytest.raises(StorageUnavailable, match="seed 1"):
            await engine.write(Mix(COUNT))
        assert await engine.read([COUNT]) == [None]

    run(test())


def test_after_the_commit_it_happened() -> None:
    async def test() -> None:
        engine = faulty(fails_after_commit=1)
        with pytest.raises(OutcomeUnknown, match="seed 1"):
            await engine.write(Mix(COUNT))
        assert await engine.read([COUNT]) == [b"1"]

    run(test())


def test_reads_fail() -> None:
    async def test() -> None:
        engine = faulty(read_fails=1)
        with pytest.raises(StorageUnavailable):
            await engine.read([COUNT])
        with pytest.raises(StorageUnavailable):
            await engine.range(b"", None)

    run(test())


def test_reruns_decide_again_and_change_once() -> None:
    decided = 0

    class Counting(Mix):
        def decide(self, values: Any) -> Any:
            nonlocal decided
            decided += 1
            return super().decide(values)

    async def test() -> None:
        engine = faulty(reruns=1)
        await engine.write(Counting(COUNT))
        assert await engine.read([COUNT]) == [b"1"]

    run(test())
    assert decided >= 2


def test_short_pages_go_on() -> None:
    async def test() -> None:
        engine = faulty(short_pages=1)
        await engine.write(Mix(COUNT, (), {b"%d" % n: b"" for n in range(9)}))
        page = await engine.range(b"0", b"9", limit=9)
        assert 1 <= len(page.rows) <= 9
        assert page.more == (len(page.rows) < 9)

    run(test())


def test_delays_suspend_on_futures_of_the_loop_only() -> None:
    async def test() -> None:
        reading = faulty(delays=1).read([COUNT])
        waits = reading.send(None)
        assert asyncio.isfuture(waits)
        reading.close()

    run(test())


def test_the_seed_decides() -> None:
    async def outcomes(seed: int) -> list[bool]:
        engine = faulty(seed, fails_before_commit=0.5)
        results = [engine.write(Mix(COUNT)) for _ in range(30)]
        done = await asyncio.gather(*results, return_exceptions=True)
        return [isinstance(result, StorageUnavailable) for result in done]

    first = asyncio.run(outcomes(5))
    assert asyncio.run(outcomes(5)) == first
    assert asyncio.run(outcomes(6)) != first
    assert 0 < sum(first) < 30
