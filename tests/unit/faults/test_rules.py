"""Which requests a rule strikes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from jedlik.faults.rules import MEMBERS, RuleError, rule_of
from jedlik.gateway.exchange import Request
from jedlik.request_log.facts import Facts
from tests.docs.pages import text

PUT: dict[str, Any] = {"TableName": "orders", "Item": {"id": {"S": "1"}, "total": {"N": "1.0"}}}
CREDENTIAL = b"AWS4-HMAC-SHA256 Credential=AKIAONE/20240101/us-east-1/dynamodb/aws4_request, x"


def facts(operation: str = "PutItem", payload: object = PUT) -> Facts:
    body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    headers = {
        b"x-amz-target": b"DynamoDB_20120810." + operation.encode(),
        b"authorization": CREDENTIAL,
    }
    return Facts(Request(b"POST", b"/", headers, body, body, b"id"))


def struck(rule: dict[str, Any], count: int = 10, seed: int = 1) -> list[int]:
    """Which of this many requests it strikes, from 1 on."""
    made, chance = rule_of({"throttle": True, **rule}), random.Random(seed)
    return [number for number in range(1, count + 1) if made.strikes(facts(), chance)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, list(range(1, 11))),
        ({"nth": 3}, [3]),
        ({"after": 7}, [8, 9, 10]),
        ({"times": 2}, [1, 2]),
        ({"after": 2, "every": 3}, [3, 6, 9]),
        ({"after": 2, "every": 3, "times": 2}, [3, 6]),
    ],
)
def test_a_rule_strikes_as_often_as_it_says(rule: dict[str, Any], expected: list[int]) -> None:
    assert struck(rule) == expected


def test_chance_is_the_same_for_the_same_seed() -> None:
    some = struck({"probability": 0.5}, 200)
    assert 60 < len(some) < 140
    assert struck({"probability": 0.5}, 200) == some
    assert struck({"probability": 0.5}, 200, seed=2) != some


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ({"operation": "PutItem"}, True),
        ({"operation": ["GetItem", "PutItem"]}, True),
        ({"operation": "GetItem"}, False),
        ({"table": "orders"}, True),
        ({"table": "order"}, False),
        ({"key": {"id": {"S": "1"}}}, True),
        ({"key": {"total": {"N": "1"}}}, True),
        ({"key": {"total": {"N": "0.1E1"}}}, True),
        ({"key": {"id": {"N": "1"}}}, False),
        ({"key": {"id": {"S": "1"}, "other": {"S": "1"}}}, False),
        ({"index": "by-total"}, False),
        ({"caller": "AKIAONE"}, True),
        ({"caller": "AKIA"}, False),
    ],
)
def test_what_is_asked_of_a_request(rule: dict[str, Any], matches: bool) -> None:
    assert struck(rule, 1) == ([1] if matches else [])


def _named() -> Iterator[tuple[str, dict[str, Any], str | None]]:
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/orders"
    key = {"id": {"S": "1"}}
    yield "GetItem", {"TableName": arn, "Key": key}, None
    yield "Query", {"TableName": "orders", "IndexName": "by-day"}, "by-day"
    yield "BatchGetItem", {"RequestItems": {"other": {"Keys": [key]}, arn: {"Keys": [key]}}}, None
    yield "BatchWriteItem", {"RequestItems": {"orders": [{"DeleteRequest": {"Key": key}}]}}, None
    yield "TransactWriteItems", {"TransactItems": [{"Put": {**PUT}}]}, None
    yield (
        "TransactGetItems",
        {"TransactItems": [{"Get": {"TableName": "orders", "Key": key}}]},
        None,
    )
    yield "ExecuteStatement", {"Statement": 'SELECT * FROM "orders"."by-day"'}, "by-day"
    yield "BatchExecuteStatement", {"Statements": [{"Statement": "SELECT * FROM orders"}]}, None
    yield "DescribeStream", {"StreamArn": f"{arn}/stream/2024-01-01T00:00:00.000"}, None
    yield "UpdateTable", {"TableName": "orders"}, None


@pytest.mark.parametrize(("operation", "payload", "index"), list(_named()))
def test_tables_wherever_they_are_named(
    operation: str, payload: dict[str, Any], index: str | None
) -> None:
    given = facts(operation, payload)
    assert "orders" in given.tables
    assert index in {part.index_name for part in given.parts}
    rule = rule_of({"table": "orders", "throttle": True, **({"index": index} if index else {})})
    assert rule.strikes(given, random.Random(1))


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b"3", {"RequestItems": []}, {"RequestItems": {"orders": [3]}},
     {"TransactItems": {"a": 1}}, {"TransactItems": ["Put"]}, {"Statement": "SELEC"},
     {"Statement": 3}, {"TableName": ["orders"]}, {"TableName": "orders", "Key": [1]}],
)  # fmt: skip
def test_what_cannot_be_read_matches_no_table_and_harms_nobody(payload: object) -> None:
    rule = rule_of({"table": "orders", "key": {"id": {"S": "1"}}, "throttle": True})
    for operation in ("PutItem", "BatchWriteItem", "TransactWriteItems", "ExecuteStatement"):
        assert not rule.strikes(facts(operation, payload), random.Random(1))


@pytest.mark.parametrize("operation", ["BatchGetItem", "BatchWriteItem"])
@pytest.mark.parametrize("payload", [{}, {"TableName": "orders"}, {"Statement": "SELECT 1"}])
def test_a_batch_of_nothing_is_left_to_the_server(operation: str, payload: dict[str, Any]) -> None:
    rule = rule_of({"unprocessed": 0.5})
    assert not rule.strikes(facts(operation, payload), random.Random(1))
    stray = {"TransactItems": [{"Put": PUT}], "TableName": "orders", **payload}
    assert facts(operation, {"RequestItems": {}, **stray}).parts == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "A rule is an object"),
        ({}, "one of throttle, error"),
        ({"throttel": True}, "did you mean 'throttle'?"),
        ({"throttle": True, "drop": "after"}, "one thing, not throttle and drop"),
        ({"throttle": False}, "throttle is true"),
        ({"operation": "PutItems", "throttle": True}, "did you mean 'PutItem'?"),
        ({"operation": 3, "throttle": True}, "a list of names"),
        ({"nth": 0, "throttle": True}, "nth is a whole number from 1"),
        ({"nth": True, "throttle": True}, "nth is a whole number from 1"),
        ({"nth": 2, "times": 1, "throttle": True}, "nth cannot be combined"),
        ({"probability": 0, "throttle": True}, "probability is"),
        ({"delay": -1}, "delay is"),
        ({"delay": [5, 1]}, "delay is"),
        ({"delay": [1, 2, 3]}, "delay is"),
        ({"delay": float("inf")}, "delay is"),
        ({"table": "", "throttle": True}, "table is a name"),
        ({"key": {"id": "1"}, "throttle": True}, "key has attributes"),
        ({"key": {}, "throttle": True}, "key has attributes"),
        ({"key": {"id": {"S": 5}}, "throttle": True}, "key: "),
        ({"key": {"id": {"S": None}}, "throttle": True}, "key: "),
        ({"key": {"id": {"N": "many"}}, "throttle": True}, "key: The parameter cannot be conv"),
        ({"key": {"id": {"N": "1E400"}}, "throttle": True}, "key: Number overflow"),
        ({"key": {"id": {"B": "?"}}, "throttle": True}, "key: "),
        ({"key": {"": {"S": "a"}}, "throttle": True}, "key: "),
        ({"error": "NoSuchError"}, "error must be one of AccessDeniedException"),
        ({"error": "InternalServerError", "message": 3}, "message is a text"),
        ({"throttle": True, "message": "x"}, "message is the text of an error"),
        ({"drop": "now"}, "drop must be one of before, after, midway"),
        ({"unprocessed": 0}, "unprocessed is a share"),
        ({"cancel": "None"}, "cancel is a code"),
        ({"cancel": []}, "cancel is a code"),
        ({"cancel": [["None"]]}, "cancel is a code"),
    ],
)
def test_what_is_no_rule_is_said(given: object, told: str) -> None:
    with pytest.raises(RuleError) as caught:
        rule_of(given)
    assert told in caught.value.message


def test_the_manual_has_all_members() -> None:
    for member in MEMBERS:
        assert f"`{member}`" in text("testing.md"), member
