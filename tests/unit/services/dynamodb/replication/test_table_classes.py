"""Table classes that regions report to each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.replication.table_classes import (
    class_of,
    summary_in,
    tell_class,
    with_class,
)
from jedlik.services.dynamodb.tables.replicas import ACTIVE, Replica, Replication
from tests.control_plane import ControlPlane, on_demand

RARE = {"TableClass": "STANDARD_INFREQUENT_ACCESS", "LastUpdateDateTime": 1.5}
KEY = {"KMSMasterKeyId": "key"}


def test_a_replica_has_the_class_that_its_region_reports() -> None:
    replica = Replica("eu-west-1", ACTIVE, settings=KEY)
    rare = with_class(replica, RARE)
    assert rare.settings == {**KEY, "TableClassOverride": RARE["TableClass"]}
    assert rare.class_since == 1.5
    assert with_class(rare, {"TableClass": "STANDARD"}).class_since is None
    assert with_class(rare, None) == replica


@pytest.mark.parametrize("summary", [None, RARE, {"TableClass": "STANDARD"}])
def test_a_class_is_read(summary: dict[str, Any] | None) -> None:
    assert summary_in(summary) == summary


@pytest.mark.parametrize(
    "given",
    [
        "STANDARD",
        [],
        {},
        {"TableClass": "COLD"},
        {"TableClass": None},
        *({**RARE, "LastUpdateDateTime": since} for since in ("1.5", True, float("inf"), [])),
    ],
)
def test_another_region_may_send_anything(given: Any) -> None:
    with pytest.raises(ValueError, match="a table has a class"):
        summary_in(given)


@pytest.mark.parametrize(
    ("summary", "with_replicas", "told"),
    [(None, True, False), (RARE, False, False), (RARE, True, True)],
)
def test_only_a_class_that_was_set_is_reported(
    summary: dict[str, Any] | None, with_replicas: bool, told: bool
) -> None:
    plane = ControlPlane()
    plane.call("CreateTable", **on_demand())
    table = plane.run(plane.database.table("music")).model
    if summary is not None:
        table = replace(table, settings={**table.settings, "TableClassSummary": summary})
    if with_replicas:
        replicas = (Replica("eu-west-1", ACTIVE),)
        table = replace(table, replication=Replication(1, replicas=replicas))
    assert class_of(table) == summary

    def written(draft: CatalogDraft) -> set[bytes]:
        before = set(draft.values)
        tell_class(draft, table, 1.0)
        return draft.values.keys() - before

    assert bool(plane.run(plane.database.catalog.change(("music",), written))) == told
    plane.close()
