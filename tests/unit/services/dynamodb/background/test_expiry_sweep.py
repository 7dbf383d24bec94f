"""Expired items are deleted, and only those, whatever happens in between."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from jedlik.kernel.keyspaces import EXPIRIES, ITEMS, PURGES
from jedlik.kernel.page_steps import PageSize
from jedlik.services.dynamodb.background import expiry_backfill, expiry_sweep
from jedlik.services.dynamodb.background.background import table_jobs
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.operations.items.put_item import put_item
from jedlik.services.dynamodb.recording.expiry import OLDEST
from jedlik.services.dynamodb.verifying.verification import Finding, Verification
from tests.control_plane import ControlPlane, index, on_demand
from tests.properties import examples
from tests.stored_rows import rows
from tests.streams import records, streamed

NOW = 1_700_000_000


def enable(plane: ControlPlane, attribute: str = "ttl", enabled: bool = True) -> None:
    specification = {"Enabled": enabled, "AttributeName": attribute}
    plane.call("UpdateTimeToLive", TableName="music", TimeToLiveSpecification=specification)


def item(key: str, ttl: int | None, **more: dict[str, Any]) -> dict[str, dict[str, Any]]:
    expiry = {} if ttl is None else {"ttl": {"N": str(ttl)}}
    return {"pk": {"S": key}, **expiry, **more}


def keys(plane: ControlPlane) -> set[str]:
    return {each["pk"]["S"] for each in plane.call("Scan", TableName="music")["Items"]}


def sweep(plane: ControlPlane) -> None:
    plane.run_jobs()


def test_expired_items_go_through_indexes_counters_and_streams(plane: ControlPlane) -> None:
    arn = streamed(plane, GlobalSecondaryIndexes=[index("gsi", "pk")])
    enable(plane)
    plane.put(item("expired", NOW), item("young", NOW + 2), item("none", None))
    sweep(plane)
    assert keys(plane) == {"young", "none"}
    table = plane.table()
    assert table["ItemCount"] == table["GlobalSecondaryIndexes"][0]["ItemCount"] == 2
    removed = [each for each in records(plane, arn) if each["eventName"] == "REMOVE"]
    assert len(removed) == 1
    assert removed[0]["userIdentity"] == {
        "PrincipalId": "dynamodb.amazonaws.com",
        "Type": "Service",
    }
    assert removed[0]["dynamodb"]["OldImage"] == item("expired", NOW)
    plane.call("DeleteItem", TableName="music", Key={"pk": {"S": "young"}})
    by_hand = {
        each["dynamodb"]["Keys"]["pk"]["S"]: "userIdentity" not in each
        for each in records(plane, arn)
        if each["eventName"] == "REMOVE"
    }
    assert by_hand == {"expired": False, "young": True}


def test_an_item_whose_time_moves_stays(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    enable(plane)
    plane.put(item("a", NOW + 1), item("b", NOW + 1), item("c", NOW + 1), item("d", NOW + 1))
    plane.put(item("a", NOW + 100), item("b", None))
    plane.put({"pk": {"S": "c"}, "ttl": {"S": str(NOW)}})
    plane.clock.advance(10)
    sweep(plane)
    assert keys(plane) == {"a", "b", "c"}


def test_a_time_that_moves_during_the_sweep_counts(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.call("CreateTable", **on_demand())
    enable(plane)
    plane.put(item("a", NOW), item("b", NOW))
    written = expiry_sweep.write_items

    async def late(database: Any, writes: Any, *whose: Any) -> Any:
        monkeypatch.setattr(expiry_sweep, "write_items", written)
        await put_item(database, {"TableName": "music", "Item": item("a", NOW + 100)})
        return await written(database, writes, *whose)

    monkeypatch.setattr(expiry_sweep, "write_items", late)
    sweep(plane)
    assert keys(plane) == {"a"}


def test_what_expired_too_long_ago_stays(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    enable(plane)
    plane.put(item("ancient", NOW - OLDEST - 5), item("old", NOW - OLDEST + 5), item("zero", 0))
    sweep(plane)
    assert keys(plane) == {"ancient", "zero"}


def test_more_than_a_batch(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    enable(plane)
    plane.put(*(item(str(n), NOW - n) for n in range(3 * expiry_sweep.ITEMS_A_BATCH + 1)))
    sweep(plane)
    assert keys(plane) == set()
    assert rows(plane, EXPIRIES) == []


def test_items_from_before_are_found(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry_backfill, "PAGE", PageSize(rows=3))
    plane.call("CreateTable", **on_demand())
    plane.put(*(item(str(n), NOW - n) for n in range(10)), item("young", NOW + 100))
    enable(plane)
    assert rows(plane, EXPIRIES) == []
    sweep(plane)
    assert keys(plane) == {"young"}
    assert len(rows(plane, EXPIRIES)) == 1


def test_what_changes_during_the_backfill_counts(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put(item("moved", NOW + 50), item("gone", NOW + 50), item("same", NOW + 50))
    enable(plane)
    change = expiry_backfill._PageEntries

    class Late(change):  # type: ignore[misc,valid-type]
        def changes(self, values: Any) -> Any:
            return super().changes([*map(changed, values)])

    def changed(stored: bytes) -> bytes | None:
        if b"moved" in stored:
            return stored.replace(str(NOW + 50).encode(), str(NOW + 60).encode())
        return None if b"gone" in stored else stored

    monkeypatch.setattr(expiry_backfill, "_PageEntries", Late)
    sweep(plane)
    assert len(rows(plane, EXPIRIES)) == 1


def test_disabled_ttl_deletes_nothing_and_its_index_goes(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    enable(plane)
    plane.put(item("a", NOW))
    enable(plane, enabled=False)
    plane.run(Maintenance(plane.database).run_once())
    sweep(plane)
    assert keys(plane) == {"a"}
    assert rows(plane, EXPIRIES) == rows(plane, PURGES) == []
    plane.put(item("b", NOW))
    assert rows(plane, EXPIRIES) == []


def test_a_deleted_tables_entries_go_too(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    enable(plane)
    plane.put(item("a", NOW + 9))
    plane.call("DeleteTable", TableName="music")
    plane.run(Maintenance(plane.database).run_once())
    assert rows(plane, EXPIRIES) == rows(plane, ITEMS) == []


def test_one_of_two_processes_sweeps(plane: ControlPlane) -> None:
    one, two = table_jobs(plane.database), table_jobs(plane.database)
    plane.call("CreateTable", **on_demand())
    enable(plane)
    plane.run(one.run_once())
    plane.put(item("a", NOW))
    plane.run(two.run_once())
    assert keys(plane) == {"a"}
    plane.run(one.run_once())
    assert keys(plane) == set()


names = st.sampled_from("abcdef")
times = st.integers(-30, 60) | st.none()


class ExpiryMachine(RuleBasedStateMachine):
    """A table with TTL on one of two attributes or none, beside a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.plane = ControlPlane()
        self.items: dict[str, dict[str, dict[str, Any]]] = {}
        self.attribute: str | None = None
        self.maintenance = Maintenance(self.plane.database)
        self.sweep = table_jobs(self.plane.database)

    def teardown(self) -> None:
        self.plane.close()

    @initialize()
    def begin(self) -> None:
        self.plane.call("CreateTable", **on_demand())

    def _time(self, seconds: int | None) -> int | None:
        return None if seconds is None else int(self.plane.clock.now()) + seconds

    @rule(key=names, first=times, second=times)
    def put(self, key: str, first: int | None, second: int | None) -> None:
        new = item(key, self._time(first))
        if second is not None:
            new["other"] = {"N": str(self._time(second))}
        self.items[key] = new
        self.plane.put(new)

    @rule(key=names)
    def delete(self, key: str) -> None:
        self.items.pop(key, None)
        self.plane.call("DeleteItem", TableName="music", Key={"pk": {"S": key}})

    @rule(attribute=st.sampled_from(["ttl", "other"]))
    def switch(self, attribute: str) -> None:
        enable(self.plane, self.attribute or attribute, enabled=self.attribute is None)
        self.attribute = attribute if self.attribute is None else None

    @rule()
    def clean(self) -> None:
        self.plane.run(self.maintenance.run_once())

    @rule(seconds=st.integers(0, 40))
    def time_passes(self, seconds: int) -> None:
        self.plane.clock.advance(seconds)
        self.plane.run(self.sweep.run_once())
        self.plane.run(self.sweep.run_once())
        now = self.plane.clock.now()
        for key, each in list(self.items.items()):
            expiry = each.get(self.attribute or "")
            if expiry is not None and int(expiry["N"]) < now:
                del self.items[key]

    @invariant()
    def nothing_else_is_gone(self) -> None:
        if self.items or self.attribute is not None:
            assert keys(self.plane) >= self.items.keys()

    @rule()
    def everything_agrees(self) -> None:
        findings: list[Finding] = []
        self.plane.run(Verification(self.plane.database.engine, findings.append).run())
        assert findings == []
        self.time_passes(0)
        assert keys(self.plane) == self.items.keys()


ExpiryMachine.TestCase.settings = examples(40, stateful_step_count=30)
test_random_writes_and_switches = ExpiryMachine.TestCase
