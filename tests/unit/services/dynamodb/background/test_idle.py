"""The reads of an idle server do not increase with its tables."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from jedlik.base.ids import RandomIds
from jedlik.services.dynamodb.background.background import Background
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.storage.engine import Page, Value
from jedlik.storage.memory import MemoryEngine
from tests.control_plane import on_demand
from tests.simulated_clock import SimulatedClock

TABLES = (100, pytest.param(2500, marks=pytest.mark.slow))
CALLS_A_SECOND = 20
NOW = 1_700_000_000


class Counting(MemoryEngine):
    """Counts what is asked of it; whatever the engine, each is a call, or a round trip."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.rows = 0

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        self.calls += 1
        return await super().read(keys)

    async def range(self, low: bytes, high: bytes | None, **options: Any) -> Page:
        self.calls += 1
        page = await super().range(low, high, **options)
        self.rows += len(page.rows)
        return page

    async def write(self, task: Any) -> Any:
        self.calls += 1
        return await super().write(task)


async def fill(database: Database, clock: SimulatedClock, tables: int) -> None:
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    setting = {"Enabled": True, "AttributeName": "ttl"}
    for number in range(tables):
        name = f"table-{number:04}"
        request = {**on_demand(name), "StreamSpecification": stream}
        await OPERATIONS["CreateTable"](database, request)
        ttl = {"TableName": name, "TimeToLiveSpecification": setting}
        await OPERATIONS["UpdateTimeToLive"](database, ttl)
        if number % 10 == 0:  # the more have items, the longer this test takes
            item = {"pk": {"S": "a"}, "ttl": {"N": str(NOW + 86_400 * 365)}}
            put = orjson.dumps({"TableName": name, "Item": item})
            await OPERATIONS["PutItem"](database, orjson.loads(put))
        clock.advance(0.2)  # so many tables are not made at once


async def settle(work: Background, clock: SimulatedClock) -> None:
    """Let everything happen that is due, and look a minute later."""
    for _ in range(2):
        for loop in work._loops:
            await loop.run_once()
        clock.advance(60)


async def calls_a_second(
    work: Background, clock: SimulatedClock, engine: Counting, seconds: int, look_every: int = 1
) -> float:
    """Over some time on the clock, every loop looking as often as it does."""
    before = engine.calls
    for second in range(0, seconds, look_every):
        for loop in work._loops:
            if second % max(look_every, int(loop._interval)) == 0:
                await loop.run_once()
        clock.advance(look_every)
    return (engine.calls - before) / seconds


@pytest.mark.parametrize("tables", TABLES)
def test_an_idle_server_asks_little_of_its_engine(tables: int) -> None:
    async def scenario() -> None:
        engine, clock = Counting(), SimulatedClock(NOW)
        database = Database(engine, clock, RandomIds())
        await fill(database, clock, tables)
        work = Background(database)
        await settle(work, clock)
        at_rest = await calls_a_second(work, clock, engine, 120)
        assert at_rest <= CALLS_A_SECOND / 2
        clock.advance(4 * 3600)
        await settle(work, clock)  # shards that have had a record are rotated
        # The other shards are old and empty, and looked at again every now and then.
        looks = await calls_a_second(work, clock, engine, 2 * 3600, look_every=60)
        assert at_rest + looks <= CALLS_A_SECOND
        for _ in range(3):
            part = await calls_a_second(work, clock, engine, 600, look_every=60)
            assert at_rest + part <= CALLS_A_SECOND

    asyncio.run(scenario())


def test_a_new_table_costs_background_work_nothing_that_grows_with_tables() -> None:
    async def rows_read(work: Background, engine: Counting) -> int:
        before = engine.rows
        for loop in work._loops:
            await loop.run_once()
        return engine.rows - before

    async def scenario() -> None:
        engine, clock = Counting(), SimulatedClock(NOW)
        database = Database(engine, clock, RandomIds())
        await fill(database, clock, 30)
        work = Background(database)
        await settle(work, clock)
        await OPERATIONS["CreateTable"](database, on_demand("later"))
        assert await rows_read(work, engine) < 10
        kept = {"PointInTimeRecoveryEnabled": True}
        recovery = {"TableName": "later", "PointInTimeRecoverySpecification": kept}
        await OPERATIONS["UpdateContinuousBackups"](database, recovery)
        assert await rows_read(work, engine) > 30, "a log is to be trimmed"
        clock.advance(3600)
        await settle(work, clock)
        stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
        changed = {"TableName": "later", "StreamSpecification": stream}
        await OPERATIONS["UpdateTable"](database, changed)
        assert await rows_read(work, engine) < 10, "as it was before"
        # Its counter-case: a deletion is found among all tables.
        await OPERATIONS["DeleteTable"](database, {"TableName": "later"})
        assert await rows_read(work, engine) >= 30

    asyncio.run(scenario())
