"""New indexes, filled while their table is written to."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import BACKFILLS, index_prefix
from jedlik.kernel.leases import Lease, LeaseLost, acquire
from jedlik.kernel.page_steps import PageSize
from jedlik.services.dynamodb.background import backfill
from jedlik.services.dynamodb.background.backfill import backfill_step
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.background.survey import Backfill
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.values.stored import decode
from tests.control_plane import ControlPlane, attributes, index, on_demand
from tests.properties import examples
from tests.stored_rows import counted, held, rows

TABLE, INDEX = 1, 2


def item(number: int, **members: Any) -> dict[str, dict[str, Any]]:
    return {"pk": {"S": f"p{number}"}, **members}


def add_index(plane: ControlPlane, *keys: str, **members: Any) -> None:
    chosen = keys or ("a",)
    plane.call(
        "UpdateTable",
        TableName="music",
        AttributeDefinitions=attributes(*(key.lstrip("/") for key in chosen)),
        GlobalSecondaryIndexUpdates=[
            {"Create": index("gsi", *(key.partition(":")[0] for key in chosen), **members)}
        ],
    )


def lease_of(plane: ControlPlane, owner: str = "me") -> Lease:
    now = plane.clock.now()
    lease = plane.run(acquire(plane.database.engine, "test", owner, now, 10))
    assert lease is not None
    return lease


def step(plane: ControlPlane, lease: Lease) -> bool:
    while True:
        try:
            return plane.run(backfill_step(plane.database, lease, Backfill("music", INDEX, TABLE)))
        except CatalogChanged:
            continue


def status(plane: ControlPlane) -> tuple[str, bool]:
    gsi = plane.table()["GlobalSecondaryIndexes"][0]
    return gsi["IndexStatus"], gsi.get("Backfilling", False)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "PAGE", PageSize(rows=3))


def test_fills_an_index_and_counts_its_entries(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put(*(item(n, a={"S": f"a{n % 2}"}, x={"S": "x"}) for n in range(10)))
    add_index(plane, kind="KEYS_ONLY")
    assert status(plane) == ("CREATING", True)
    assert held(plane, TABLE, INDEX) == (0, 0)
    plane.run(Maintenance(plane.database).run_once())
    assert status(plane) == ("ACTIVE", False)
    assert plane.table()["TableStatus"] == "ACTIVE"
    assert counted(plane, TABLE, INDEX) == held(plane, TABLE, INDEX)
    assert held(plane, TABLE, INDEX)[0] == 10
    page = plane.call(
        "Query",
        TableName="music",
        IndexName="gsi",
        KeyConditionExpression="a = :a",
        ExpressionAttributeValues={":a": {"S": "a1"}},
    )
    assert sorted(found["pk"]["S"] for found in page["Items"]) == ["p1", "p3", "p5", "p7", "p9"]
    assert "x" not in page["Items"][0]
    assert rows(plane, BACKFILLS) == []


def test_says_whether_it_is_filling_as_long_as_the_index_is_created(
    slow_plane: ControlPlane,
) -> None:
    """API reference, "GlobalSecondaryIndexDescription": Backfilling."""
    slow_plane.call("CreateTable", **on_demand())
    slow_plane.clock.advance(10)
    add_index(slow_plane)

    def described() -> tuple[str, Any]:
        gsi = slow_plane.table()["GlobalSecondaryIndexes"][0]
        return gsi["IndexStatus"], gsi.get("Backfilling")

    assert described() == ("CREATING", False)
    slow_plane.clock.advance(10)
    assert described() == ("CREATING", True)
    slow_plane.run(Maintenance(slow_plane.database).run_once())
    assert described() == ("ACTIVE", None)


def test_shows_its_progress(plane: ControlPlane, small_steps: None) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put(*(item(n, a={"S": "a"}) for n in range(30)))
    add_index(plane)
    lease, shown = lease_of(plane), []
    more = True
    while more:
        more = step(plane, lease)
        shown += [
            (point.metric.dimensions, point.aggregate.average)
            for point in plane.database.metrics.take()
            if point.metric.name == "OnlineIndexPercentageProgress"
        ]
    shares = [share for _, share in shown]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < 50.0 < shares[-2] < shares[-1] == 100.0
    assert shown[0][0] == (("GlobalSecondaryIndexName", "gsi"), ("TableName", "music"))


def test_passes_over_items_that_the_index_cannot_hold(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put(
        item(1),
        item(2, a={"N": "1"}),
        item(3, a={"S": ""}),
        item(4, a={"S": "k" * 2049}),
        item(5, a={"S": "k" * 2048}),
        item(6, a={"S": "k"}, b={"S": "not a number"}),
        item(7, a={"S": "k"}, b={"N": "7"}),
    )
    add_index(plane, "a", "/b:N")
    plane.run(Maintenance(plane.database).run_once())
    entries = rows(plane, index_prefix(TABLE, INDEX))
    assert [decode(value)["pk"]["S"] for _, value in entries] == ["p7"]
    assert counted(plane, TABLE, INDEX) == held(plane, TABLE, INDEX)


def test_goes_on_where_a_dead_process_stopped(plane: ControlPlane, small_steps: None) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put(*(item(n, a={"S": "a"}) for n in range(8)))
    add_index(plane)
    assert step(plane, lease_of(plane, "dies"))
    assert held(plane, TABLE, INDEX)[0] == 3
    assert len(rows(plane, BACKFILLS)) == 1
    plane.restart()
    plane.clock.advance(60)
    lease = lease_of(plane, "goes on")
    assert step(plane, lease)
    assert held(plane, TABLE, INDEX)[0] == 6
    assert not step(plane, lease)
    assert status(plane) == ("ACTIVE", False)
    assert counted(plane, TABLE, INDEX) == held(plane, TABLE, INDEX) == (8, 8 * 6)


def test_a_holder_that_was_replaced_puts_nothing(plane: ControlPlane, small_steps: None) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put(*(item(n, a={"S": "a"}) for n in range(4)))
    add_index(plane)
    old = lease_of(plane, "old")
    plane.clock.advance(60)
    lease_of(plane, "new")
    with pytest.raises(LeaseLost):
        step(plane, old)
    assert held(plane, TABLE, INDEX) == (0, 0)


def test_an_index_deleted_meanwhile_is_not_filled(plane: ControlPlane, small_steps: None) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put(*(item(n, a={"S": "a"}) for n in range(4)))
    add_index(plane)
    lease = lease_of(plane)
    assert step(plane, lease)
    plane.call(
        "UpdateTable",
        TableName="music",
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "gsi"}}],
    )
    assert not step(plane, lease)
    assert rows(plane, BACKFILLS) == []
    plane.run(Maintenance(plane.database).run_once())
    assert held(plane, TABLE, INDEX) == counted(plane, TABLE, INDEX) == (0, 0)
    assert "GlobalSecondaryIndexes" not in plane.table()


@examples(25)
@given(st.integers(0, 2**32))
def test_writes_in_between_keep_index_and_counters_exact(seed: int) -> None:
    """Whatever is put, changed, deleted and put back between the steps."""
    chance = random.Random(seed)
    plane = ControlPlane()
    try:
        plane.call("CreateTable", **on_demand())

        def write() -> None:
            number = chance.randrange(20)
            kind = chance.randrange(4)
            if kind == 0:
                plane.call("DeleteItem", TableName="music", Key=item(number))
            else:
                members: list[dict[str, Any]] = [{}, {"a": {"S": "a"}}, {"a": {"S": "b"}}]
                noise = {"x": {"N": str(chance.randrange(3))}}
                plane.put(item(number, **members[kind - 1], **noise))

        for _ in range(25):
            write()
        add_index(plane, kind="INCLUDE", include=["x"])
        lease = lease_of(plane)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(backfill, "PAGE", PageSize(rows=2))
            more = True
            while more:
                for _ in range(chance.randrange(4)):
                    write()
                more = step(plane, lease)
        assert counted(plane, TABLE, INDEX) == held(plane, TABLE, INDEX)
        expected = {
            (found["pk"]["S"], found["a"]["S"], found["x"]["N"])
            for _, value in rows(plane, index_prefix(TABLE, 0))
            for found in [decode(value)]
            if "a" in found
        }
        entries = [decode(value) for _, value in rows(plane, index_prefix(TABLE, INDEX))]
        assert len(entries) == len(expected)
        assert {(e["pk"]["S"], e["a"]["S"], e["x"]["N"]) for e in entries} == expected
    finally:
        plane.close()


def test_a_write_between_page_and_commit_is_not_overwritten(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put(item(1, a={"S": "old"}), item(2, a={"S": "gone"}), item(3, a={"S": "same"}))
    add_index(plane)
    engine = plane.database.store
    read_page = engine.range
    written = False

    async def range_then_writes(*arguments: Any, **options: Any) -> Any:
        nonlocal written
        page = await read_page(*arguments, **options)
        if arguments[0] == index_prefix(TABLE, 0) and not written:
            written = True
            put, delete = OPERATIONS["PutItem"], OPERATIONS["DeleteItem"]
            new = {"TableName": "music", "Item": item(1, a={"S": "new"})}
            await put(plane.database, new)
            await delete(plane.database, {"TableName": "music", "Key": item(2)})
            for text in ("other", "same"):
                there_and_back = {"TableName": "music", "Item": item(3, a={"S": text})}
                await put(plane.database, there_and_back)
        return page

    monkeypatch.setattr(engine, "range", range_then_writes)
    assert not step(plane, lease_of(plane))
    assert written
    entries = [decode(value) for _, value in rows(plane, index_prefix(TABLE, INDEX))]
    assert {(e["pk"]["S"], e["a"]["S"]) for e in entries} == {("p1", "new"), ("p3", "same")}
    assert counted(plane, TABLE, INDEX) == held(plane, TABLE, INDEX)
