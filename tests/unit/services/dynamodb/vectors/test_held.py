"""A process's copy of an index follows the store, and stays within its limit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from jedlik.base import turns
from jedlik.base.errors import LimitExceededException
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.services.dynamodb.recording import vector_log
from jedlik.services.dynamodb.vectors import held, memory
from jedlik.services.dynamodb.vectors.held import HeldVectors
from tests.control_plane import ControlPlane, attributes, on_demand

INDEX = {
    "IndexName": "i",
    "VectorAttribute": {"AttributeName": "v"},
    "Dimensions": 2,
    "DistanceFunction": "DOT_PRODUCT",
    "SearchSchema": [{"AttributeName": "t", "SearchSchemaElementType": "HASH"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}


class Process(ControlPlane):
    def put(self, key: str, x: float, tenant: str = "x") -> None:
        vector = {"L": [{"N": str(x)}, {"N": "0"}]}
        item = {"p": {"S": key}, "t": {"S": tenant}, "v": vector}
        self.call("PutItem", TableName="t", Item=item)

    def search(self, tenant: str = "x", count: int = 3) -> list[str]:
        found = self.call(
            "SearchVectors", TableName="t", IndexName="i", TopK=count,
            SearchVector=[{"N": "1"}, {"N": "0"}], SearchConditionExpression="t = :t",
            ExpressionAttributeValues={":t": {"S": tenant}},
        )  # fmt: skip
        return [each["Item"]["p"]["S"] for each in found["SearchResults"]]

    @property
    def held(self) -> HeldVectors:
        assert self.database.held_vectors is not None
        return self.database.held_vectors

    def other(self) -> Database:
        """Another process at the same store, which is the current one from here on."""
        self.restart()
        return self.database


@pytest.fixture
def plane() -> Iterator[Process]:
    plane = Process()
    defined = {"AttributeDefinitions": attributes("p", "t")}
    plane.call("CreateTable", **{**on_demand("t", "p"), **defined}, VectorIndexes=[INDEX])
    yield plane
    plane.close()


def test_changes_of_another_process_are_read_and_nothing_else(
    plane: Process, monkeypatch: Any
) -> None:
    for at in range(5):
        plane.put(str(at), at)
    assert plane.search() == ["4", "3", "2"]
    first = plane.database
    plane.other()
    plane.put("new", 9)
    plane.call("DeleteItem", TableName="t", Key={"p": {"S": "4"}})
    plane.put("3", 0.5)
    plane.database = first
    read: list[int] = []
    entry_of = held.HeldIndex._entry
    monkeypatch.setattr(
        held.HeldIndex, "_entry", lambda self, row: read.append(1) or entry_of(self, row)
    )
    assert plane.search() == ["new", "2", "1"]
    assert len(read) == 2, "the entries put, and none that did not change"


def test_a_process_that_fell_behind_reads_all_again(plane: Process, monkeypatch: Any) -> None:
    monkeypatch.setattr(vector_log, "CHANGES", 4)
    plane.put("a", 1)
    assert plane.search() == ["a"]
    first = plane.database
    plane.other()
    for at in range(40):
        plane.put(str(at), 2)
    plane.call("DeleteItem", TableName="t", Key={"p": {"S": "a"}})
    plane.database = first
    assert len(plane.search(count=100)) == 40


def test_what_changes_while_a_partition_is_loaded_is_read_again(
    plane: Process, monkeypatch: Any
) -> None:
    monkeypatch.setattr(held, "_BYTES_A_PAGE", 1)
    monkeypatch.setattr(turns.Turns, "over", True)
    for at in range(20):
        plane.put(f"{at:02}", at)

    async def run() -> None:
        search = plane.database.held_vectors
        assert search is not None
        table = await plane.database.table("t")
        index = search.index(table, table.vectors[0])
        search.clear()
        index = search.index(table, table.vectors[0])
        prefix = table.vectors[0].partition_prefix({"S": "x"})
        loading = asyncio.ensure_future(index.partition(table, prefix))
        engine = plane.database.engine
        for at in range(20):
            # What a page has brought is changed before the last one is there.
            await asyncio.sleep(0)
            if at == 10:
                for name in ("00", "19", "07"):
                    await delete(name)
                await index.catch_up(table)
        partition = await loading
        assert engine is plane.database.engine
        prefix_size = len(prefix)
        page = await engine.range(prefix, prefix + b"\xff" * 40)
        assert sorted(partition.rows.keys) == [key[prefix_size:] for key, _ in page.rows]

    async def delete(name: str) -> None:
        await OPERATIONS["DeleteItem"](
            plane.database, {"TableName": "t", "Key": {"p": {"S": name}}}
        )

    assert plane.search(count=1) == ["19"]
    plane.run(run())


def test_followers_catch_up_and_forget_what_is_gone(plane: Process) -> None:
    plane.put("a", 1)
    assert plane.search() == ["a"]
    first = plane.database
    plane.other()
    plane.put("b", 2)
    plane.database = first

    async def follow() -> None:
        first.follow_vectors()
        following = plane.held._following
        assert following is not None
        await following

    plane.run(follow())
    (partition,) = plane.held.memory._held
    assert len(partition.rows) == 2
    plane.call("DeleteTable", TableName="t")
    plane.run(Maintenance(plane.database).run_once())
    plane.run(follow())
    assert len(plane.held.memory) == plane.held.memory.used == 0


def test_partitions_make_room_and_one_that_does_not_fit_is_refused(
    plane: Process, monkeypatch: Any
) -> None:
    for tenant in ("x", "y"):
        for at in range(20):
            plane.put(f"{tenant}{at}", at, tenant)
    plane.search()
    used = plane.held.memory.used
    plane.held.memory.limit = used + 100
    assert plane.search("y", 1) == ["y19"]
    assert plane.held.memory.used == used, "the other partition went"
    plane.held.memory.limit = used - 1
    plane.held.clear()
    error = plane.refusal(
        "SearchVectors", TableName="t", IndexName="i", TopK=1,
        SearchVector=[{"N": "1"}, {"N": "0"}], SearchConditionExpression="t = :t",
        ExpressionAttributeValues={":t": {"S": "x"}},
    )  # fmt: skip
    assert type(error) is LimitExceededException
    assert "--vector-memory" in error.message
    assert plane.held.memory.used == 0
    counted = {point.metric.name for point in plane.database.metrics.take()}
    assert "VectorMemoryRefusals" in counted
    plane.held.memory.limit = 2 * used
    with pytest.raises(LimitExceededException):
        plane.search()  # not tried again at once
    plane.pass_seconds(memory.REFUSED_SECONDS)
    assert plane.search(count=1) == ["x19"]
    plane.database.sample_vectors()
    sizes = {point.metric.name: point.aggregate.sum for point in plane.database.metrics.take()}
    assert sizes["VectorMemory"] == plane.held.memory.used > 0
