"""Which indexes can be read: those that are ACTIVE, or UPDATING.

Developer guide, "Managing global secondary indexes": a new index is not available for queries until
its status changes from CREATING to ACTIVE, and one that is DELETING can no longer be used.
"""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.services.dynamodb.background.maintenance import Maintenance
from tests.control_plane import ControlPlane, attributes, index, provisioned, units

SECONDS = 10
"""How long `slow_plane` takes over a change."""

READS: dict[str, dict[str, Any]] = {
    "Query": {
        "TableName": "music",
        "IndexName": "gsi",
        "KeyConditionExpression": "a = :a",
        "ExpressionAttributeValues": {":a": {"S": "x"}},
    },
    "Scan": {"TableName": "music", "IndexName": "gsi"},
    "ExecuteStatement": {"Statement": 'SELECT * FROM "music"."gsi"'},
}


@pytest.fixture
def music(slow_plane: ControlPlane) -> ControlPlane:
    """A table with an item."""
    slow_plane.call("CreateTable", **provisioned())
    slow_plane.clock.advance(SECONDS)
    slow_plane.put({"pk": {"S": "p"}, "a": {"S": "x"}})
    return slow_plane


def change_index(plane: ControlPlane, change: dict[str, Any]) -> None:
    plane.call(
        "UpdateTable",
        TableName="music",
        AttributeDefinitions=attributes("a"),
        GlobalSecondaryIndexUpdates=[change],
    )


def status(plane: ControlPlane) -> str:
    (gsi,) = plane.table()["GlobalSecondaryIndexes"]
    return str(gsi["IndexStatus"])


def found(plane: ControlPlane) -> list[int]:
    plane.run(plane.database.catalog.refresh())
    return [len(plane.call(operation, **wire)["Items"]) for operation, wire in READS.items()]


def refusals(plane: ControlPlane) -> set[str]:
    plane.run(plane.database.catalog.refresh())
    return {plane.invalid(operation, **wire) for operation, wire in READS.items()}


def test_an_index_is_read_once_it_is_active(music: ControlPlane) -> None:
    change_index(music, {"Create": index("gsi", "a", ProvisionedThroughput=units(1, 1))})
    creating = {"Cannot read from backfilling global secondary index: gsi"}
    assert refusals(music) == creating
    music.run(Maintenance(music.database).run_once())
    # All entries are there, but the index takes its time.
    assert status(music) == "CREATING"
    assert refusals(music) == creating
    music.clock.advance(SECONDS)
    assert status(music) == "ACTIVE"
    assert found(music) == [1, 1, 1]
    change_index(music, {"Update": {"IndexName": "gsi", "ProvisionedThroughput": units(2, 2)}})
    assert status(music) == "UPDATING"
    assert found(music) == [1, 1, 1]


def test_an_index_that_is_deleted_is_not_read(music: ControlPlane) -> None:
    change_index(music, {"Create": index("gsi", "a", ProvisionedThroughput=units(1, 1))})
    music.run(Maintenance(music.database).run_once())
    music.clock.advance(SECONDS)
    assert found(music) == [1, 1, 1]
    change_index(music, {"Delete": {"IndexName": "gsi"}})
    assert status(music) == "DELETING"
    missing = "The table does not have the specified index"
    assert refusals(music) == {missing, f"{missing}: gsi"}
