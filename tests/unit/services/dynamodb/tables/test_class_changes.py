"""How often the class of a table may be changed."""

from __future__ import annotations

from jedlik.services.dynamodb.tables.class_changes import (
    LIMITED,
    class_is_kept,
    recent_class_changes,
)
from jedlik.services.dynamodb.tables.model import Table
from tests.control_plane import ControlPlane, on_demand

DAYS = 86_400.0


def changed(plane: ControlPlane, table_class: str) -> Table:
    plane.call("UpdateTable", TableName="music", TableClass=table_class)
    return plane.run(plane.database.table("music")).model


def test_a_class_is_changed_twice_in_thirty_days() -> None:
    plane = ControlPlane()
    plane.call("CreateTable", **on_demand())
    first = plane.clock.now()
    table = changed(plane, "STANDARD_INFREQUENT_ACCESS")
    assert recent_class_changes(table, first) == [first]
    assert not class_is_kept(table, first)
    plane.clock.advance(DAYS)
    table = changed(plane, "STANDARD")
    assert recent_class_changes(table, plane.clock.now()) == [first, first + DAYS]
    assert class_is_kept(table, first + 29 * DAYS)
    assert not class_is_kept(table, first + 30 * DAYS)
    plane.close()


def test_the_text_names_the_limit() -> None:
    assert LIMITED == "Updates to TableClass are limited to 2 times in 30 day(s)"
