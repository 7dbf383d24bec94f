"""Requests counted by their tables, whatever form names those."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import (
    ConditionalCheckFailedException,
    InternalServerError,
    ServiceError,
    ValidationException,
)
from jedlik.kernel.arns import Arns
from jedlik.kernel.metrics.recorder import Metrics
from jedlik.services.dynamodb.metering.request_meter import RequestMeter
from jedlik.services.dynamodb.metering.table_meter import TableMeters
from tests.simulated_clock import SimulatedClock

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/orders"


class Meter:
    """A meter and what it has recorded."""

    def __init__(self) -> None:
        self.metrics = Metrics(SimulatedClock(1_700_000_000.0))
        self.metrics.keep_totals()
        self.requests = RequestMeter(self.metrics, Arns(), TableMeters(self.metrics))

    def counted(self, name: str) -> dict[tuple[str, ...], float]:
        """How often a metric was recorded, by the values of its dimensions."""
        self.metrics.fold()
        return {
            tuple(value for _, value in metric.dimensions): total.count
            for metric, total in self.metrics.totals.items()
            if metric.name == name
        }


@pytest.fixture
def meter() -> Meter:
    return Meter()


def test_operations_on_items_are_timed_and_others_are_not(meter: Meter) -> None:
    assert meter.requests.timings("GetItem") == {}
    assert meter.requests.timings("DescribeTable") is None


def test_a_table_is_found_at_once_from_its_second_request_on(meter: Meter) -> None:
    timings = meter.requests.timings("GetItem")
    assert timings is not None
    meter.requests.time("GetItem", {"TableName": ARN}, 2_000_000)
    timings[ARN](3_000_000)
    assert meter.counted("SuccessfulRequestLatency") == {("GetItem", "orders"): 2.0}


@pytest.mark.parametrize(
    ("operation", "payload", "tables"),
    [
        ("GetItem", {"TableName": "orders"}, {"orders"}),
        ("BatchGetItem", {"RequestItems": {"one": {}, "two": {}}}, {"one", "two"}),
        ("ExecuteStatement", {"Statement": "SELECT * FROM one"}, {"one"}),
        (
            "BatchExecuteStatement",
            {"Statements": [{"Statement": "SELECT * FROM one WHERE a = 1"}] * 2},
            {"one"},
        ),
        (
            "ExecuteTransaction",
            {"TransactStatements": [{"Statement": "EXISTS(SELECT * FROM two WHERE a = 1)"}]},
            {"two"},
        ),
        (
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "one"}, "Delete": None}]},
            {"one"},
        ),
    ],
)
def test_tables_of_every_form(
    meter: Meter, operation: str, payload: dict[str, Any], tables: set[str]
) -> None:
    meter.requests.timings(operation)
    meter.requests.time(operation, payload, 1)
    found = meter.counted("SuccessfulRequestLatency")
    assert found == {(operation, table): 1.0 for table in tables}


def refused(meter: Meter, error: ServiceError) -> None:
    meter.requests.count_refusal("PutItem", {"TableName": "orders"}, error)


def test_a_condition_that_failed_took_units_all_the_same(meter: Meter) -> None:
    error = ConditionalCheckFailedException()
    error.item_size = 1500
    refused(meter, error)
    assert meter.counted("ConditionalCheckFailedRequests") == {("orders",): 1.0}
    assert meter.counted("ConsumedWriteCapacityUnits") == {("orders",): 1.0}
    assert meter.counted("UserErrors") == {}


def test_whose_fault_an_error_is(meter: Meter) -> None:
    refused(meter, ValidationException("x"))
    refused(meter, InternalServerError())
    assert meter.counted("UserErrors") == {(): 1.0}
    assert meter.counted("SystemErrors") == {("PutItem", "orders"): 1.0}


def test_an_error_before_anything_was_known(meter: Meter) -> None:
    meter.requests.count_refusal(None, None, ValidationException("x"))
    meter.requests.count_refusal(None, None, InternalServerError())
    assert meter.counted("UserErrors") == {(): 1.0}
    assert meter.counted("SystemErrors") == {}
