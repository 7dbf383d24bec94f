"""Reports on a database in use, from its metrics to the advice, in simulated time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jedlik.services.advice.prices import read_prices
from jedlik.services.advice.report import make_report
from tests.control_plane import ControlPlane, attributes, index, on_demand
from tests.unit.services.dynamodb.metering.metered import Metered

ITEMS = 400
COLORS = {":c": {"S": "red"}}


@pytest.fixture(scope="module")
def report() -> Iterator[Any]:
    plane = ControlPlane()
    request = on_demand("music", "pk", GlobalSecondaryIndexes=[index("by-g", "g")])
    plane.call("CreateTable", **{**request, "AttributeDefinitions": attributes("pk", "g")})
    call = Metered(plane).call
    for number in range(ITEMS):
        item = {"pk": {"S": f"{number}"}, "g": {"S": "g"}, "color": {"S": f"c{number % 100}"},
                "text": {"S": "x" * 1500}}  # fmt: skip
        call("PutItem", TableName="music", Item=item)
    for _ in range(10):
        call("Scan", TableName="music", FilterExpression="color = :c",
                   ExpressionAttributeValues=COLORS)  # fmt: skip
    call("GetItem", TableName="music", Key={"pk": {"S": "1"}})
    call("Query", TableName="music", IndexName="by-g", ProjectionExpression="color",
               KeyConditionExpression="g = :g", ExpressionAttributeValues={":g": {"S": "g"}},
               Limit=5)  # fmt: skip
    plane.clock.advance(48 * 3600)
    yield plane.run(make_report(plane.database, read_prices(), 7))
    plane.close()


def test_the_cost_of_operations(report: Any) -> None:
    (table,) = report["Tables"]
    by = table["Operations"]
    assert by.keys() == {"PutItem", "Scan", "GetItem", "Query"}
    assert next(iter(by)) == "PutItem"
    assert by["PutItem"]["Writes"] == ITEMS * 2 * 2, "two units each, in the table and the index"
    assert by["GetItem"] == {"Reads": 0.5, "Writes": 0.0, "CostOfAMonth": 0.0}
    cost = table["CostOfAMonth"]
    assert sum(each["CostOfAMonth"] for each in by.values()) == pytest.approx(
        cost["Reads"] + cost["Writes"], abs=0.02
    )


def test_the_index_that_scans_ask_for(report: Any) -> None:
    (advice,) = (each for each in report["Advice"] if each["Kind"] == "scan")
    assert "partition key color" in advice["Do"]


def test_the_projection_that_reads_need(report: Any) -> None:
    (advice,) = (each for each in report["Advice"] if each["Kind"] == "wide-projection")
    assert advice["Index"] == "by-g"
    assert "INCLUDE color" in advice["Do"]
