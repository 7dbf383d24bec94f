"""A process whose catalog is outdated finds its way back."""

from __future__ import annotations

from tests.control_plane import ControlPlane, on_demand


def test_a_write_after_another_table_came() -> None:
    plane = ControlPlane()
    plane.call("CreateTable", **on_demand("music"))
    plane.put({"pk": {"S": "p"}})
    plane.call("CreateTable", **on_demand("other"))
    plane.put({"pk": {"S": "q"}})
    assert plane.table()["ItemCount"] == 2
    plane.close()
