"""Tables and indexes while they are being deleted."""

from __future__ import annotations

from jedlik.base.errors import ResourceNotFoundException
from jedlik.kernel.keyspaces import table_prefix
from jedlik.services.dynamodb.background.maintenance import Maintenance
from tests.control_plane import ControlPlane, index, on_demand
from tests.stored_rows import held, rows


def run(plane: ControlPlane) -> None:
    worker = Maintenance(plane.database)
    plane.run(worker.run_once())
    plane.run(worker.stop())


def make(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand(GlobalSecondaryIndexes=[index("gsi", "pk")]))
    plane.clock.advance(10)
    plane.put({"pk": {"S": "p"}})


def test_a_table_is_there_until_its_deletion_is_over(slow_plane: ControlPlane) -> None:
    make(slow_plane)
    slow_plane.call("DeleteTable", TableName="music")
    slow_plane.clock.advance(9.5)
    run(slow_plane)
    assert slow_plane.table()["TableStatus"] == "DELETING"
    assert slow_plane.call("ListTables") == {"TableNames": ["music"]}
    slow_plane.clock.advance(0.5)
    assert slow_plane.table()["TableStatus"] == "DELETING"
    run(slow_plane)
    error = slow_plane.refusal("DescribeTable", TableName="music")
    assert type(error) is ResourceNotFoundException
    assert rows(slow_plane, table_prefix(1)) == []
    slow_plane.call("CreateTable", **on_demand())


def test_an_index_is_there_until_its_deletion_is_over(slow_plane: ControlPlane) -> None:
    make(slow_plane)
    slow_plane.call(
        "UpdateTable",
        TableName="music",
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "gsi"}}],
    )
    slow_plane.clock.advance(9.5)
    run(slow_plane)
    assert slow_plane.table()["GlobalSecondaryIndexes"][0]["IndexStatus"] == "DELETING"
    assert held(slow_plane, 1, 2)[0] == 1
    slow_plane.clock.advance(0.5)
    run(slow_plane)
    assert "GlobalSecondaryIndexes" not in slow_plane.table()
    assert slow_plane.table()["TableStatus"] == "ACTIVE"
    assert held(slow_plane, 1, 2) == (0, 0)
    assert held(slow_plane, 1, 0)[0] == 1
