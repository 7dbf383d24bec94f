"""Eventually consistent reads, from a standby and beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from jedlik.base.clock import SimulatedClock
from jedlik.base.ids import RandomIds
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.tables.database import Database
from jedlik.storage.engine import Changes, Page, Value
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.memory import MemoryEngine


class Standby(MemoryEngine):
    """Counts what it is asked, and may fail."""

    asked = 0
    fails = False

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        self.asked += 1
        if self.fails:
            raise StorageUnavailable("gone")
        return await super().read(keys)

    async def range(self, *bounds: Any, **options: Any) -> Page:
        self.asked += 1
        if self.fails:
            raise StorageUnavailable("gone")
        return await super().range(*bounds, **options)


class Put:
    keys: Sequence[bytes] = ()

    def __init__(self, values: dict[bytes, Value]) -> None:
        self.values = values

    def decide(self, values: Sequence[Value]) -> Changes[int]:
        return Changes(self.values, len(values))


async def made(version: bytes) -> tuple[Database, Standby, SimulatedClock]:
    """A database at catalog version 2 and a standby at `version`; they differ in the key."""
    engine, standby, clock = MemoryEngine(), Standby(), SimulatedClock(1.0)
    await engine.write(Put({CATALOG_VERSION: b"2", b"key": b"new"}))
    await standby.write(Put({CATALOG_VERSION: version, b"key": b"old"}))
    database = Database(engine, clock, RandomIds(), standby=standby)
    database.catalog.move_to(b"2")
    await database.engine.read(())  # settles whether there are key rings
    standby.asked = 0
    return database, standby, clock


async def seen(database: Database, consistent: bool | None) -> set[Value]:
    reader = database.reader(consistent)
    _, value = await reader.read((CATALOG_VERSION, b"key"))
    page = await reader.range(b"key", b"kez", also_read=(CATALOG_VERSION,))
    return {value, page.rows[0][1]}


def test_a_standby_is_read_only_where_that_is_allowed() -> None:
    async def run() -> None:
        database, standby, _ = await made(b"2")
        assert await seen(database, True) == {b"new"}
        assert standby.asked == 0
        assert await seen(database, None) == {b"old"}
        assert await seen(database, False) == {b"old"}

    asyncio.run(run())


def test_a_standby_with_another_catalog_is_not_trusted() -> None:
    async def run() -> None:
        database, standby, _ = await made(b"1")
        assert await seen(database, False) == {b"new"}
        assert standby.asked == 2

    asyncio.run(run())


def test_a_standby_that_fails_is_left_alone_for_a_while() -> None:
    async def run() -> None:
        database, standby, clock = await made(b"2")
        standby.fails = True
        assert await seen(database, False) == {b"new"}
        assert standby.asked == 1
        standby.fails = False
        assert await seen(database, False) == {b"new"}
        clock.advance(6.0)
        assert await seen(database, False) == {b"old"}

    asyncio.run(run())


def test_without_a_standby_all_reads_go_to_the_engine() -> None:
    async def run() -> None:
        engine = MemoryEngine()
        database = Database(engine, SimulatedClock(1.0), RandomIds())
        await database.engine.read(())
        assert database.reader(False) is database.reader(True)
        assert database.reader(True).read == engine.read

    asyncio.run(run())
