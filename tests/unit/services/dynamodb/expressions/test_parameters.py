"""Which parameters of a request go together."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_EXAMINED_PARTS
from jedlik.services.dynamodb.expressions.parameters import check_parameters, form_of

NAMES = {"#a": "a"}
VALUES = {":v": {"S": "x"}}
TWO = {"a": {}, "b": {}}


def error(operation: str, **request: Any) -> str:
    with pytest.raises(ValidationException) as caught:
        check_parameters(operation, request)
    return caught.value.message


MIXED = "Can not use both expression and non-expression parameters in the same request: "


@pytest.mark.parametrize(
    ("operation", "given", "legacy", "expressions"),
    [
        (
            "GetItem",
            "AttributesToGet ProjectionExpression",
            "AttributesToGet",
            "ProjectionExpression",
        ),
        (
            "BatchGetItem",
            "AttributesToGet ProjectionExpression",
            "AttributesToGet",
            "ProjectionExpression",
        ),
        ("PutItem", "ConditionExpression Expected", "Expected", "ConditionExpression"),
        (
            "PutItem",
            "ConditionExpression ConditionalOperator Expected",
            "Expected, ConditionalOperator",
            "ConditionExpression",
        ),
        (
            "DeleteItem",
            "ConditionExpression ConditionalOperator",
            "ConditionalOperator",
            "ConditionExpression",
        ),
        ("UpdateItem", "Expected UpdateExpression", "Expected", "UpdateExpression"),
        (
            "UpdateItem",
            ("ConditionExpression UpdateExpression ConditionalOperator Expected AttributeUpdates"),
            "AttributeUpdates, Expected, ConditionalOperator",
            "UpdateExpression, ConditionExpression",
        ),
        (
            "Scan",
            (
                "FilterExpression ProjectionExpression ConditionalOperator ScanFilter "
                "AttributesToGet"
            ),
            "AttributesToGet, ScanFilter, ConditionalOperator",
            "ProjectionExpression, FilterExpression",
        ),
        (
            "Query",
            (
                "KeyConditions QueryFilter ConditionalOperator KeyConditionExpression "
                "FilterExpression ProjectionExpression"
            ),
            "QueryFilter, ConditionalOperator, KeyConditions",
            "ProjectionExpression, FilterExpression, KeyConditionExpression",
        ),
        (
            "Query",
            "KeyConditions QueryFilter ProjectionExpression",
            "QueryFilter",
            "ProjectionExpression",
        ),
    ],
)
def test_two_languages_in_one_request(
    operation: str, given: str, legacy: str, expressions: str
) -> None:
    assert error(operation, **{name: {} for name in given.split()}) == (
        f"{MIXED}Non-expression parameters: {{{legacy}}} Expression parameters: {{{expressions}}}"
    )


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("GetItem", {"ProjectionExpression": "#a", "ExpressionAttributeNames": NAMES}),
        ("GetItem", {"AttributesToGet": ["a"]}),
        ("GetItem", {"AttributesToGet": None, "ProjectionExpression": "a"}),
        (
            "Query",
            {
                "KeyConditions": {},
                "FilterExpression": "a = :v",
                "ExpressionAttributeValues": VALUES,
            },
        ),
        ("Query", {"KeyConditions": {}, "QueryFilter": TWO, "ConditionalOperator": "OR"}),
        ("UpdateItem", {"AttributeUpdates": {}, "Expected": {}}),
        ("UpdateItem", {"UpdateExpression": "", "ConditionExpression": ""}),
        ("PutItem", {"Expected": TWO, "ConditionalOperator": "AND"}),
        ("PutItem", {}),
        ("Put", {"ConditionExpression": "a", "ExpressionAttributeNames": NAMES}),
        ("Put", {"ExpressionAttributeNames": NAMES, "ExpressionAttributeValues": VALUES}),
        ("Delete", {"ExpressionAttributeNames": NAMES, "ExpressionAttributeValues": VALUES}),
        ("Get", {"ExpressionAttributeNames": NAMES}),
    ],
)
def test_fine_combinations(operation: str, request_: dict[str, Any]) -> None:
    check_parameters(operation, {"TableName": "t", **request_})


@pytest.mark.parametrize(
    ("operation", "filter_name"),
    [
        ("PutItem", "Expected"),
        ("DeleteItem", "Expected"),
        ("UpdateItem", "Expected"),
        ("Query", "QueryFilter"),
        ("Scan", "ScanFilter"),
    ],
)
def test_conditional_operator(operation: str, filter_name: str) -> None:
    without = "ConditionalOperator cannot be used without Filter or Expected"
    too_few = (
        "ConditionalOperator can only be used when Filter or Expected has two or more elements"
    )
    assert error(operation, ConditionalOperator="AND") == without
    assert error(operation, ConditionalOperator="AND", **{filter_name: {}}) == without
    assert error(operation, ConditionalOperator="OR", **{filter_name: {"a": {}}}) == too_few
    check_parameters(operation, {"ConditionalOperator": "OR", filter_name: TWO})


@pytest.mark.parametrize(
    ("operation", "missing"),
    [
        ("PutItem", "ConditionExpression is null"),
        ("DeleteItem", "ConditionExpression is null"),
        ("ConditionCheck", "ConditionExpression is null"),
        ("UpdateItem", "UpdateExpression and ConditionExpression are null"),
        ("Update", "UpdateExpression and ConditionExpression are null"),
        ("Query", "FilterExpression and KeyConditionExpression are null"),
        ("Scan", "FilterExpression is null"),
    ],
)
def test_placeholders_without_expressions(operation: str, missing: str) -> None:
    assert error(operation, ExpressionAttributeNames=NAMES) == (
        "ExpressionAttributeNames can only be specified when using expressions"
    )
    assert error(operation, ExpressionAttributeValues=VALUES) == (
        f"ExpressionAttributeValues can only be specified when using expressions: {missing}"
    )


def test_values_beside_a_projection_only() -> None:
    assert error("Scan", ProjectionExpression="a", ExpressionAttributeValues=VALUES) == (
        "ExpressionAttributeValues can only be specified when using expressions: "
        "FilterExpression is null"
    )


def test_a_request_of_more_placeholders_than_it_can_use_has_no_form() -> None:
    names = {f"#{number}": "a" for number in range(MAX_EXAMINED_PARTS)}
    assert form_of("PutItem", {"ExpressionAttributeNames": names}) is not None
    values = {":v": {"S": ""}}
    request = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    assert form_of("PutItem", request) is None
