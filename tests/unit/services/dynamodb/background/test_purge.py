"""Deleted data, removed page by page."""

from __future__ import annotations

import pytest

from jedlik.kernel.keyspaces import (
    BACKFILLS,
    COUNTERS,
    PURGES,
    TAGS,
    backfill_key,
    index_prefix,
    table_prefix,
)
from jedlik.kernel.leases import LeaseLost, acquire
from jedlik.kernel.page_steps import PageSize
from jedlik.services.dynamodb.background import purge
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.background.purge import purge_step
from jedlik.services.dynamodb.background.survey import Purge
from tests.control_plane import ControlPlane, index, on_demand
from tests.store_task import Store
from tests.stored_rows import counted, held, rows


@pytest.fixture
def filled(plane: ControlPlane) -> ControlPlane:
    """Table 1 with indexes 2 and 3, table 4 beside it; ten items each."""
    for name in ("music", "other"):
        plane.call(
            "CreateTable",
            **on_demand(
                name,
                GlobalSecondaryIndexes=[index("one", "pk"), index("two", "pk")],
                Tags=[{"Key": "k", "Value": "v"}],
            ),
        )
        plane.put(*({"pk": {"S": f"p{n}"}} for n in range(10)), table=name)
    return plane


def test_clears_a_table_and_nothing_else(
    filled: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "PAGE", PageSize(rows=4))
    filled.call("DeleteTable", TableName="music")
    assert held(filled, 1, 0)[0] == 10
    filled.run(Maintenance(filled.database).run_once())
    assert rows(filled, table_prefix(1)) == []
    assert rows(filled, PURGES) == []
    assert len(rows(filled, COUNTERS)) == 1
    assert len(rows(filled, TAGS)) == 1
    assert [held(filled, 4, number)[0] for number in (0, 5, 6)] == [10, 10, 10]
    assert filled.table("other")["ItemCount"] == 10


def test_a_table_that_was_being_backfilled_leaves_no_progress(filled: ControlPlane) -> None:
    expiry = {"AttributeName": "ttl", "Enabled": True}
    filled.call("UpdateTimeToLive", TableName="music", TimeToLiveSpecification=expiry)
    filled.run(filled.database.store.write(Store(backfill_key(1, 7), b"far")))
    filled.call("DeleteTable", TableName="music")
    filled.run(Maintenance(filled.database).run_once())
    assert rows(filled, BACKFILLS) == []


def test_clears_an_index_and_its_counters(filled: ControlPlane) -> None:
    filled.call(
        "UpdateTable",
        TableName="music",
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "one"}}],
    )
    filled.put({"pk": {"S": "late"}})
    filled.run(Maintenance(filled.database).run_once())
    assert rows(filled, index_prefix(1, 2)) == []
    assert counted(filled, 1, 2) == (0, 0)
    assert counted(filled, 1, 0) == held(filled, 1, 0)
    assert counted(filled, 1, 3) == held(filled, 1, 3)
    assert held(filled, 1, 3)[0] == 11
    assert rows(filled, PURGES) == []


def test_goes_on_after_a_crash_in_the_middle(
    filled: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "PAGE", PageSize(rows=7))
    filled.call("DeleteTable", TableName="music")
    now = filled.clock.now()
    lease = filled.run(acquire(filled.database.engine, "test", "me", now, 10))
    assert lease is not None
    assert filled.run(purge_step(filled.database, lease, Purge(1, 0)))
    assert len(rows(filled, table_prefix(1))) == 23
    filled.restart()
    filled.run(Maintenance(filled.database).run_once())
    assert rows(filled, table_prefix(1)) == rows(filled, PURGES) == []


def test_a_holder_that_was_replaced_deletes_nothing(filled: ControlPlane) -> None:
    filled.call("DeleteTable", TableName="music")
    engine, now = filled.database.engine, filled.clock.now()
    lease = filled.run(acquire(engine, "test", "old", now, 10))
    assert lease is not None
    assert filled.run(acquire(engine, "test", "new", now + 10, 10)) is not None
    with pytest.raises(LeaseLost):
        filled.run(purge_step(filled.database, lease, Purge(1, 0)))
    assert len(rows(filled, table_prefix(1))) == 30
