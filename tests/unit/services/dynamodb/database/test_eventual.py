"""Eventually consistent reads, from a standby and beside it, and old ones on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson

from jedlik.base.ids import RandomIds
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.delayed_reads import DelayedReads
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.eventual import follow
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.engine import Page, Value
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.memory import MemoryEngine
from tests.simulated_clock import SimulatedClock


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


async def made(version: bytes) -> tuple[Database, Standby, SimulatedClock]:
    """A database at catalog version 2 and a standby at `version`; they differ in the key."""
    engine, standby, clock = MemoryEngine(), Standby(), SimulatedClock(1.0)
    await engine.write(BlindWrite({CATALOG_VERSION: b"2", b"key": b"new"}))
    await standby.write(BlindWrite({CATALOG_VERSION: version, b"key": b"old"}))
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


def test_a_catalog_that_moves_while_a_standby_stands_still_is_noticed() -> None:
    async def run() -> None:
        database, _, _ = await made(b"2")
        await database.store.write(BlindWrite({CATALOG_VERSION: b"3"}))
        assert await seen(database, False) == {b"old"}
        following = asyncio.create_task(follow(database.catalog))
        await asyncio.sleep(0)
        assert database.catalog.version == b"3"
        assert await seen(database, False) == {b"new"}
        following.cancel()

    asyncio.run(run())


def test_without_a_standby_all_reads_go_to_the_engine() -> None:
    async def run() -> None:
        engine = MemoryEngine()
        database = Database(engine, SimulatedClock(1.0), RandomIds())
        await database.engine.read(())
        assert database.reader(False) is database.reader(True)
        assert database.reader(True).read == engine.read

    asyncio.run(run())


class Old:
    """A database whose eventually consistent reads are a second old, at most a look more."""

    def __init__(self) -> None:
        self.engine = MemoryEngine()
        self.clock = SimulatedClock(1.0)
        self.delayed = DelayedReads(self.engine, 1.0, self.clock)
        self.database = self.process()

    def process(self) -> Database:
        """The database of a process that has read nothing yet."""
        return Database(self.engine, self.clock, RandomIds(), delayed=self.delayed)

    async def call(self, operation: str, **payload: Any) -> Any:
        while True:
            try:
                asked = {"TableName": "t", **payload}
                answer = await OPERATIONS[operation](self.database, asked)
            except CatalogChanged:
                continue
            return answer if isinstance(answer, dict) else orjson.loads(answer)

    async def create(self, name: str = "t") -> None:
        await self.call(
            "CreateTable",
            TableName=name,
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in "pg"],
            BillingMode="PAY_PER_REQUEST",
            GlobalSecondaryIndexes=[index("g")],
        )

    async def put(self, value: str) -> None:
        await self.call("PutItem", Item={"p": {"S": "1"}, "g": {"S": "1"}, "v": {"S": value}})

    async def reads(self, consistent: bool | None = None) -> set[str]:
        """What all kinds of reads see; they must agree."""
        key = {"p": {"S": "1"}}
        found = [(await self.call("GetItem", Key=key, ConsistentRead=consistent)).get("Item")]
        keys = {"t": {"Keys": [key], "ConsistentRead": consistent}}
        found += (await self.call("BatchGetItem", RequestItems=keys))["Responses"]["t"] or [None]
        found += (await self.call("Scan", ConsistentRead=consistent))["Items"] or [None]
        if not consistent:
            found += await self.query("g") or [None]
        return {"" if item is None else item["v"]["S"] for item in found}

    async def query(self, name: str) -> list[Any]:
        values = {":g": {"S": "1"}}
        condition = "g = :g"
        query = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
        items: list[Any] = (await self.call("Query", IndexName=name, **query))["Items"]
        return items

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.delayed.poll()
            self.clock.advance(0.1)
        self.delayed.poll()


def index(name: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def test_old_reads_are_as_old_as_asked_for_on_a_table_just_made_too() -> None:
    async def run() -> None:
        old = Old()
        old.pass_time(0.5)
        await old.create()
        await old.put("a")
        assert await old.reads() == {""}
        assert await old.reads(True) == {"a"}
        old.pass_time(0.8)
        assert await old.reads() == {""}
        old.pass_time(0.4)
        assert await old.reads() == {"a"}
        await old.put("b")
        old.pass_time(0.8)
        assert await old.reads() == {"a"}
        assert await old.reads(True) == {"b"}
        old.pass_time(0.4)
        assert await old.reads() == {"b"}

    asyncio.run(run())


def test_the_first_read_of_a_catalog_that_has_moved_is_old_too() -> None:
    async def run() -> None:
        old = Old()
        await old.create()
        await old.put("a")
        old.pass_time(1.5)
        await old.put("b")
        await old.create("other")
        assert await old.reads() == {"a"}
        old.database = old.process()
        assert await old.reads() == {"a"}

    asyncio.run(run())


def test_the_catalog_of_old_reads_is_that_of_now() -> None:
    async def run() -> None:
        old = Old()
        await old.create()
        await old.put("a")
        old.pass_time(1.5)
        # Of another table: nothing is younger for it.
        await old.create("other")
        await old.put("b")
        assert await old.reads() == {"a"}
        # Of the table itself: what it is read by may not have been there then.
        await old.call("UpdateTable", DeletionProtectionEnabled=True)
        assert await old.reads() == {"b"}
        old.pass_time(1.5)
        await old.put("c")
        assert await old.reads() == {"b"}

    asyncio.run(run())
