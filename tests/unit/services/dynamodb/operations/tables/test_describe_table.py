"""DescribeTable: states, sizes and settings."""

from __future__ import annotations

from collections.abc import Sequence

from jedlik.base.errors import ResourceNotFoundException
from jedlik.kernel.keyspaces import counters_prefix
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.figures import Tally
from jedlik.storage.engine import Changes, Value
from tests.control_plane import ControlPlane, index, on_demand


class Count:
    """A write task that counts items of the table with id 1."""

    def __init__(self, shard: int, index_id: int, items: int, size: int) -> None:
        self.keys = (counters_prefix(1) + bytes((shard,)),)
        self._tally = Tally()
        self._tally.add(index_id, items, size)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        return Changes({self.keys[0]: self._tally.applied_to(values[0])}, None)


def test_sums_the_counters_of_all_processes(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand(GlobalSecondaryIndexes=[index("gsi", "pk")]))
    for count in (Count(0, 0, 3, 300), Count(9, 0, -1, -100), Count(9, 2, 1, 40)):
        plane.run(plane.database.engine.write(count))
    table = plane.table()
    assert (table["ItemCount"], table["TableSizeBytes"]) == (2, 200)
    gsi = table["GlobalSecondaryIndexes"][0]
    assert (gsi["ItemCount"], gsi["IndexSizeBytes"]) == (1, 40)


def test_takes_an_arn(plane: ControlPlane) -> None:
    created = plane.call("CreateTable", **on_demand())["TableDescription"]
    assert plane.table(created["TableArn"])["TableName"] == "music"


def test_a_table_that_is_not_there(plane: ControlPlane) -> None:
    error = plane.refusal("DescribeTable", TableName="nothing")
    assert type(error) is ResourceNotFoundException
    assert error.message == "Requested resource not found: Table: nothing not found"


def test_sees_what_another_process_changed(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    assert plane.table()["TableName"] == "music"
    mine = plane.database
    plane.database = Database(mine.engine, mine.clock, mine.ids)
    plane.call("DeleteTable", TableName="music")
    plane.database = mine
    error = plane.refusal("DescribeTable", TableName="music")
    assert type(error) is ResourceNotFoundException
