"""Which of two errors of one request is reported, for operations on single items and pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control_plane import ControlPlane, attributes, index, on_demand
from tests.unit.services.dynamodb.operations.items.first_errors import (
    ARGUMENTS,
    BAD_FILTER,
    EMPTY_VALUE,
    NAMED_TWICE,
    text,
)

MIXED = "Can not use both expression and non-expression parameters in the same request: "
BAD_NUMBER = "The parameter cannot be converted to a numeric value"
NO_SET = "One or more parameter values were invalid: An string set  may not be empty"
ONLY_WITH_EXPRESSIONS = "ExpressionAttributeNames can only be specified when using expressions"
NO_SEGMENT = (
    "The TotalSegments parameter is required but was not present in the request when Segment "
    "parameter is present"
)
Payload = dict[str, Any]

EMPTY: Payload = {
    "ExpressionAttributeNames": {},
    "ExpressionAttributeValues": {},
    "ConditionExpression": "",
}
"""Whose errors are among the last."""
BAD_EXPECTED: Payload = {"Expected": {"a": {}}}
BAD_UPDATE: Payload = {"AttributeUpdates": {"a": {"Action": "PUT"}}}


@pytest.fixture
def tables(plane: ControlPlane) -> ControlPlane:
    plane.call(
        "CreateTable",
        **on_demand(
            "Things",
            "a",
            "/b",
            AttributeDefinitions=attributes("a", "b", "c"),
            GlobalSecondaryIndexes=[index("ByC", "c", kind="KEYS_ONLY")],
        ),
    )
    return plane


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"Key": {"a": {}}, "ProjectionExpression": "", "ExpressionAttributeNames": {}}, None),
        ({"Key": {"a": {}}, "ProjectionExpression": "a,,b"}, None),
        ({"Key": {"a": {"SS": []}}, "AttributesToGet": ["a", "a"]}, NO_SET),
        (
            {"Key": {"a": {}}, "ProjectionExpression": "", "AttributesToGet": ["a"]},
            (
                f"{MIXED}Non-expression parameters: {{AttributesToGet}} "
                "Expression parameters: {ProjectionExpression}"
            ),
        ),
        ({"Key": {"a": {}}, "ExpressionAttributeNames": {}}, ONLY_WITH_EXPRESSIONS),
    ],
)
def test_a_key_comes_before_the_projection(
    plane: ControlPlane, payload: Payload, message: str | None
) -> None:
    assert text(plane, "GetItem", **payload) == (message or EMPTY_VALUE)


@pytest.mark.parametrize("operation", ["UpdateItem", "DeleteItem"])
@pytest.mark.parametrize("others", [EMPTY, BAD_EXPECTED])
def test_a_key_comes_before_conditions(
    plane: ControlPlane, operation: str, others: Payload
) -> None:
    assert text(plane, operation, Key={"a": {}}, **others) == EMPTY_VALUE
    assert text(plane, operation, Key={"a": {"SS": []}}, **others) == NO_SET


def test_a_key_comes_before_the_update(plane: ControlPlane) -> None:
    key = {"a": {"N": "x"}}
    assert text(plane, "UpdateItem", Key=key, UpdateExpression="").startswith(BAD_NUMBER)
    assert text(plane, "UpdateItem", Key=key, **BAD_UPDATE).startswith(BAD_NUMBER)
    mixed = text(plane, "UpdateItem", Key=key, UpdateExpression="", **BAD_UPDATE)
    assert mixed.startswith(MIXED)


def test_an_item_comes_before_its_size_and_that_before_conditions(plane: ControlPlane) -> None:
    large = {"a": {"S": "x" * 410_000}}
    assert text(plane, "PutItem", Item={"a": {}}, **EMPTY) == EMPTY_VALUE
    assert text(plane, "PutItem", Item={**large, "b": {"SS": []}}, **EMPTY) == NO_SET
    too_large = "Item size has exceeded the maximum allowed size"
    assert text(plane, "PutItem", Item=large, **BAD_EXPECTED) == too_large
    mixed = text(plane, "PutItem", Item={"a": {}}, ConditionExpression="", **BAD_EXPECTED)
    assert mixed.startswith(MIXED)
    unused = text(plane, "PutItem", Item=large, ExpressionAttributeNames={})
    assert unused == ONLY_WITH_EXPRESSIONS


def test_keys_of_placeholders_come_before_their_values(plane: ControlPlane) -> None:
    values = {":v": {"N": "x"}}
    condition = {"ConditionExpression": "a = :v", "ExpressionAttributeValues": values}
    found = text(
        plane, "DeleteItem", Key={"a": {"S": "x"}}, ExpressionAttributeNames={}, **condition
    )
    assert found == "ExpressionAttributeNames must not be empty"
    condition["ExpressionAttributeValues"] = {**values, "v": {"S": "x"}}
    assert text(plane, "DeleteItem", Key={"a": {"S": "x"}}, **condition) == (
        'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"'
    )


@pytest.mark.parametrize("kind", ["Update", "Delete", "ConditionCheck", "Put"])
def test_the_key_or_item_of_an_action_comes_before_its_expressions(
    plane: ControlPlane, kind: str
) -> None:
    member = "Item" if kind == "Put" else "Key"
    action = {"TableName": "Missing", member: {"a": {}}, "ConditionExpression": ""}
    if kind == "Update":
        action["UpdateExpression"] = ""
    error = plane.refusal("TransactWriteItems", TransactItems=[{kind: action}])
    assert error.message == EMPTY_VALUE


def test_the_reads_of_a_transaction_are_checked_one_after_the_other(plane: ControlPlane) -> None:
    bad_key = {"Get": {"TableName": "Missing", "Key": {"a": {}}, "ProjectionExpression": ""}}
    bad_projection = {
        "Get": {"TableName": "Missing", "Key": {"a": {"S": "x"}}, "ProjectionExpression": ""}
    }
    error = plane.refusal("TransactGetItems", TransactItems=[bad_key, bad_projection])
    assert error.message == EMPTY_VALUE
    error = plane.refusal("TransactGetItems", TransactItems=[bad_projection, bad_key])
    assert error.message == "Invalid ProjectionExpression: The expression can not be empty;"


SCAN_IN_ORDER: list[tuple[Payload, str]] = [
    ({"AttributesToGet": ["a", "a"]}, NAMED_TWICE),
    ({"ScanFilter": BAD_FILTER}, ARGUMENTS),
    (
        {"ExclusiveStartKey": {"a": {}}},
        f"The provided starting key is invalid: {EMPTY_VALUE}",
    ),
    ({"Segment": 1}, NO_SEGMENT),
]


@pytest.mark.parametrize("first", range(len(SCAN_IN_ORDER)))
def test_errors_of_a_scan_come_in_order(plane: ControlPlane, first: int) -> None:
    rest = SCAN_IN_ORDER[first:]
    payload = {name: value for each, _ in reversed(rest) for name, value in each.items()}
    assert text(plane, "Scan", **payload) == rest[0][1]


def test_errors_of_a_scan_s_expressions_come_last(plane: ControlPlane) -> None:
    expressions = {"FilterExpression": "", "ExpressionAttributeNames": {}}
    start = {"ExclusiveStartKey": {"a": {}}}
    assert text(plane, "Scan", **expressions, **start).endswith(EMPTY_VALUE)
    assert text(plane, "Scan", **expressions, Segment=1) == NO_SEGMENT


INVALID_START = "The provided starting key is invalid"
MISMATCH = "The provided key element does not match the schema"


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({"c": {"S": "x"}}, INVALID_START),
        ({"a": {"S": "x"}, "b": {"S": "x"}, "z": {"S": "x"}}, INVALID_START),
        ({"a": {"S": "x"}, "b": {"S": "x"}, "c": {"N": "1"}}, MISMATCH),
        ({"x": {"S": "x"}, "y": {"S": "x"}, "c": {"S": "x"}}, f"{INVALID_START}: {MISMATCH}"),
        ({"a": {"S": "x"}, "b": {"N": "1"}, "c": {"S": "x"}}, f"{INVALID_START}: {MISMATCH}"),
    ],
)
def test_the_starting_key_of_an_index_s_scan(
    tables: ControlPlane, start: Payload, message: str
) -> None:
    scan = {"TableName": "Things", "IndexName": "ByC", "ExclusiveStartKey": start}
    assert text(tables, "Scan", **scan) == message
    selected = text(tables, "Scan", **scan, Select="ALL_ATTRIBUTES")
    if message in (INVALID_START, MISMATCH):
        assert selected == message
    else:
        assert "Select type ALL_ATTRIBUTES is not supported" in selected
