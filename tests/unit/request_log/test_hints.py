"""Hints about expensive reads, and reads that get none."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from jedlik.gateway.exchange import Request
from jedlik.request_log.facts import Facts
from jedlik.request_log.hints import Hints, Keys

HINTS = Hints(
    lambda table: (
        [
            Keys("", ("id",), ()),
            Keys("by-customer", ("customer",), ("day",)),
            Keys("by-id-and-total", ("id",), ("total",)),
        ]
        if table == "orders"
        else []
    )
)


def hint(operation: str, scanned: int, count: int, **payload: Any) -> str | None:
    headers = {b"x-amz-target": b"DynamoDB_20120810." + operation.encode()}
    body = orjson.dumps({"TableName": "orders", **payload})
    facts = Facts(Request(b"POST", b"/", headers, body, body, b"id"))
    return HINTS(facts, {"ScannedCount": scanned, "Count": count, "Items": []})


def test_a_scan_of_the_whole_table() -> None:
    assert hint("Scan", 100, 100) == (
        "this Scan read 100 items of the whole table; a Query by a partition key, the table's or "
        "an index's, reads only what it needs"
    )
    assert hint("Scan", 9, 9) is None
    assert hint("Scan", 100, 100, IndexName="by-customer") is None


@pytest.mark.parametrize(
    "payload",
    [
        {"FilterExpression": "customer = :c"},
        {
            "FilterExpression": "#c=:c AND total > :t",
            "ExpressionAttributeNames": {"#c": "customer"},
        },
        {"ScanFilter": {"customer": {"ComparisonOperator": "EQ"}}},
    ],
)
def test_an_index_that_would_do(payload: dict[str, Any]) -> None:
    said = hint("Scan", 100, 3, **payload)
    assert said is not None
    assert "its filter dropped 97 of 100 items" in said
    assert said.endswith("index by-customer has customer as partition key: Query it")


def test_a_scan_that_is_filtered_by_the_tables_own_key() -> None:
    said = hint("Scan", 100, 1, FilterExpression="id = :id")
    assert said is not None
    assert said.endswith("the table has id as partition key: Query it")


def test_a_query_whose_filter_is_an_indexs_sort_key() -> None:
    condition = {
        "KeyConditionExpression": "id = :id",
        "FilterExpression": "total BETWEEN :a AND :b",
    }
    said = hint("Query", 40, 2, **condition)
    assert said == (
        "its filter dropped 38 of 40 items, which were paid for; index by-id-and-total has total "
        "as sort key: Query it"
    )
    assert hint("Query", 40, 30, **condition) is None
    assert hint("Query", 5, 0, **condition) is None
    assert hint("Query", 40, 40, KeyConditionExpression="id = :id") is None


@pytest.mark.parametrize(
    "payload",
    [{"FilterExpression": 3}, {"ScanFilter": []}, {"ExpressionAttributeNames": [],
     "FilterExpression": "a = :b"}, {"TableName": "unknown", "FilterExpression": "x = :y"},
     {"KeyConditionExpression": 7, "KeyConditions": {}}],
)  # fmt: skip
def test_what_is_odd_is_no_failure(payload: dict[str, Any]) -> None:
    for operation in ("Query", "Scan"):
        assert "dropped 90" in (hint(operation, 100, 10, **payload) or "")
    assert hint("GetItem", 100, 10, **payload) is None
