"""A process with an outdated catalog recovers."""

from __future__ import annotations

import asyncio
from time import perf_counter

import pytest

from jedlik.base.turns import SLICE_SECONDS
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.tables.model import Table
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


def test_others_have_their_turn_while_tables_are_looked_through() -> None:
    """All tables may pass: with point-in-time recovery each has a log, for instance."""

    def passes_slowly(_stored: bytes) -> bool:
        until = perf_counter() + SLICE_SECONDS
        while perf_counter() < until:
            pass
        return True

    async def look_through() -> tuple[list[Table], int]:
        looking = asyncio.ensure_future(plane.database.catalog.where(passes_slowly))
        turns = 0
        while not looking.done():
            turns += 1
            await asyncio.sleep(0)
        return await looking, turns

    plane = ControlPlane()
    names = ["one", "three", "two"]
    for name in names:
        plane.call("CreateTable", **on_demand(name))
    tables, turns = plane.run(look_through())
    assert [table.name for table in tables] == names
    assert turns > len(names)
    plane.close()


def test_after_a_change_that_found_the_catalog_changed_it_is_known_as_it_is() -> None:
    def find_it_changed(_draft: CatalogDraft) -> None:
        raise CatalogChanged

    plane = ControlPlane()
    plane.call("CreateTable", **on_demand("music"))
    plane.run(plane.database.catalog.refresh())
    outdated = plane.database.catalog
    plane.restart()
    plane.call("CreateTable", **on_demand("other"))
    plane.run(plane.database.catalog.refresh())
    assert outdated.version != plane.database.catalog.version
    with pytest.raises(CatalogChanged):
        plane.run(outdated.change(("music",), find_it_changed))
    assert outdated.version == plane.database.catalog.version
    plane.close()
