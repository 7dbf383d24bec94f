"""ListTables, in pages."""

from __future__ import annotations

from tests.control_plane import ControlPlane, on_demand


def test_pages_in_the_order_of_names(plane: ControlPlane) -> None:
    for name in ("b.1", "a_2", "c-3", "B.1", "b.10"):
        plane.call("CreateTable", **on_demand(name))
    ordered = ["B.1", "a_2", "b.1", "b.10", "c-3"]
    assert plane.call("ListTables") == {"TableNames": ordered}
    assert plane.call("ListTables", Limit=5) == {"TableNames": ordered}
    first = plane.call("ListTables", Limit=3)
    assert first == {"TableNames": ordered[:3], "LastEvaluatedTableName": "b.1"}
    rest = plane.call("ListTables", Limit=3, ExclusiveStartTableName="b.1")
    assert rest == {"TableNames": ordered[3:]}


def test_starts_after_a_name_that_need_not_exist(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand("music"))
    assert plane.call("ListTables", ExclusiveStartTableName="abc") == {"TableNames": ["music"]}
    assert plane.call("ListTables", ExclusiveStartTableName="nnn") == {"TableNames": []}


def test_a_page_ends_at_a_hundred(plane: ControlPlane) -> None:
    names = [f"t{number:03}" for number in range(101)]
    for name in names:
        plane.call("CreateTable", **on_demand(name))
    assert plane.call("ListTables") == {
        "TableNames": names[:100],
        "LastEvaluatedTableName": "t099",
    }
