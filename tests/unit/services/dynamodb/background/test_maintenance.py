"""Background work of tables: its loop, its lease, its failures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from jedlik.kernel.keyspaces import BACKFILLS, LEASES, PURGES, table_prefix
from jedlik.services.dynamodb.background import purge
from jedlik.services.dynamodb.background.maintenance import LEASE_SECONDS, Maintenance
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.storage.failures import StorageFull
from tests.control_plane import ControlPlane, attributes, index, on_demand
from tests.stored_rows import rows


async def until(condition: Callable[[], bool]) -> None:
    """Give the loop turns until something is so; fails after a while."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    pytest.fail("it never came to be")


def delete_a_table(plane: ControlPlane, name: str = "music") -> None:
    plane.call("CreateTable", **on_demand(name))
    plane.put({"pk": {"S": "p"}}, table=name)
    plane.call("DeleteTable", TableName=name)


def test_a_quiet_server_writes_nothing(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    worker = Maintenance(plane.database)
    for _ in range(3):
        plane.run(worker.run_once())
        plane.clock.advance(60)
    assert rows(plane, LEASES) == []


def test_one_of_two_processes_works_and_the_other_takes_over(plane: ControlPlane) -> None:
    one, two = Maintenance(plane.database), Maintenance(plane.database)
    delete_a_table(plane)
    plane.run(one.run_once())
    assert rows(plane, PURGES) == []
    delete_a_table(plane)
    plane.run(two.run_once())
    assert len(rows(plane, PURGES)) == 1
    plane.clock.advance(LEASE_SECONDS)
    plane.run(two.run_once())
    assert rows(plane, PURGES) == []
    delete_a_table(plane)
    plane.run(one.run_once())
    assert len(rows(plane, PURGES)) == 1


def test_a_process_that_stops_lets_another_work_immediately(plane: ControlPlane) -> None:
    one, two = Maintenance(plane.database), Maintenance(plane.database)
    delete_a_table(plane)
    plane.run(one.run_once())
    plane.run(one.stop())
    delete_a_table(plane)
    plane.run(two.run_once())
    assert rows(plane, PURGES) == []


def test_the_loop_works_when_woken(plane: ControlPlane) -> None:
    async def scenario() -> None:
        worker = Maintenance(plane.database, interval=3600)
        worker.start()
        await asyncio.sleep(0)
        for operation, payload in (
            ("CreateTable", on_demand()),
            ("DeleteTable", {"TableName": "music"}),
        ):
            await maintenance_operation(plane, operation, payload)
        await until(lambda: plane.store_is_empty_under(PURGES))
        await worker.stop()

    plane.run(scenario())


async def maintenance_operation(
    plane: ControlPlane, operation: str, payload: dict[str, Any]
) -> None:
    await OPERATIONS[operation](plane.database, payload)


def test_a_failure_is_logged_and_tried_again(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    delete_a_table(plane)
    step, failures = purge.purge_step, [StorageFull("no room"), ZeroDivisionError()]

    async def fails_twice(*arguments: Any) -> bool:
        if failures:
            raise failures.pop()
        return await step(*arguments)

    monkeypatch.setattr(purge, "purge_step", fails_twice)

    async def scenario() -> None:
        worker = Maintenance(plane.database, interval=0.001)
        worker.start()
        await until(lambda: plane.store_is_empty_under(PURGES))
        await worker.stop()

    with caplog.at_level(logging.WARNING):
        plane.run(scenario())
    # What is the storage's needs no traceback: every request says the same.
    assert [bool(record.exc_info) for record in caplog.records] == [True, False]
    assert rows(plane, table_prefix(1)) == []


def test_stopping_ends_a_long_job_between_two_steps(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete_a_table(plane)
    steps = []

    async def endless(*arguments: Any) -> bool:
        steps.append(arguments)
        return True

    monkeypatch.setattr(purge, "purge_step", endless)

    async def scenario() -> None:
        worker = Maintenance(plane.database)
        worker.start()
        await until(lambda: len(steps) >= 3)
        async with asyncio.timeout(60):
            await worker.stop()

    plane.run(scenario())
    count = len(steps)
    plane.run(asyncio.sleep(0))
    assert len(steps) == count


def test_an_index_is_filled_while_another_tables_purge_goes_on(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.call("CreateTable", **on_demand("music"))
    plane.put(*({"pk": {"S": f"p{each}"}, "a": {"S": "x"}} for each in range(200)))
    delete_a_table(plane, "old")
    purged = []

    async def endless(*arguments: Any) -> bool:
        purged.append(arguments)
        return True

    monkeypatch.setattr(purge, "purge_step", endless)

    async def scenario() -> None:
        worker = Maintenance(plane.database, interval=3600)
        worker.start()
        await until(lambda: bool(purged))
        new = {
            "TableName": "music",
            "AttributeDefinitions": attributes("a"),
            "GlobalSecondaryIndexUpdates": [{"Create": index("gsi", "a")}],
        }
        await maintenance_operation(plane, "UpdateTable", new)
        await until(lambda: plane.store_is_empty_under(BACKFILLS) and len(purged) > 40)
        await worker.stop()

    plane.run(scenario())
    assert plane.table()["GlobalSecondaryIndexes"][0]["ItemCount"] == 200
    assert rows(plane, PURGES), "the purge was to go on meanwhile"
