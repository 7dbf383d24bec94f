"""DescribeTimeToLive."""

from __future__ import annotations

from jedlik.base.errors import ResourceNotFoundException
from tests.control_plane import ControlPlane, on_demand


def test_is_disabled(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    assert plane.call("DescribeTimeToLive", TableName="music") == {
        "TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}
    }


def test_is_not_told_of_a_table_that_comes_or_goes(slow_plane: ControlPlane) -> None:
    slow_plane.call("CreateTable", **on_demand())
    for state in ("CREATING", "DELETING"):
        if state == "DELETING":
            slow_plane.clock.advance(10)
            slow_plane.call("DeleteTable", TableName="music")
        assert slow_plane.invalid("DescribeTimeToLive", TableName="music") == (
            f"Cannot describe time to live while table is in {state} state: "
            f"Current table state is {state}"
        )


def test_a_table_that_is_not_there(plane: ControlPlane) -> None:
    error = plane.refusal("DescribeTimeToLive", TableName="music")
    assert type(error) is ResourceNotFoundException
    assert error.message == "Requested resource not found: Table: music not found"
