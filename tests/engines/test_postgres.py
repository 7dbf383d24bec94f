"""What the contract cannot say of an engine that several nodes share."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from jedlik.base.clock import SystemClock
from jedlik.base.ids import RandomIds
from jedlik.kernel.leases import Lease, LeaseLost, acquire, renew
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.services.dynamodb.tables.descriptions import read_figures
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.contract import Create, Mix, Model, contents
from jedlik.storage.engine import Changes, Value
from jedlik.storage.failures import EngineUnusable, OutcomeUnknown, StorageFailure
from jedlik.storage.postgres import commits, statements
from jedlik.storage.postgres.decisions import Decisions, Waiting
from jedlik.storage.postgres.engine import PostgresEngine
from jedlik.storage.postgres.lanes import STEADY
from tests.control_plane import on_demand
from tests.postgres import PostgresServer, shared_server

COUNTER = b"counter"


class Guarded:
    """Puts `key` as long as `guard` holds `value`; says whether it did."""

    def __init__(self, guard: bytes, value: Value, key: bytes) -> None:
        self.keys = (guard, key)
        self.value = value

    def decide(self, values: Sequence[Value]) -> Changes[bool]:
        if values[0] != self.value:
            return Changes({}, False)
        return Changes({self.keys[1]: b"%d" % (int(values[1] or b"0") + 1)}, True)


class Appends:
    """Appends to its key, and returns what was there."""

    def __init__(self, key: bytes) -> None:
        self.keys = (COUNTER, key)

    def decide(self, values: Sequence[Value]) -> Changes[bytes]:
        before = values[1] or b""
        return Changes({self.keys[1]: before + b"!"}, before)


@pytest.fixture
def server() -> PostgresServer:
    return shared_server()


@pytest.fixture
def url(server: PostgresServer) -> str:
    return server.new_schema()


def with_nodes(
    url: str, count: int, work: Callable[[list[PostgresEngine]], Awaitable[Any]], **options: Any
) -> None:
    """Run `work` on several engines over one schema, which must hold no placeholder after it."""

    async def run() -> None:
        nodes = [PostgresEngine(url, **options) for _ in range(count)]
        await asyncio.gather(*(node.start() for node in nodes))
        try:
            await work(nodes)
        finally:
            await asyncio.gather(*(node.close() for node in nodes))

    asyncio.run(run())
    schema = url.rpartition("=")[2]
    assert (
        shared_server().execute(
            f"SELECT count(*) FROM {schema}.{statements.ROWS} WHERE value IS NULL"
        )
        == "0"
    )


def test_ten_nodes_start_together_on_an_empty_database(url: str) -> None:
    async def work(nodes: list[PostgresEngine]) -> None:
        await asyncio.gather(*(node.write(Mix(COUNTER)) for node in nodes))
        assert await nodes[0].read([COUNTER]) == [b"10"]

    with_nodes(url, 10, work)


@pytest.mark.parametrize("optimistic", [0, 3])
def test_nodes_lose_no_update_to_each_other(url: str, optimistic: int) -> None:
    async def work(nodes: list[PostgresEngine]) -> None:
        async def count(node: PostgresEngine) -> list[int]:
            return [(await node.write(Mix(COUNTER)))[0] for _ in range(25)]

        counts = await asyncio.gather(*(count(node) for node in nodes for _ in range(4)))
        assert sorted(each for some in counts for each in some) == list(range(300))
        assert await nodes[0].read([COUNTER]) == [b"300"]

    with_nodes(url, 3, work, optimistic=optimistic)


@pytest.mark.parametrize("optimistic", [0, 3])
def test_one_of_all_nodes_creates_a_key(url: str, optimistic: int) -> None:
    async def work(nodes: list[PostgresEngine]) -> None:
        for number in range(40):
            key = b"key%d" % number
            won = await asyncio.gather(
                *(node.write(Create(key, b"%d" % place)) for place, node in enumerate(nodes))
            )
            assert won.count(True) == 1
            assert await nodes[0].read([key]) == [b"%d" % won.index(True)]

    with_nodes(url, 4, work, optimistic=optimistic)


@pytest.mark.parametrize("optimistic", [0, 3])
def test_a_random_walk_of_several_nodes_has_an_order(url: str, optimistic: int) -> None:
    draw = random.Random(5)
    keys = [b"%d" % number for number in range(6)]

    def task() -> Mix:
        puts: dict[bytes, Value] = {
            key: None if draw.random() < 0.4 else draw.randbytes(3)
            for key in draw.sample(keys, draw.randrange(3))
        }
        return Mix(COUNTER, draw.sample(keys, draw.randrange(3)), puts)

    async def work(nodes: list[PostgresEngine]) -> None:
        model = Model()
        for _ in range(25):
            tasks = [task() for _ in range(9)]
            results = await asyncio.gather(
                *(draw.choice(nodes).write(each) for each in tasks), return_exceptions=True
            )
            model.replay(tasks, results)
        assert await contents(nodes[0], b"") == sorted(model.values.items())

    with_nodes(url, 3, work, optimistic=optimistic)


@pytest.mark.parametrize("optimistic", [0, 3])
@pytest.mark.parametrize("value", [None, b"open"])
def test_what_a_task_read_holds_until_its_commit(url: str, value: Value, optimistic: int) -> None:
    """The fence of leases: once the guard has changed, no task that saw the old one commits."""

    async def work(nodes: list[PostgresEngine]) -> None:
        await nodes[0].write(BlindWrite({b"guard": value}))
        changed = False
        late: list[bytes] = []

        async def write(node: PostgresEngine, key: bytes) -> None:
            while True:
                begun_after = changed
                if not await node.write(Guarded(b"guard", value, key)):
                    return
                if begun_after:
                    late.append(key)

        writers = [
            asyncio.ensure_future(write(node, b"%d-%d" % (number, lane)))
            for number, node in enumerate(nodes[1:])
            for lane in range(3)
        ]
        while len(await contents(nodes[0], b"")) <= 3:  # noqa: ASYNC110 - until all are at it
            await asyncio.sleep(0.01)
        await asyncio.wait_for(nodes[0].write(Guard(b"guard", b"shut")), 30)
        changed = True
        snapshot = await contents(nodes[0], b"")
        await asyncio.wait_for(asyncio.gather(*writers), 30)
        assert await contents(nodes[0], b"") == snapshot
        assert late == []

    with_nodes(url, 4, work, optimistic=optimistic)


class Guard:
    """Changes a key that it reads."""

    def __init__(self, key: bytes, value: bytes) -> None:
        self.keys = (key,)
        self.value = value

    def decide(self, values: Sequence[Value]) -> Changes[int]:
        return Changes({self.keys[0]: self.value}, len(values))


def test_a_node_that_slept_past_its_lease_can_no_longer_write(url: str) -> None:
    async def work(nodes: list[PostgresEngine]) -> None:
        sleeper, heir = nodes
        old = await acquire(sleeper, "work", "sleeper", now=100.0, seconds=15.0)
        assert old is not None
        assert await acquire(heir, "work", "heir", now=110.0, seconds=15.0) is None
        new = await acquire(heir, "work", "heir", now=120.0, seconds=15.0)
        assert new is not None
        await heir.write(UnderLease(new, b"heir"))
        with pytest.raises(LeaseLost):
            await sleeper.write(UnderLease(old, b"sleeper"))
        assert not await renew(sleeper, old, now=121.0, seconds=15.0)
        assert await heir.read([b"done by"]) == [b"heir"]

    with_nodes(url, 2, work)


class UnderLease:
    """Work that is done as long as a lease is held."""

    def __init__(self, lease: Lease, name: bytes) -> None:
        self.keys = (lease.key,)
        self.lease = lease
        self.name = name

    def decide(self, values: Sequence[Value]) -> Changes[int]:
        self.lease.check(values[0])
        return Changes({b"done by": self.name}, len(values))


def test_tasks_that_check_each_others_keys_do_not_stop_each_other(url: str) -> None:
    async def work(nodes: list[PostgresEngine]) -> None:
        await nodes[0].write(BlindWrite({b"a": b"1", b"b": b"1"}))

        async def cross(node: PostgresEngine, read: bytes, write: bytes) -> None:
            for number in range(40):
                await node.write(Mix(write, (read,), {write + b"%d" % number: b"x"}))

        async with asyncio.timeout(60):
            await asyncio.gather(cross(nodes[0], b"a", b"b"), cross(nodes[1], b"b", b"a"))
        assert await nodes[0].read([b"a", b"b"]) == [b"41", b"41"]

    with_nodes(url, 2, work)


def test_connections_that_break_under_load_lose_nothing_acknowledged(
    url: str, server: PostgresServer
) -> None:
    async def work(nodes: list[PostgresEngine]) -> None:
        acknowledged = unknown = 0
        cutting = True

        async def count(node: PostgresEngine) -> None:
            nonlocal acknowledged, unknown
            while cutting or acknowledged <= 50:
                try:
                    await node.write(Mix(COUNTER, (), {b"x": b"y" * 1000}))
                    acknowledged += 1
                except OutcomeUnknown:
                    unknown += 1

        async def cut() -> None:
            nonlocal cutting
            other = PostgresEngine(server.url, connections=1)
            for _ in range(12):
                await asyncio.sleep(0.1)
                await asyncio.to_thread(
                    server.execute,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'jedlik'",
                )
            cutting = False
            await other.close()

        await asyncio.gather(cut(), *(count(node) for node in nodes for _ in range(4)))
        (found,) = await nodes[0].read([COUNTER])
        assert found is not None
        assert acknowledged <= int(found) <= acknowledged + unknown

    with_nodes(url, 2, work)


def test_a_database_that_is_not_there_is_said_in_time() -> None:
    async def run() -> None:
        engine = PostgresEngine("postgresql://jedlik@127.0.0.1:1/nothing")
        with pytest.raises(EngineUnusable, match="is not available"):
            await engine.start(0.3)

    asyncio.run(run())


def test_a_newer_schema_is_left_alone(url: str, server: PostgresServer) -> None:
    async def start() -> None:
        engine = PostgresEngine(url)
        await engine.start()
        await engine.close()

    asyncio.run(start())
    schema = url.rpartition("=")[2]
    server.execute(f"UPDATE {schema}.{statements.NOTES} SET value = '99'")
    with pytest.raises(EngineUnusable, match="version 99"):
        asyncio.run(start())


def test_a_closed_engine_says_so(url: str) -> None:
    async def run() -> None:
        engine = PostgresEngine(url)
        await engine.start()
        await engine.close()
        for call in (engine.read([b"a"]), engine.range(b"", None), engine.write(BlindWrite({}))):
            with pytest.raises(StorageFailure, match="closed"):
                await call

    asyncio.run(run())


def test_a_batch_reads_no_more_than_it_may(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks that read more have their turn in a later batch."""
    monkeypatch.setattr(commits, "FEW_KEYS", 4)
    monkeypatch.setattr(commits, "MAX_BATCH_BYTES", 10_000)
    keys = [b"%d" % number + b"k" * (3000 * (number % 2)) for number in range(20)]
    sizes = {key: 30_000 if number == 7 else 3_000 for number, key in enumerate(keys)}
    read: list[int] = []
    decided = Decisions.__init__

    def watched(self: Decisions, batch: Any, values: dict[bytes, bytes]) -> None:
        read.append(sum(map(len, values.values())))
        decided(self, batch, values)

    async def work(nodes: list[PostgresEngine]) -> None:
        (node,) = nodes
        await node.write(BlindWrite({key: b"v" * size for key, size in sizes.items()}))
        monkeypatch.setattr(Decisions, "__init__", watched)
        found = await asyncio.gather(*(node.write(Appends(key)) for key in keys))
        assert [len(value) for value in found] == [sizes[key] for key in keys]
        values = await node.read(keys)
        assert [len(value or b"") for value in values] == [sizes[key] + 1 for key in keys]

    with_nodes(url, 1, work)
    assert len(read) >= 8
    assert {size for size in read if size > 10_000} == {30_000}, "what is too large is read alone"


