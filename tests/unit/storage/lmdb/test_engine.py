from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from jedlik.storage.contract import Mix
from jedlik.storage.engine import Changes
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.lmdb.engine import LmdbEngine
from jedlik.storage.writer import SYNC_INTERVAL
from tests.simulated_clock import SimulatedClock

COUNT = b"count"


def run(test: Callable[[LmdbEngine], Coroutine[Any, Any, None]], engine: LmdbEngine) -> None:
    async def whole() -> None:
        await test(engine)
        await engine.close()

    asyncio.run(whole())


def test_commits_are_flushed_unless_asked_otherwise(tmp_path: Path) -> None:
    for durability, flushed in (("fsync", True), ("relaxed", False)):
        engine = LmdbEngine.open(tmp_path, durability)  # type: ignore[arg-type]
        flags = engine._environment.env.flags()
        assert (flags["sync"], flags["metasync"]) == (flushed, flushed)
        assert not flags["writemap"]
        asyncio.run(engine.close())


def test_relaxed_commits_are_flushed_once_in_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushes: list[int] = []
    monkeypatch.setattr(LmdbEngine, "_sync", lambda _: flushes.append(1))
    clock = SimulatedClock()

    async def test(engine: LmdbEngine) -> None:
        for _ in range(3):
            await engine.write(Mix(COUNT))
        assert flushes == []
        clock.advance(SYNC_INTERVAL)
        await engine.write(Mix(COUNT))
        await engine.write(Mix(COUNT))
        assert flushes == [1]
        await engine.close()
        assert flushes == [1, 1]

    run(test, LmdbEngine.open(tmp_path, "relaxed", clock=clock))


def test_one_call_to_the_loop_answers_a_whole_batch(tmp_path: Path) -> None:
    async def test(engine: LmdbEngine) -> None:
        loop = asyncio.get_running_loop()
        calls = 0
        original = loop.call_soon_threadsafe

        def counted(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            return original(*arguments, **options)

        loop.call_soon_threadsafe = counted  # type: ignore[method-assign]
        before = engine._environment.env.info()["last_txnid"]
        await asyncio.gather(*(engine.write(Mix(COUNT)) for _ in range(100)))
        assert calls == 1
        assert engine._environment.env.info()["last_txnid"] == before + 1, "one commit"

    run(test, LmdbEngine.open(tmp_path))


def test_a_batch_without_changes_is_not_committed(tmp_path: Path) -> None:
    class Look:
        keys = (COUNT,)

        def decide(self, values: Any) -> Changes[Any]:
            return Changes({}, values[0])

    async def test(engine: LmdbEngine) -> None:
        before = engine._environment.env.info()["last_txnid"]
        assert await engine.write(Look()) is None
        assert engine._environment.env.info()["last_txnid"] == before

    run(test, LmdbEngine.open(tmp_path))


def test_close_finishes_what_was_accepted_and_refuses_the_rest(tmp_path: Path) -> None:
    async def test() -> None:
        engine = LmdbEngine.open(tmp_path)
        accepted = [asyncio.ensure_future(engine.write(Mix(COUNT))) for _ in range(50)]
        await asyncio.sleep(0)
        await engine.close()
        assert sorted(result for result, _ in await asyncio.gather(*accepted)) == list(range(50))
        with pytest.raises(StorageUnavailable, match="closed"):
            await engine.write(Mix(COUNT))
        with pytest.raises(StorageUnavailable, match="closed"):
            await engine.read([COUNT])
        with pytest.raises(StorageUnavailable, match="closed"):
            await engine.range(b"", None)
        await engine.close()

    asyncio.run(test())


def test_a_loop_that_ends_early_leaves_the_engine_usable(tmp_path: Path) -> None:
    engine = LmdbEngine.open(tmp_path)

    async def leave() -> None:
        for _ in range(20):
            engine._join(Mix(COUNT))
        await asyncio.sleep(0)

    asyncio.run(leave())

    async def go_on(engine: LmdbEngine) -> None:
        count, _ = await engine.write(Mix(COUNT))
        assert count in (0, 20)

    run(go_on, engine)


def test_a_defect_in_committing_fails_the_batch_and_not_the_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(engine: LmdbEngine) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(engine._environment, "apply", lambda *_: 1 / 0)
            with pytest.raises(StorageUnavailable, match="ZeroDivisionError"):
                await engine.write(Mix(COUNT))
        assert await engine.write(Mix(COUNT)) == (0, [])

    run(test, LmdbEngine.open(tmp_path))
