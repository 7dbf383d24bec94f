"""Regions that are permanently unreachable are expelled after twenty hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jedlik.services.dynamodb.regions.messages import ReplicaExpelled
from jedlik.services.dynamodb.replication.parting import INACCESSIBLE_SECONDS, expel
from jedlik.services.dynamodb.replication.upkeep import INTERVAL
from tests.regions import World, replicated

A, B, C = "ap-south-1", "eu-west-1", "us-east-1"
HOURS = 3600.0


@pytest.fixture
def world() -> Iterator[World]:
    """Three regions with an empty table each; all have been greeted."""
    with replicated(A, B, C) as world:
        yield world


def put(world: World, region: str, key: str) -> None:
    world.call(region, "PutItem", Item={"pk": {"S": key}})


def replicas(world: World, region: str) -> dict[str, Any]:
    table = world.call(region, "DescribeTable")["Table"]
    return {each["RegionName"]: each for each in table.get("Replicas", ())}


def exchange(world: World, one: str, other: str) -> None:
    """Send between two regions until nothing more is to be sent."""
    for way in ((one, other), (other, one)):
        while (done := world.send(*way)) and done.more:
            pass


def visit(world: World, seconds: float = INTERVAL) -> None:
    """Let time pass, and have every region look after its tables."""
    world.advance(seconds)
    for region in world.regions:
        world.run_jobs(region)


def test_a_region_that_is_not_named_any_more_is_disabled_and_then_expelled(world: World) -> None:
    world.left_out.add(B)
    visit(world, 0.0)
    seen = replicas(world, A)[B]
    assert seen["ReplicaStatus"] == "REGION_DISABLED"
    assert seen["ReplicaInaccessibleDateTime"] == world.regions[A].clock.now()
    assert replicas(world, A)[C]["ReplicaStatus"] == "ACTIVE"
    put(world, A, "meanwhile")
    visit(world, INACCESSIBLE_SECONDS - HOURS)
    assert set(replicas(world, A)) == {B, C}
    visit(world)
    assert set(replicas(world, A)) == {C}
    assert set(replicas(world, C)) == {A}
    exchange(world, A, C)
    assert set(world.items(C)) == {"meanwhile"}
    assert world.waiting(A) == 0, "nothing waits for the region that is gone"
    with pytest.raises(ReplicaExpelled):
        world.send(B, A)


def test_a_region_that_is_named_again_in_time_stays(world: World) -> None:
    world.left_out.add(B)
    visit(world, 0.0)
    put(world, A, "meanwhile")
    visit(world, INACCESSIBLE_SECONDS - HOURS)
    world.left_out.clear()
    visit(world)
    seen = replicas(world, A)[B]
    assert seen["ReplicaStatus"] == "ACTIVE"
    assert "ReplicaInaccessibleDateTime" not in seen
    visit(world, 2 * INACCESSIBLE_SECONDS)
    world.settle()
    assert set(world.items(B)) == {"meanwhile"}


def test_a_peer_that_does_not_answer_is_waited_for(world: World) -> None:
    world.network.cut = {(A, B), (C, B)}
    put(world, A, "meanwhile")
    for _ in range(3):
        visit(world, INACCESSIBLE_SECONDS)
    assert replicas(world, A)[B]["ReplicaStatus"] == "ACTIVE"
    world.network.cut.clear()
    world.settle()
    assert set(world.items(B)) == {"meanwhile"}


def test_what_a_lost_region_had_sent_to_some_is_sent_to_all_that_are_left(world: World) -> None:
    put(world, A, "everywhere")
    world.settle()
    put(world, B, "seen in A")
    world.call(B, "DeleteItem", Key={"pk": {"S": "everywhere"}})
    world.send(B, A)
    assert set(world.items(A)) == {"seen in A"}
    assert set(world.items(C)) == {"everywhere"}
    world.run(expel(world.regions[A].database, "music", B))
    world.run_jobs(A)
    assert set(replicas(world, C)) == {A}
    exchange(world, A, C)
    assert set(world.items(C)) == {"seen in A"}
