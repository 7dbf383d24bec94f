"""How a change that has to wait is refused."""

from __future__ import annotations

from dataclasses import replace

from jedlik.services.dynamodb.tables.replicas import Replication
from jedlik.services.dynamodb.tables.waiting import has_to_wait
from tests.control_plane import ControlPlane, on_demand


def test_only_tables_without_replicas_say_why(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand("music"))
    table = plane.run(plane.database.catalog.current("music"))
    assert table is not None
    assert has_to_wait(table, "It rests.").message == (
        "Attempt to change a resource which is still in use: It rests."
    )
    assert has_to_wait(replace(table, replication=Replication(1)), "It rests.").message == (
        "The resource which you are attempting to change is in use."
    )
