"""Transactions for which the capacity of a table does not suffice: all of their items or none."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import TransactionCanceledException
from tests.control_plane import ControlPlane, provisioned, units
from tests.unit.services.dynamodb.operations.items.throttled import TABLE, admitted, drain, item


def transact(plane: ControlPlane, *pks: str) -> Any:
    puts = [{"Put": {"TableName": "music", "Item": item(pk)}} for pk in pks]
    return plane.call("TransactWriteItems", TransactItems=puts)


def test_a_transaction_is_cancelled_whole(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned())
    admitted(lambda: transact(enforced, "a"))
    enforced.pass_seconds(0.1)
    _, error = admitted(lambda: transact(enforced, "a", "b", "c"))
    assert isinstance(error, TransactionCanceledException)
    reasons = error.details["CancellationReasons"]
    assert {"Code": "ProvisionedThroughputExceeded", "Message": TABLE} in reasons
    found = enforced.call("Scan", TableName="music")["Count"]
    assert found == 1


def test_a_repeated_transaction_takes_reads_and_gives_its_writes_back(
    enforced: ControlPlane,
) -> None:
    """Developer guide, "Amazon DynamoDB Transactions: How it works", "Idempotency"."""
    enforced.call("CreateTable", **provisioned(ProvisionedThroughput=units(600, 1)))
    put = {"Put": {"TableName": "music", "Item": item("a")}}
    enforced.call("TransactWriteItems", TransactItems=[put], ClientRequestToken="once")
    for _ in range(10):
        enforced.pass_seconds(1.0)
    for _ in range(400):  # far more than the writes of five minutes
        enforced.call("TransactWriteItems", TransactItems=[put], ClientRequestToken="once")
        enforced.pass_seconds(0.01)
    enforced.put(item("b"))


def test_a_cancelled_transaction_gives_back_what_it_had_reserved(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned(ProvisionedThroughput=units(1, 1)))
    enforced.call("CreateTable", **provisioned("films", ProvisionedThroughput=units(1, 1)))
    enforced.put(item("a"), table="films")
    enforced.pass_seconds(0.1)
    drain(enforced, lambda: enforced.put(item("a")))
    both = [{"Put": {"TableName": name, "Item": item("b")}} for name in ("films", "music")]
    for _ in range(400):  # far more than the writes of five minutes
        refused = enforced.refusal("TransactWriteItems", TransactItems=both)
        codes = [reason["Code"] for reason in refused.details["CancellationReasons"]]
        assert codes == ["None", "ProvisionedThroughputExceeded"]


def test_reads_of_a_transaction_take_twice_as_much(enforced: ControlPlane) -> None:
    enforced.call("CreateTable", **provisioned())

    def ask() -> None:
        get = {"Get": {"TableName": "music", "Key": item("a")}}
        enforced.call("TransactGetItems", TransactItems=[get])

    error = drain(enforced, ask)
    assert error.details["CancellationReasons"] == [
        {"Code": "ProvisionedThroughputExceeded", "Message": TABLE}
    ]
    enforced.pass_seconds(4.0)
    assert admitted(ask)[0] == pytest.approx(10, abs=1)