def test_batches_of_one_table_are_on_their_way_together(url: str) -> None:
    """They have no key in common: each counts the table's items in a record of its own."""
    together: list[int] = []
    running = 0

    async def work(nodes: list[PostgresEngine]) -> None:
        (node,) = nodes
        database = Database(node, SystemClock(), RandomIds())
        node.follow_batches(database.count_in_record)
        await OPERATIONS["CreateTable"](database, on_demand("music"))

        async def put(number: int) -> None:
            item = {"pk": {"S": f"song {number}"}}
            await OPERATIONS["PutItem"](database, {"TableName": "music", "Item": item})

        for number in range(STEADY):  # until the catalog's version is known to be only read
            await put(number)
        commit, first, second = node._lanes._commit, asyncio.Event(), asyncio.Event()

        async def watched(batch: list[Waiting]) -> None:
            nonlocal running
            running += 1
            together.append(running)
            (first if running == 1 else second).set()
            with contextlib.suppress(TimeoutError):  # the first waits for another one to leave
                await asyncio.wait_for(second.wait(), 10)
            await commit(batch)
            running -= 1

        node._lanes._commit = watched
        puts = [asyncio.ensure_future(put(STEADY))]
        await asyncio.wait_for(first.wait(), 10)
        puts += [asyncio.ensure_future(put(STEADY + 1 + number)) for number in range(40)]
        await asyncio.gather(*puts)
        figures, _ = await read_figures(node, 1)
        assert figures[0] == (STEADY + 41, sum(len(f"pksong {n}") for n in range(STEADY + 41)))

    with_nodes(url, 1, work)
    assert max(together) >= 2
