"""Errors in a Query's starting key and key conditions, in the order in which they are reported."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control_plane import ControlPlane, attributes, index, on_demand

INVALID_START = "The provided starting key is invalid"
MISMATCH = "The provided key element does not match the schema"
NOT_INDEXABLE = "Attempted conditional constraint is not an indexable operation"
WRONG_TYPE = (
    "One or more parameter values were invalid: Condition parameter type does not match schema type"
)
NOT_SUPPORTED = "Query key condition not supported"
ONE_ROW = "The query can return at most one row and cannot be restarted"
OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"
OTHER_RANGE = "The provided starting key does not match the range key predicate"

X = {"S": "x"}
ONE = {"N": "1"}


def missed(name: str) -> str:
    return f"Query condition missed key schema element: {name}"


def is_(operator: str, *values: Any) -> dict[str, Any]:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


@pytest.fixture
def things(plane: ControlPlane) -> ControlPlane:
    plane.call(
        "CreateTable",
        **on_demand(
            "Things",
            "a",
            "/b",
            AttributeDefinitions=attributes("a", "b", "c", "d"),
            LocalSecondaryIndexes=[index("ByAC", "a", "/c", kind="ALL")],
            GlobalSecondaryIndexes=[index("ByC", "c", "/d", kind="KEYS_ONLY")],
        ),
    )
    return plane


def error(plane: ControlPlane, conditions: Any, start: Any = None, **members: Any) -> str:
    payload = {"TableName": "Things", "KeyConditions": conditions, **members}
    if start is not None:
        payload["ExclusiveStartKey"] = start
    return plane.refusal("Query", **payload).message


@pytest.mark.parametrize(
    ("conditions", "start", "message"),
    [
        ({"z": is_("NULL")}, {}, INVALID_START),
        ({"z": is_("NULL")}, {"b": X, "c": X}, INVALID_START),
        ({"z": is_("NULL")}, {"a": ONE, "z": X}, MISMATCH),
        ({"z": is_("NULL")}, {"a": X, "b": ONE}, missed("a")),
        ({"z": is_("NULL")}, {"a": X, "z": X}, missed("a")),
        ({"z": is_("NULL")}, None, missed("a")),
        ({"a": is_("EQ", X)}, {"a": X, "c": ONE}, INVALID_START),
        ({"a": is_("EQ", X)}, {"a": X, "b": ONE}, MISMATCH),
        ({"a": is_("EQ", X), "c": is_("NULL")}, {"a": X, "b": X}, missed("b")),
        ({"a": is_("EQ", X), "b": is_("NULL")}, {"a": X, "b": X}, NOT_INDEXABLE),
        ({"a": is_("IN", X)}, None, NOT_INDEXABLE),
        ({"a": is_("LT", ONE)}, None, WRONG_TYPE),
        ({"a": is_("LT", X)}, None, NOT_SUPPORTED),
        ({"a": is_("LT", X)}, {"a": X, "b": ONE}, NOT_SUPPORTED),
    ],
)
def test_attributes_are_taken_in_order_and_the_starting_key_first(
    things: ControlPlane, conditions: Any, start: Any, message: str
) -> None:
    assert error(things, conditions, start) == message


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({"a": X, "b": X, "c": X}, OUTSIDE),
        ({"a": X, "b": ONE, "c": X}, f"{INVALID_START}: {MISMATCH}"),
        ({"a": X, "c": X, "z": X}, f"{INVALID_START}: {MISMATCH}"),
        ({"a": X, "b": X, "c": ONE}, MISMATCH),
        ({"a": X, "b": X, "z": X}, INVALID_START),
    ],
)
def test_the_table_s_attributes_come_last(things: ControlPlane, start: Any, message: str) -> None:
    assert error(things, {"a": is_("EQ", {"S": "y"})}, start, IndexName="ByAC") == message


def test_conditions_are_matched_only_with_a_table_and_index_that_exist(
    things: ControlPlane,
) -> None:
    no_condition = {"z": is_("NULL")}
    payload = {"TableName": "Nothing", "KeyConditions": no_condition}
    assert things.refusal("Query", **payload).code() == "ResourceNotFoundException"
    assert error(things, no_condition, {}, IndexName="ByNothing") == (
        "The table does not have the specified index: ByNothing"
    )


def test_a_starting_key_of_another_partition(things: ControlPlane) -> None:
    start, y = {"a": X, "b": X}, {"S": "y"}
    assert error(things, {"a": is_("EQ", y)}, start) == OUTSIDE
    assert error(things, {"a": is_("EQ", y), "b": is_("LT", y)}, start) == ONE_ROW
    assert error(things, {"a": is_("EQ", y), "b": is_("GT", y)}, start) == OTHER_RANGE


def test_the_starting_key_comes_before_filters_and_select(things: ControlPlane) -> None:
    conditions = {"c": is_("EQ", {"S": "y"})}
    start = {"a": X, "b": X, "c": X, "d": X}
    others = {"IndexName": "ByC", "QueryFilter": {"d": is_("EQ", X)}, "Select": "ALL_ATTRIBUTES"}
    assert error(things, conditions, start, **others) == OUTSIDE
    assert error(things, conditions, **others) == (
        "QueryFilter can only contain non-primary key attributes: Primary key attribute: d"
    )
