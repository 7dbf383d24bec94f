"""Points in a store: sums over all writers, kept as long as they should be."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from jedlik.base.ids import RandomIds
from jedlik.kernel.keyspaces import METRICS
from jedlik.kernel.metrics import points as stored
from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.flushing import MetricsFlush
from jedlik.kernel.metrics.metric import Metric
from jedlik.kernel.metrics.points import (
    DAY,
    MAX_OTHER_SERIES,
    MAX_STORED_SERIES,
    RESOLUTIONS,
    Series,
    TooManySeries,
    find_series,
    read_points,
    series_prefix,
    store_points,
)
from jedlik.kernel.metrics.recorder import Point
from jedlik.kernel.metrics.trimming import trim
from jedlik.kernel.metrics.verifying import MetricWalk
from jedlik.kernel.rows import all_rows
from jedlik.kernel.store import Store
from jedlik.storage.memory import MemoryEngine
from tests.simulated_clock import SimulatedClock

NOON = 1_700_049_600
READS = Metric("AWS/X", "Reads", (("Table", "a"),))
WRITES = Metric("AWS/X", "Writes", (("Table", "a"),))


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def point(minute: int, value: float, metric: Metric = READS) -> Point:
    return Point(metric, NOON + 60 * minute, Aggregate.of(value))


async def values(engine: MemoryEngine, resolution: int, metric: Metric = READS) -> dict[int, float]:
    (series,) = await find_series(engine, series_prefix(metric.namespace, metric.name))
    found = await read_points(
        engine, series.id, metric.unit, RESOLUTIONS[resolution], NOON - DAY, NOON + 3 * DAY
    )
    return {(time - NOON) // 60: each.sum for time, each in found}


def test_points_are_sums_over_all_writers_at_three_resolutions() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        await store_points(engine, [point(0, 1.0), point(1, 2.0), point(0, 4.0)], NOON)
        await store_points(engine, [point(1, 8.0), point(7, 16.0), point(61, 32.0)], NOON)
        assert await values(engine, 0) == {0: 5.0, 1: 10.0, 7: 16.0, 61: 32.0}
        assert await values(engine, 1) == {0: 15.0, 5: 16.0, 60: 32.0}
        assert await values(engine, 2) == {0: 31.0, 60: 32.0}

    run(scenario())


def test_series_are_found_by_prefix_with_their_units() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        in_bytes = READS._replace(unit="Bytes")
        await store_points(
            engine, [point(0, 1.0), point(0, 1.0, in_bytes), point(0, 1.0, WRITES)], NOON
        )
        both = await find_series(engine, series_prefix("AWS/X"))
        assert [each.name for each in both] == ["Reads", "Writes"]
        assert both[0] == Series("AWS/X", "Reads", READS.dimensions, ("Count", "Bytes"), NOON)
        assert await find_series(engine, series_prefix("AWS/X", "Read")) == []
        assert await find_series(engine, series_prefix("AWS")) == []

    run(scenario())


def test_there_is_an_end_to_series(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MAX_STORED_SERIES", 1)
    monkeypatch.setattr(stored, "MAX_OTHER_SERIES", 1)

    async def scenario() -> None:
        engine = MemoryEngine()
        assert await store_points(engine, [point(0, 1.0), point(0, 1.0, WRITES)], NOON) == 1
        assert await store_points(engine, [point(1, 1.0)], NOON, strict=True) == 0
        with pytest.raises(TooManySeries):
            await store_points(engine, [point(1, 1.0, WRITES)], NOON, strict=True)

    run(scenario())


def test_clients_leave_room_for_the_servers_own_series(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_OTHER_SERIES < MAX_STORED_SERIES
    monkeypatch.setattr(stored, "MAX_OTHER_SERIES", 1)

    async def scenario() -> None:
        engine = MemoryEngine()
        assert await store_points(engine, [point(0, 1.0)], NOON, strict=True) == 0
        with pytest.raises(TooManySeries):
            await store_points(engine, [point(0, 1.0, WRITES)], NOON, strict=True)
        assert await store_points(engine, [point(0, 1.0, WRITES)], NOON) == 0, "none is dropped"

    run(scenario())


async def findings(engine: MemoryEngine) -> list[str]:
    found: list[str] = []
    walk = MetricWalk(lambda where, what: found.append(f"{where}: {what}"))
    walk.rows(await all_rows(engine, METRICS))
    walk.end()
    return found


def test_what_is_too_old_goes_and_the_series_with_its_last_point() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        await store_points(engine, [point(0, 1.0), point(DAY // 60, 2.0)], NOON)
        assert not await trim(engine, NOON + 10 * DAY)  # not yet due: nothing was looked at
        assert len(await values(engine, 0)) == 2
        await trim(engine, NOON + 15 * DAY + 60)
        assert await values(engine, 0) == {DAY // 60: 2.0}
        assert len(await values(engine, 1)) == 2
        await trim(engine, NOON + 17 * DAY)
        assert await values(engine, 0) == {}
        await trim(engine, NOON + 100 * DAY)
        assert await values(engine, 1) == {}
        assert len(await values(engine, 2)) == 2
        assert await findings(engine) == []
        await trim(engine, NOON + 457 * DAY)
        rows = await all_rows(engine, METRICS)
        assert [value for _, value in rows] == [bytes(8)]  # the count
        assert await findings(engine) == []

    run(scenario())


def test_verify_finds_what_is_broken() -> None:
    class Put:
        keys = (METRICS + b"p\x00short", METRICS + b"n")

        def decide(self, _values: Any) -> Any:
            return stored.Changes({self.keys[0]: b"x", self.keys[1]: bytes(7) + b"\x05"}, None)

    async def scenario() -> None:
        engine = MemoryEngine()
        await store_points(engine, [point(0, 1.0)], NOON)
        assert await findings(engine) == []
        await engine.write(Put())
        assert len(await findings(engine)) == 2

    run(scenario())


def test_flushing_stores_what_was_recorded() -> None:
    async def scenario() -> None:
        engine, clock = MemoryEngine(), SimulatedClock(NOON)
        store = Store(engine, clock, RandomIds())
        metrics = store.metrics
        flush = MetricsFlush(store)
        await flush.flush()
        assert await all_rows(engine, METRICS) == []  # nothing happened, nothing is written
        flush.samplers.append(lambda: metrics.record(WRITES, 3.0))
        metrics.record(READS, 1.0)
        await flush.flush()
        metrics.record(READS, 2.0)
        await flush.flush()
        assert await values(engine, 0) == {0: 3.0}
        assert await values(engine, 0, WRITES) == {0: 6.0}

    run(scenario())
