"""Whether a region that is removed has sent everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from jedlik.services.dynamodb.replication.draining import drain_keys, is_drained
from jedlik.services.dynamodb.replication.progress import Fill, decode_sent, encode_sent
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.replicas import DELETING, STRONG, Replica
from tests.regions import World, replicated

A, B, C = "ap-south-1", "eu-west-1", "us-east-1"


@pytest.fixture
def world() -> Iterator[World]:
    """Three regions with an empty table each; all have been greeted."""
    with replicated(A, B, C) as world:
        yield world


def drained(world: World, table: Table | None = None) -> bool:
    table = table or world.table(A).model
    keys = drain_keys(table)
    values = world.run(world.regions[A].engine.read(keys)) if keys else []
    return is_drained(table, dict(zip(keys, values, strict=True)))


def put(world: World, region: str, key: str) -> None:
    world.call(region, "PutItem", Item={"pk": {"S": key}})


def test_all_others_are_to_have_what_was_written_here(world: World) -> None:
    assert drained(world)
    put(world, A, "a")
    assert not drained(world)
    world.send(A, B)
    assert not drained(world)
    world.send(A, C)
    assert drained(world)
    put(world, B, "b")
    world.send(B, A)
    assert drained(world)  # what came from elsewhere is for that region to send


def test_who_was_never_sent_anything_is_not_known_to_have_it() -> None:
    world = World(A, B)
    world.replicate()
    assert not drained(world)
    world.settle()
    assert drained(world)
    world.close()


def test_a_table_that_is_being_sent_as_a_whole_is_to_be_sent_to_its_end(world: World) -> None:
    table = world.table(A).model
    keys = drain_keys(table)
    read = dict(zip(keys, world.run(world.regions[A].engine.read(keys)), strict=True))
    sent = decode_sent(read[keys[-1]])
    assert sent is not None
    assert is_drained(table, read)
    assert not is_drained(table, {**read, keys[-1]: encode_sent(sent._replace(fill=Fill()))})


def test_what_can_have_nothing_to_send_waits_for_nothing(world: World) -> None:
    put(world, A, "a")
    table = world.table(A).model
    replication = table.replication
    assert replication is not None
    assert not drained(world, table)
    assert drained(world, replace(table, replication=None))
    assert drained(world, replace(table, replication=replace(replication, joining=True)))
    assert drained(world, replace(table, replication=replace(replication, consistency=STRONG)))


def test_who_goes_first_is_not_waited_for(world: World) -> None:
    put(world, A, "a")
    world.send(A, B)
    assert not drained(world)
    world.join(A, Replica(B, "ACTIVE"), Replica(C, DELETING))
    assert drained(world)
