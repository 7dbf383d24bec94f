"""Restored tables equal their sources at the moment, whatever was written meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.keyspaces import BACKUP_JOBS, CHANGES, HOLDS, ITEMS, LAST_CHANGES
from jedlik.kernel.leases import acquire
from jedlik.services.dynamodb.background import backup_work, copying
from jedlik.services.dynamodb.background.copying import copy_step
from jedlik.services.dynamodb.backups.trimming import log_size
from jedlik.services.dynamodb.verifying.verification import Verification
from tests.backed_up import back_up, items, maintain, recover, work
from tests.control_plane import ControlPlane, attributes, index, on_demand
from tests.properties import examples
from tests.stored_rows import counted, held, rows


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two rows, so that small tables have many."""
    monkeypatch.setattr(copying, "ROWS_A_STEP", 2)


def steps(plane: ControlPlane) -> Iterator[None]:
    """The steps of all backups and restores under way, one by one; a new holder takes each."""
    while jobs := rows(plane, BACKUP_JOBS):
        for key, _ in jobs:
            now = plane.clock.now()
            lease = plane.run(acquire(plane.database.engine, "backups", "test", now, 10))
            assert lease is not None
            plane.run(copy_step(plane.database, lease, key[len(BACKUP_JOBS) :].decode()))
            yield


def findings(plane: ControlPlane) -> list[Any]:
    found: list[Any] = []
    plane.run(Verification(plane.database.store, found.append).run())
    return found


CHANGE = st.tuples(
    st.sampled_from(("put", "put", "update", "delete", "transact", "tick", "tick")),
    st.integers(0, 5),
    st.integers(0, 2),
)
Model = dict[int, dict[str, Any]]


def item(key: int, value: int) -> dict[str, Any]:
    """An item that is in the index unless its value is 0."""
    kind = {"kind": {"S": f"k{value}"}} if value else {}
    return {"pk": {"S": f"p{key}"}, "n": {"N": str(value)}, **kind}


def apply(plane: ControlPlane, model: Model, change: tuple[str, int, int]) -> None:
    """Make a change to the table and to what it should be."""
    what, key, value = change
    name = {"TableName": "music"}
    if what == "put":
        plane.put(item(key, value))
        model[key] = item(key, value)
    elif what == "delete":
        plane.call("DeleteItem", **name, Key={"pk": {"S": f"p{key}"}})
        model.pop(key, None)
    elif what == "update":
        plane.call(
            "UpdateItem",
            **name,
            Key={"pk": {"S": f"p{key}"}},
            UpdateExpression="SET extra = :v",
            ExpressionAttributeValues={":v": {"N": str(value)}},
        )
        model[key] = {**model.get(key, {"pk": {"S": f"p{key}"}}), "extra": {"N": str(value)}}
    elif what == "transact":
        both = (key, (key + 1) % 6)
        puts = [{"Put": {**name, "Item": item(each, value)}} for each in both]
        plane.call("TransactWriteItems", TransactItems=puts)
        model.update({each: item(each, value) for each in both})
    else:
        plane.clock.advance(0.4 * (value + 1))


def expected(model: Model) -> list[dict[str, Any]]:
    return sorted(model.values(), key=repr)


def same(found: list[dict[str, Any]], model: Model) -> bool:
    return sorted(map(sorted_items, found)) == sorted(map(sorted_items, model.values()))


def sorted_items(each: dict[str, Any]) -> str:
    return repr(sorted(each.items()))


def indexed_table() -> dict[str, Any]:
    return on_demand(
        AttributeDefinitions=attributes("pk", "kind"),
        GlobalSecondaryIndexes=[index("by-kind", "kind")],
    )


def restore(plane: ControlPlane, target: str, **request: Any) -> None:
    source = {} if "SourceTableArn" in request else {"SourceTableName": "music"}
    plane.call("RestoreTableToPointInTime", **source, TargetTableName=target, **request)


def check_whole(plane: ControlPlane, name: str, model: Model) -> None:
    """A restored table has the items, and all that follows from them."""
    assert plane.table(name)["TableStatus"] == "ACTIVE"
    assert same(items(plane, name), model)
    in_index = {key: each for key, each in model.items() if "kind" in each}
    assert same(items(plane, name, IndexName="by-kind"), in_index)
    assert plane.table(name)["ItemCount"] == len(model)


@examples(60)
@given(
    before=st.lists(CHANGE, max_size=8),
    after=st.lists(CHANGE, min_size=1, max_size=30),
    during=st.lists(CHANGE, max_size=30),
    data=st.data(),
)
def test_a_table_is_restored_to_any_second(
    before: list[Any], after: list[Any], during: list[Any], data: st.DataObject
) -> None:
    with closing(ControlPlane()) as plane:
        model: Model = {}
        plane.call("CreateTable", **indexed_table())
        for change in before:
            apply(plane, model, change)
        recover(plane)
        plane.clock.advance(1)
        states: list[tuple[float, Model]] = [(plane.clock.now(), dict(model))]
        for change in after:
            apply(plane, model, change)
            plane.clock.advance(0.001)
            states.append((plane.clock.now(), dict(model)))
        first, last = int(states[0][0]), int(states[-1][0])
        wanted = data.draw(st.integers(first + 1, max(last, first + 1)))
        moment = min(wanted, states[-1][0])
        was = [state for at, state in states if at <= moment][-1]
        restore(plane, "restored", RestoreDateTime=moment)
        going = steps(plane)
        for change in during:
            apply(plane, model, change)
            next(going, None)
        list(going)
        check_whole(plane, "restored", was)
        assert same(items(plane), model)
        assert findings(plane) == []


