"""Changes reach the other regions, whatever waits, dies or is restored to an earlier state."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from jedlik.services.dynamodb.recording.versions import MICROSECONDS
from jedlik.services.dynamodb.regions.messages import ReplicaRefused
from jedlik.services.dynamodb.tables.replicas import Replica
from tests.regions import Wire, World, replicated

A, B, C = "ap-south-1", "eu-west-1", "us-east-1"


@pytest.fixture
def world() -> Iterator[World]:
    """Two regions with an empty table each."""
    with replicated(A, B, greeted=False) as world:
        yield world


def item(key: str, value: str = "") -> Wire:
    return {"pk": {"S": key}, "value": {"S": value}}


def put(world: World, region: str, key: str, value: str = "") -> None:
    world.call(region, "PutItem", Item=item(key, value))


def delete(world: World, region: str, key: str) -> None:
    world.call(region, "DeleteItem", Key={"pk": {"S": key}})


def test_what_is_written_here_is_there(world: World) -> None:
    put(world, A, "a", "first")
    put(world, A, "b", "first")
    world.settle()
    assert world.items(B) == world.items(A) == {"a": item("a", "first"), "b": item("b", "first")}
    delete(world, A, "a")
    put(world, B, "b", "second")
    assert world.items(B) == {"a": item("a", "first"), "b": item("b", "second")}
    world.settle()
    assert world.items(B) == world.items(A) == {"b": item("b", "second")}
    assert world.waiting(A) == world.waiting(B) == 0


def test_a_table_that_does_not_replicate_has_no_rows(world: World) -> None:
    plain = World(A)
    plain.create(A)
    before = len(plain.run(plain.regions[A].engine.range(b"\x11", b"\x12")).rows)
    put(plain, A, "a")
    delete(plain, A, "a")
    assert before == len(plain.run(plain.regions[A].engine.range(b"\x11", b"\x12")).rows) == 0
    plain.close()


def test_the_later_writer_wins_and_the_greater_region_of_two_at_once(world: World) -> None:
    put(world, A, "a", "early")
    world.advance(1)
    put(world, B, "a", "late")
    put(world, A, "b", "of A")
    put(world, B, "b", "of B")
    world.settle()
    assert world.items(A) == world.items(B) == {"a": item("a", "late"), "b": item("b", "of B")}


def test_who_saw_an_item_is_later_whatever_the_clocks_say() -> None:
    world = World(A, B, skews=(3600.0, 0.0))
    world.replicate()
    put(world, A, "a", "of the clock ahead")
    world.settle()
    put(world, B, "a", "seen and replaced")
    put(world, B, "b", "another item")
    world.settle()
    assert world.items(A)["a"] == world.items(B)["a"] == item("a", "seen and replaced")
    another = world.version(A, "b")
    assert another is not None
    assert (
        another.version.time == 1_700_000_000 * MICROSECONDS
    )  # the clock ahead moved one item only
    world.close()


def test_a_deletion_of_nothing_wins_over_what_was_on_its_way(world: World) -> None:
    put(world, A, "a")
    world.advance(1)
    delete(world, B, "a")
    world.settle()
    assert world.items(A) == world.items(B) == {}


def test_a_write_that_changes_nothing_is_later_all_the_same(world: World) -> None:
    put(world, A, "a", "x")
    world.settle()
    world.advance(1)
    put(world, B, "a", "y")
    world.advance(1)
    put(world, A, "a", "x")
    world.settle()
    assert world.items(A) == world.items(B) == {"a": item("a", "x")}


def test_a_condition_that_is_checked_writes_nothing(world: World) -> None:
    put(world, A, "a", "x")
    world.settle()
    world.advance(1)
    put(world, B, "a", "y")
    world.advance(1)
    check = {
        "TableName": "music",
        "Key": {"pk": {"S": "a"}},
        "ConditionExpression": "attribute_exists(pk)",
    }
    other = {"TableName": "music", "Item": item("b")}
    world.call(A, "TransactWriteItems", TransactItems=[{"ConditionCheck": check}, {"Put": other}])
    world.settle()
    assert world.items(A) == world.items(B) == {"a": item("a", "y"), "b": item("b")}


def test_many_changes_of_an_item_are_sent_as_one(world: World) -> None:
    for number in range(600):
        put(world, A, "a", str(number))
    world.send(A, B)
    version, there = world.version(A, "a"), world.version(B, "a")
    assert version is not None
    assert there is not None
    assert version.version == there.version  # the first of several pages brings the last change
    world.settle()
    assert world.waiting(A) == 0


def test_a_delay_holds_changes_back_until_they_are_as_old(world: World) -> None:
    put(world, A, "a")
    world.advance(1)
    put(world, A, "b")
    progress = world.send(A, B, delay=1.0)
    assert progress is not None
    assert progress.waiting
    assert set(world.items(B)) == {"a"}
    world.advance(1)
    world.send(A, B, delay=1.0)
    assert set(world.items(B)) == {"a", "b"}


def test_rows_stay_until_all_regions_have_them() -> None:
    world = World(A, B, C)
    world.replicate()
    put(world, A, "a")
    world.send(A, B)
    assert world.waiting(A) == 1
    world.send(A, C)
    assert world.waiting(A) == 0
    world.close()


def test_a_full_table_is_sent_while_writes_go_on() -> None:
    world = World(A, B)
    for name in (A, B):
        world.create(name)
    for number in range(700):
        put(world, A, str(number), "before")
    world.join(B, Replica(A, "ACTIVE"))
    world.join(A, Replica(B, "CREATING", fill=True))
    put(world, A, "0", "changed")
    delete(world, A, "1")
    steps = 0
    while (progress := world.send(A, B)) is not None and progress.more:
        steps += 1
        put(world, A, f"new {steps}", "meanwhile")
        delete(world, A, str(100 + steps))
        assert not world.regions[A].filled
    assert steps >= 3
    world.settle()
    assert world.regions[A].filled[0] == ("music", B)
    assert world.items(A) == world.items(B)
    assert world.items(B)["0"] == item("0", "changed")
    assert world.table(B).replication is not None
    world.close()


def test_a_third_region_gets_what_the_second_still_had_to_send() -> None:
    world = World(A, B, C)
    for name in (A, B, C):
        world.create(name)
    world.join(A, Replica(B, "ACTIVE"))
    world.join(B, Replica(A, "ACTIVE"))
    put(world, A, "a")
    put(world, B, "b")
    world.join(C, Replica(A, "ACTIVE"), Replica(B, "ACTIVE"))
    world.join(B, Replica(A, "ACTIVE"), Replica(C, "CREATING"))
    world.join(A, Replica(B, "ACTIVE"), Replica(C, "CREATING", fill=True))
    world.send(A, C)
    world.send(A, C)
    assert set(world.items(C)) == {"a"}
    world.settle()
    assert world.items(A) == world.items(B) == world.items(C)
    assert set(world.items(C)) == {"a", "b"}
    world.close()


def test_a_region_that_is_a_copy_from_before_is_noticed_and_sent_everything(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    put(world, A, "a", "old")
    put(world, B, "b", "old")
    world.settle()
    copy = world.regions[B].copy()
    world.advance(60)
    put(world, A, "a", "new")
    put(world, B, "b", "new")
    put(world, B, "only of B", "new")
    world.settle()
    world.regions[B].restart(copy)
    world.advance(60)
    put(world, A, "x")
    put(world, B, "after the copy", "x")
    with caplog.at_level(logging.WARNING):
        world.settle()
        world.settle()
    assert any("is an older copy" in record.message for record in caplog.records)
    assert world.items(A) == world.items(B)
    assert set(world.items(B)) == {"a", "b", "x", "only of B", "after the copy"}
    assert world.items(B)["b"] == item("b", "new")


def test_a_copy_older_than_deletions_are_remembered_is_refused(world: World) -> None:
    put(world, A, "a", "old")
    world.settle()
    copy = world.regions[B].copy()
    world.advance(8 * 86400)
    delete(world, A, "a")
    world.settle()
    world.regions[B].restart(copy)
    put(world, A, "b")
    with pytest.raises(ReplicaRefused, match="delete this replica and create it again"):
        world.settle()
    assert "a" in world.items(B)


def test_a_log_that_grows_too_long_is_given_up_and_the_table_sent_instead(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(A, B, max_pending=10)
    world.replicate()
    put(world, A, "a", "old")
    put(world, A, "gone", "old")
    world.settle()
    world.network.cut.add((A, B))
    delete(world, A, "gone")
    for number in range(12):
        put(world, A, str(number))
    with caplog.at_level(logging.ERROR):
        assert world.send(A, B) is None
    assert "more than the limit of 10" in caplog.text
    world.network.cut.clear()
    put(world, A, "last")
    world.settle()
    assert world.items(A) == world.items(B)
    assert "gone" not in world.items(B)
    world.close()


def test_who_is_no_replica_takes_nothing(world: World) -> None:
    put(world, A, "a")
    world.join(B, Replica(C, "ACTIVE"))
    with pytest.raises(ReplicaRefused, match="does not know ap-south-1"):
        world.send(A, B)
    assert world.items(B) == {}


def test_writes_are_counted_where_they_were_made_and_where_they_came(world: World) -> None:
    put(world, A, "a", "x" * 1500)
    delete(world, A, "nothing")
    world.settle()
    counted = {
        region: {
            dict(point.metric.dimensions).get("Source"): point.aggregate.sum
            for point in world.regions[region].database.metrics.take()
            if point.metric.name == "ConsumedWriteCapacityUnits"
        }
        for region in (A, B)
    }
    assert counted == {A: {None: 3.0, "Customer": 3.0}, B: {None: 2.0, "GlobalTable": 2.0}}
