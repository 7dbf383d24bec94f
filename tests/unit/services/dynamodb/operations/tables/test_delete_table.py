"""DeleteTable, and what becomes of the data."""

from __future__ import annotations

from jedlik.base.errors import ResourceInUseException, ResourceNotFoundException
from jedlik.kernel.keyspaces import PURGES, purge_key
from jedlik.values.keybytes import successor
from tests.control_plane import ControlPlane, on_demand


def purges(plane: ControlPlane) -> list[bytes]:
    page = plane.run(plane.database.engine.range(PURGES, successor(PURGES)))
    return [key for key, _ in page.rows]


def test_is_gone_at_once_and_its_items_are_to_be_purged(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    answer = plane.call("DeleteTable", TableName="music")["TableDescription"]
    assert answer["TableStatus"] == "DELETING"
    assert answer["TableName"] == "music"
    assert "KeySchema" not in answer
    assert plane.woken == 1
    assert purges(plane) == [purge_key(1, 0)]
    error = plane.refusal("DescribeTable", TableName="music")
    assert type(error) is ResourceNotFoundException
    assert error.message == "Requested resource not found: Table: music not found"


def test_a_table_that_is_not_there(plane: ControlPlane) -> None:
    error = plane.refusal("DeleteTable", TableName="music")
    assert type(error) is ResourceNotFoundException
    assert error.message == "Requested resource not found: Table: music not found"
    assert plane.woken == 0


def test_goes_on_deleting_until_it_is_over(slow_plane: ControlPlane) -> None:
    slow_plane.call("CreateTable", **on_demand())
    error = slow_plane.refusal("DeleteTable", TableName="music")
    assert type(error) is ResourceInUseException
    assert error.message == (
        "Attempt to change a resource which is still in use: Table is being created: music"
    )
    error = slow_plane.refusal("CreateTable", **on_demand())
    assert error.message.endswith("still in use: Table is being created: music")
    slow_plane.clock.advance(10)
    slow_plane.call("DeleteTable", TableName="music")
    assert slow_plane.table()["TableStatus"] == "DELETING"
    error = slow_plane.refusal("DeleteTable", TableName="music")
    assert type(error) is ResourceInUseException
    assert error.message == (
        "Attempt to change a resource which is still in use: Table is being deleted: music"
    )
    error = slow_plane.refusal("CreateTable", **on_demand())
    assert error.message == "Table already exists: music"


def test_protection_keeps_a_table(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand(DeletionProtectionEnabled=True))
    assert plane.invalid("DeleteTable", TableName="music") == (
        "Resource cannot be deleted as it is currently protected against deletion. Disable "
        "deletion protection first."
    )
    assert plane.table()["TableStatus"] == "ACTIVE"
    assert purges(plane) == []