@examples(60)
@given(
    before=st.lists(CHANGE, max_size=12),
    during=st.lists(CHANGE, max_size=30),
    recovering=st.booleans(),
    deleting=st.booleans(),
)
def test_a_backup_is_the_table_at_the_moment_of_the_call(
    before: list[Any], during: list[Any], recovering: bool, deleting: bool
) -> None:
    with closing(ControlPlane()) as plane:
        model: Model = {}
        plane.call("CreateTable", **indexed_table())
        if recovering:
            recover(plane)
        for change in before:
            apply(plane, model, change)
        was = dict(model)
        arn = back_up(plane)
        plane.call("RestoreTableFromBackup", TargetTableName="restored", BackupArn=arn)
        going = steps(plane)
        for change in during:
            apply(plane, model, change)
            next(going, None)
        if deleting:
            plane.call("DeleteTable", TableName="music")
            maintain(plane)
        list(going)
        check_whole(plane, "restored", was)
        if not deleting:
            assert same(items(plane), model)
        assert findings(plane) == []


def test_the_latest_moment_has_all_that_was_answered(plane: ControlPlane) -> None:
    plane.call("CreateTable", **indexed_table())
    plane.put(item(1, 1))
    recover(plane)
    plane.put(item(2, 2))
    restore(plane, "restored", UseLatestRestorableTime=True)
    plane.put(item(3, 1))
    work(plane)
    check_whole(plane, "restored", {1: item(1, 1), 2: item(2, 2)})


def test_a_log_that_nobody_needs_is_purged(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put(item(1, 1))
    assert not rows(plane, CHANGES), "nothing is logged unless it is needed"
    arn = back_up(plane)
    plane.put(item(1, 2))
    assert len(rows(plane, CHANGES)) == 1
    work(plane)
    maintain(plane)
    assert not rows(plane, CHANGES)
    assert not rows(plane, LAST_CHANGES)
    plane.call("DeleteBackup", BackupArn=arn)
    plane.call("DeleteTable", TableName="music")
    maintain(plane)
    assert not rows(plane, ITEMS)
    assert not rows(plane, HOLDS)


def test_a_log_is_trimmed_and_its_size_is_known(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plane.call("CreateTable", **on_demand())
    recover(plane, RecoveryPeriodInDays=1)
    for value in range(50):
        plane.put(item(value % 6, value))
        plane.clock.advance(3600)

    def size() -> tuple[int, int]:
        table = plane.run(plane.database.catalog.current("music"))
        assert table is not None
        records = rows(plane, CHANGES)
        return plane.run(log_size(plane.database, table)), sum(map(len, sum(records, ())))

    assert len(rows(plane, CHANGES)) == 50
    assert size()[0] == size()[1]
    monkeypatch.setattr(backup_work, "LARGE_LOG", 1000)
    work(plane)
    assert len(rows(plane, CHANGES)) == 24
    assert size()[0] == size()[1] > 1000
    (point,) = (
        each for each in plane.database.metrics.take() if each.metric.name == "RecoveryLogBytes"
    )
    assert point.aggregate.average == size()[0]
    assert "has grown to" in caplog.text


def test_a_restored_table_counts_its_items(plane: ControlPlane) -> None:
    plane.call("CreateTable", **indexed_table())
    for value in range(7):
        plane.put(item(value, value % 3))
    plane.call("RestoreTableFromBackup", TargetTableName="again", BackupArn=back_up(plane))
    work(plane)
    table = plane.run(plane.database.catalog.current("again"))
    assert table is not None
    for index_id in (0, table.indexes[0].id):
        assert counted(plane, table.id, index_id) == held(plane, table.id, index_id)


@pytest.mark.parametrize("recovery_stays", [True, False])
def test_a_source_that_is_deleted_while_it_is_restored(
    plane: ControlPlane, recovery_stays: bool
) -> None:
    plane.call("CreateTable", **on_demand())
    recover(plane)
    plane.put({"pk": {"S": "a"}, "v": {"N": "1"}}, {"pk": {"S": "b"}})
    plane.clock.advance(10)
    moment = plane.clock.now()
    plane.clock.advance(10)
    plane.put({"pk": {"S": "a"}, "v": {"N": "2"}}, {"pk": {"S": "c"}})
    plane.call(
        "RestoreTableToPointInTime",
        SourceTableName="music",
        TargetTableName="again",
        RestoreDateTime=moment,
    )
    if not recovery_stays:
        recover(plane, PointInTimeRecoveryEnabled=False)
    plane.call("DeleteTable", TableName="music")
    maintain(plane)
    plane.call("CreateTable", **on_demand())
    plane.put({"pk": {"S": "other"}})
    work(plane)
    assert items(plane, "again") == [{"pk": {"S": "a"}, "v": {"N": "1"}}, {"pk": {"S": "b"}}]
    maintain(plane)
    assert items(plane) == [{"pk": {"S": "other"}}]
