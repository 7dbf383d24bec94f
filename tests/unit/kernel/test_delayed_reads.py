"""Reads of past states, over every engine that has snapshots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from jedlik.kernel.delayed_reads import DelayedReads
from jedlik.storage import sealed_file, sqlite
from jedlik.storage.contract import Mix
from jedlik.storage.engine import Value
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.memory import MemoryEngine
from jedlik.storage.sqlite import SqliteEngine
from tests.simulated_clock import SimulatedClock

COUNT = b"count"
ENGINES: dict[str, Callable[[Path], Any]] = {
    "memory": lambda _path: MemoryEngine(),
    "lmdb": LoggedLmdbEngine.open,
    "sqlite": lambda path: SqliteEngine.open(path, bytes(32)),
}
Test = Callable[[Any, DelayedReads, SimulatedClock], Coroutine[Any, Any, None]]


def run(engine: Any, test: Test, delay: float = 1.0) -> None:
    async def whole() -> None:
        clock = SimulatedClock(100.0)
        delayed = DelayedReads(engine, delay, clock)
        await test(engine, delayed, clock)
        await delayed.close()
        await engine.close()

    asyncio.run(whole())


async def put(engine: Any, **values: Value) -> None:
    await engine.write(Mix(COUNT, (), {name.encode(): value for name, value in values.items()}))


async def seen(delayed: DelayedReads) -> list[Value]:
    """What reads and a range see of a key; they must be the same."""
    values = await delayed.read([b"key"])
    page = await delayed.range(b"key", b"kez", limit=10, also_read=[b"key"])
    assert page.also_read == values
    assert [value for _, value in page.rows] == [value for value in values if value is not None]
    return values


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return ENGINES[request.param](tmp_path)


def test_what_is_written_is_seen_once_it_is_old_enough(engine: Any) -> None:
    async def test(engine: Any, delayed: DelayedReads, clock: SimulatedClock) -> None:
        delayed.poll()
        for number in range(3):
            clock.advance(0.4)
            await put(engine, key=b"%d" % number)
            delayed.poll()
        assert await seen(delayed) == [None]
        clock.advance(0.25)  # the first is 1.05 seconds old
        assert await seen(delayed) == [b"0"]
        clock.advance(0.4)
        assert await seen(delayed) == [b"1"]
        await put(engine, key=None)
        delayed.poll()
        clock.advance(0.9)
        assert await seen(delayed) == [b"2"]
        clock.advance(0.2)
        assert await seen(delayed) == [None]

    run(engine, test)


def test_snapshots_are_let_go_and_none_is_made_where_nothing_changes(engine: Any) -> None:
    async def test(engine: Any, delayed: DelayedReads, clock: SimulatedClock) -> None:
        released: list[int] = []
        hold = engine.hold

        def counted() -> Any:
            snapshot = hold()
            release = snapshot.release

            def released_once() -> None:
                released.append(id(snapshot))
                release()

            snapshot.release = released_once
            made.append(id(snapshot))
            kept.append(snapshot)
            return snapshot

        made: list[int] = []
        kept: list[Any] = []
        engine.hold = counted
        for _ in range(20):
            await put(engine, key=b"x")
            delayed.poll()
            clock.advance(0.1)
        assert len(made) == 20
        assert 7 <= len(released) <= 10
        for _ in range(20):
            delayed.poll()
            clock.advance(0.1)
        assert len(made) == 20
        assert len(released) == 19

    run(engine, test)


def test_before_the_first_poll_reads_are_the_engines(engine: Any) -> None:
    async def test(engine: Any, delayed: DelayedReads, _clock: SimulatedClock) -> None:
        await put(engine, key=b"now")
        assert await seen(delayed) == [b"now"]

    run(engine, test)


def test_a_map_that_grows_ends_snapshots_and_no_reads(tmp_path: Path) -> None:
    async def test(engine: Any, delayed: DelayedReads, clock: SimulatedClock) -> None:
        delayed.poll()
        await put(engine, **{f"key{number}": b"x" * 100_000 for number in range(30)})
        clock.advance(0.5)
        page = await delayed.range(b"key", b"kez")
        assert len(page.rows) in (0, 30)
        delayed.poll()
        clock.advance(2.0)
        assert len((await delayed.range(b"key", b"kez")).rows) == 30

    run(LoggedLmdbEngine.open(tmp_path, map_size=1 << 20), test)


def test_a_poll_that_fails_is_made_up_for_later() -> None:
    async def test(engine: Any, delayed: DelayedReads, clock: SimulatedClock) -> None:
        def fails() -> int:
            raise StorageUnavailable("gone")

        state, engine.state = engine.state, fails
        delayed.poll()
        engine.state = state
        await put(engine, key=b"x")
        delayed.poll()
        clock.advance(1.5)
        assert await seen(delayed) == [b"x"]

    run(MemoryEngine(), test)


def test_reads_lag_no_more_than_the_delay_where_no_snapshot_can_be_taken(engine: Any) -> None:
    async def test(engine: Any, delayed: DelayedReads, clock: SimulatedClock) -> None:
        def fails() -> Any:
            raise StorageUnavailable("too many")

        delayed.poll()
        hold, engine.hold = engine.hold, fails
        await put(engine, key=b"x")
        delayed.poll()
        clock.advance(1.5)
        assert await seen(delayed) == [b"x"]
        engine.hold = hold
        delayed.poll()
        await put(engine, key=b"y")
        assert await seen(delayed) == [b"x"]

    run(engine, test)


def test_snapshots_let_a_log_begin_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's grew as long as there was always one, so as long as there were writes."""
    monkeypatch.setattr(sealed_file, "_LOG_PAGES", 50)
    monkeypatch.setattr(sealed_file, "LOG_KEPT", 1 << 20)
    monkeypatch.setattr(sqlite, "MAX_LOG", 2 << 20)

    async def test(engine: Any, delayed: DelayedReads, clock: SimulatedClock) -> None:
        sizes, lagging = [], 0
        for number in range(800):
            await put(engine, key=b"%d" % number, more=bytes(20_000))
            delayed.poll()
            clock.advance(0.1)
            sizes.append((tmp_path / "rows.db-wal").stat().st_size)
            lagging += await seen(delayed) != [b"%d" % number]
        assert 2 << 20 < max(sizes) < 3 << 20
        assert min(sizes[400:]) <= 1 << 20
        assert lagging > 700

    run(SqliteEngine.open(tmp_path, bytes(32)), test)


def test_the_engine_is_polled_automatically() -> None:
    async def whole() -> None:
        engine = MemoryEngine()
        clock = SimulatedClock(100.0)
        delayed = DelayedReads(engine, 0.01, clock)
        await delayed.start()
        await put(engine, key=b"x")
        assert await delayed.read([b"key"]) == [None]
        while await delayed.read([b"key"]) == [None]:
            clock.advance(0.01)
            await asyncio.sleep(0.001)
        await delayed.close()

    asyncio.run(asyncio.wait_for(whole(), 10.0))
