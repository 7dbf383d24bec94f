"""Changes of the table class that wait for a replica in another region."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from jedlik.base.errors import LimitExceededException
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.tables.replicas import ACTIVE, Replica, Replication
from tests.control_plane import ControlPlane, on_demand

EU = "eu-west-1"
RARE, STANDARD = "STANDARD_INFREQUENT_ACCESS", "STANDARD"


class There:
    """A region that reports about its replica."""

    def __init__(self, **reported: Any) -> None:
        self.reported = reported
        self.requests: list[dict[str, Any]] = []

    async def control(self, message: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(message)
        return self.reported


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    """A table with a replica in a region that does not exist."""

    def add_replica(draft: CatalogDraft) -> None:
        replication = Replication(draft.new_id(), replicas=(Replica(EU, ACTIVE),))
        draft.put(replace(draft.existing("music"), replication=replication))

    plane = ControlPlane()
    plane.call("CreateTable", **on_demand())
    plane.run(plane.database.catalog.change(("music",), add_replica))
    yield plane
    plane.close()


def set_class(plane: ControlPlane, table_class: str) -> None:
    plane.call("UpdateTable", TableName="music", TableClass=table_class)


def connect(plane: ControlPlane, there: There) -> There:
    plane.database.links = {EU: there}  # type: ignore[dict-item]
    return there


def test_a_replica_that_has_changed_its_class_too_often_keeps_that_of_all(
    plane: ControlPlane,
) -> None:
    connect(plane, There(class_kept=True))
    with pytest.raises(LimitExceededException) as refused:
        set_class(plane, RARE)
    assert refused.value.message == (
        "Limit exceeded for replica in eu-west-1. Updates to TableClass are limited to 2 times in "
        "30 day(s)"
    )
    assert "TableClassSummary" not in plane.call("DescribeTable", TableName="music")["Table"]


@pytest.mark.parametrize("reported", [{"class_kept": False}, {}])
def test_other_replicas_follow(plane: ControlPlane, reported: dict[str, Any]) -> None:
    there = connect(plane, There(**reported))
    set_class(plane, RARE)
    assert [message["do"] for message in there.requests] == ["describe"]
    settle(plane)
    plane.call("UpdateTable", TableName="music", DeletionProtectionEnabled=True)
    assert len(there.requests) == 1


def test_a_region_that_is_gone_is_not_asked(plane: ControlPlane) -> None:
    set_class(plane, RARE)


def test_the_table_itself_is_judged_first(plane: ControlPlane) -> None:
    set_class(plane, RARE)
    settle(plane)
    set_class(plane, STANDARD)
    settle(plane)
    there = connect(plane, There(class_kept=True))
    refused = plane.refusal("UpdateTable", TableName="music", TableClass=RARE)
    assert "eu-west-1" not in refused.message
    assert not there.requests


def settle(plane: ControlPlane) -> None:
    """As the replica's region would have made its change."""

    def change(draft: CatalogDraft) -> None:
        table = draft.existing("music")
        assert table.replication is not None
        replication = table.replication.with_replica(Replica(EU, ACTIVE))
        draft.put(replace(table, replication=replication))

    plane.run(plane.database.catalog.change(("music",), change))
