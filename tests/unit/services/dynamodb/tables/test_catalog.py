"""A process whose catalog is outdated finds its way back."""

from __future__ import annotations

from tests.control_plane import ControlPlane, on_demand
from tests.streams import records


def test_a_write_after_another_table_came() -> None:
    plane = ControlPlane()
    plane.call("CreateTable", **on_demand("music"))
    plane.put({"pk": {"S": "p"}})
    plane.call("CreateTable", **on_demand("other"))
    plane.put({"pk": {"S": "q"}})
    assert plane.table()["ItemCount"] == 2
    plane.close()


def test_the_catalog_moves_on_between_two_tables_of_one_request() -> None:
    """Another process gives the first table a stream while an operation finds the second one."""
    plane = ControlPlane()
    for name in ("one", "two"):
        plane.call("CreateTable", **on_demand(name))
    database = plane.database
    plane.run(database.catalog.refresh())
    plane.run(database.table("one"))  # cached; the other one is not
    plane.restart()
    view = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    plane.call("UpdateTable", TableName="one", StreamSpecification=view)
    arn = plane.table("one")["LatestStreamArn"]
    plane.database = database
    put = [{"PutRequest": {"Item": {"pk": {"S": "p"}}}}]
    plane.call("BatchWriteItem", RequestItems={"one": put, "two": put})
    assert len(records(plane, arn)) == 1
    plane.close()
