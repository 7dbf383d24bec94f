"""Tables with background work are recognized by their records."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest

from jedlik.services.dynamodb.database.catalog import decode_table
from jedlik.services.dynamodb.tables.model import Table, may_have_log, may_have_work
from tests.control_plane import ControlPlane, on_demand

ADDED = {
    "IndexName": "DELETING",
    "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ['"log":{', "backfilling"]},
}
KINDS = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "other")]


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    plane = ControlPlane(transition_seconds=5)
    plane.call("CreateTable", **on_demand("music"))
    plane.pass_seconds(10)
    yield plane
    plane.close()


def looks(plane: ControlPlane) -> tuple[Table, bool]:
    """The table, and whether its record looks as if it had work."""
    table = plane.run(plane.database.catalog.current("music"))
    assert table is not None
    stored = orjson.dumps(table)
    assert decode_table(stored) == table
    return table, may_have_work(stored)


def add_index(plane: ControlPlane) -> None:
    plane.call(
        "UpdateTable",
        TableName="music",
        AttributeDefinitions=KINDS,
        GlobalSecondaryIndexUpdates=[{"Create": ADDED}],
    )


def test_a_table_that_only_changes_has_none(plane: ControlPlane) -> None:
    plane.call(
        "UpdateTable",
        TableName="music",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    table, may = looks(plane)
    assert table.transition is not None
    assert not table.work
    assert not may


def test_a_backfill(plane: ControlPlane) -> None:
    add_index(plane)
    table, may = looks(plane)
    assert table.work
    assert may


def test_a_table_that_is_deleted(plane: ControlPlane) -> None:
    plane.call("DeleteTable", TableName="music")
    table, may = looks(plane)
    assert table.work
    assert may


def test_a_table_shows_that_it_has_a_log_without_work(plane: ControlPlane) -> None:
    before, _ = looks(plane)
    plane.call(
        "UpdateContinuousBackups",
        TableName="music",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    after, may = looks(plane)
    assert not after.work
    assert not may
    assert [may_have_log(orjson.dumps(table)) for table in (before, after)] == [False, True]
