"""What replication no longer needs is deleted, and nothing too early."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from jedlik.base.clock import SystemClock
from jedlik.kernel.keyspaces import APPLIED, SENT, TOMBSTONES
from jedlik.services.dynamodb.background.background import Background
from jedlik.services.dynamodb.replication.local_link import LocalLink
from jedlik.services.dynamodb.replication.pairs import Pair, set_pair
from jedlik.services.dynamodb.replication.senders import POLL_SECONDS
from jedlik.services.dynamodb.tables.replicas import Replica
from jedlik.values.keybytes import successor
from tests.regions import World, replicated

A, B, C = "ap-south-1", "eu-west-1", "us-east-1"
DAY = 86400


@pytest.fixture
def world() -> Iterator[World]:
    """Three regions with an empty table each."""
    with replicated(A, B, C, greeted=False) as world:
        yield world


def rows(world: World, region: str, prefix: bytes) -> int:
    engine = world.regions[region].engine
    return len(world.run(engine.range(prefix, successor(prefix))).rows)


def put_and_delete(world: World, region: str, key: str = "a") -> None:
    world.call(region, "PutItem", Item={"pk": {"S": key}})
    world.call(region, "DeleteItem", Key={"pk": {"S": key}})


def test_deletions_are_forgotten_after_a_week_once_nothing_older_can_come(world: World) -> None:
    put_and_delete(world, A)
    world.settle()
    for days, remembered in ((6, 1), (1.1, 0)):
        world.advance(days * DAY)
        world.settle()
        for name in world.regions:
            world.run_jobs(name)
            assert rows(world, name, TOMBSTONES) == remembered
    assert world.version(B, "a") is None


def test_a_deletion_is_remembered_as_long_as_a_region_is_silent(world: World) -> None:
    put_and_delete(world, A)
    world.settle()
    world.advance(0.5)
    world.network.cut |= {(C, A), (C, B)}
    world.call(C, "PutItem", Item={"pk": {"S": "a"}})
    world.advance(30 * DAY)
    world.settle()
    for name in world.regions:
        world.run_jobs(name)
    assert rows(world, A, TOMBSTONES) == rows(world, B, TOMBSTONES) == 1
    assert rows(world, C, TOMBSTONES) == 0  # written again there
    world.network.cut.clear()
    world.settle()
    assert world.items(A) == world.items(B) == world.items(C) == {"a": {"pk": {"S": "a"}}}


def test_an_item_that_lives_again_keeps_its_version(world: World) -> None:
    put_and_delete(world, A)
    world.call(A, "PutItem", Item={"pk": {"S": "a"}})
    world.settle()
    world.advance(30 * DAY)
    world.settle()
    world.run_jobs(A)
    assert rows(world, A, TOMBSTONES) == 0
    here, there = world.version(A, "a"), world.version(B, "a")
    assert here is not None
    assert there is not None
    assert here.version == there.version


def test_what_was_of_a_region_that_left_goes(world: World) -> None:
    world.network.cut.add((A, C))
    put_and_delete(world, A)
    world.settle()
    assert world.waiting(A) == 2
    world.join(A, Replica(B, "ACTIVE"))
    world.advance(3601)
    world.run_jobs(A)
    assert world.waiting(A) == 0
    assert rows(world, A, SENT) == rows(world, A, APPLIED) == 1


def test_loops_send_by_themselves_and_pairs_can_be_paused() -> None:
    """The real loops, with the machine's clock."""
    world = World(A, B)
    world.replicate()

    async def until_there(key: str, seconds: float) -> bool:
        table = await world.regions[B].database.table("music")
        for _ in range(int(seconds / 0.01)):
            if (await world.regions[B].engine.read((table.key_of({"pk": {"S": key}}),)))[0]:
                return True
            await asyncio.sleep(0.01)
        return False

    databases = [world.regions[name].database for name in (A, B)]
    for database, other in zip(databases, reversed(databases), strict=True):
        database.clock = SystemClock()
        database.links = {other.arns.region: LocalLink(other)}
    loops = [Background(database) for database in databases]

    async def start() -> None:
        for each in loops:
            each.start()

    async def stop() -> None:
        for each in loops:
            await each.stop()

    world.run(start())
    world.call(A, "PutItem", Item={"pk": {"S": "a"}})
    assert world.run(until_there("a", 2.0))
    world.run(set_pair(databases[0], B, Pair(paused=True)))
    world.run(asyncio.sleep(2 * POLL_SECONDS))
    world.call(A, "PutItem", Item={"pk": {"S": "b"}})
    assert not world.run(until_there("b", 3 * POLL_SECONDS))
    world.run(set_pair(databases[0], B, Pair()))
    assert world.run(until_there("b", 2.0))
    world.run(stop())
    world.close()
