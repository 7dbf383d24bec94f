"""Which of two errors of a Query is reported, if it needs no table; those of keys are in
test_query_keys.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control_plane import ControlPlane
from tests.unit.services.dynamodb.operations.items.first_errors import (
    ARGUMENTS,
    BAD_FILTER,
    EMPTY_VALUE,
    NAMED_TWICE,
    text,
)

Payload = dict[str, Any]

QUERY_IN_ORDER: list[tuple[Payload, str]] = [
    ({"QueryFilter": BAD_FILTER}, ARGUMENTS),
    ({"AttributesToGet": ["a", "a"]}, NAMED_TWICE),
    (
        {"ExclusiveStartKey": {"a": {}}},
        f"The provided starting key is invalid: {EMPTY_VALUE}",
    ),
    (
        {"KeyConditions": {"a": {"ComparisonOperator": "NE", "AttributeValueList": [{}]}}},
        EMPTY_VALUE,
    ),
]


@pytest.mark.parametrize("first", range(len(QUERY_IN_ORDER)))
def test_errors_of_a_query_come_in_order(plane: ControlPlane, first: int) -> None:
    rest = QUERY_IN_ORDER[first:]
    payload = {name: value for each, _ in reversed(rest) for name, value in each.items()}
    assert text(plane, "Query", **payload) == rest[0][1]


def test_other_expressions_come_before_legacy_key_conditions(plane: ControlPlane) -> None:
    conditions = {"KeyConditions": {"a": {"ComparisonOperator": "EQ"}}}
    assert text(plane, "Query", **conditions) == ARGUMENTS
    found = text(plane, "Query", **conditions, FilterExpression="")
    assert found == "Invalid FilterExpression: The expression can not be empty;"
