"""Requests with vectors are parsed to the same as all others, only faster."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from jedlik.services.dynamodb.api.vector_requests import vector_reader
from jedlik.services.dynamodb.inputs import checker_for
from jedlik.values.joined_numbers import JoinedNumbers, json_of

VECTOR = [{"N": f"0.{number}"} for number in range(10, 40)]
ITEM = {"pk": {"S": "a"}, "v": {"L": VECTOR}}
SEARCH = {"TableName": "table", "IndexName": "index", "TopK": 3, "SearchVector": VECTOR}
KEY = {"Key": {"pk": {"S": "b"}}, "TableName": "table"}
TRANSACTION = [{"Put": {"Item": ITEM, "TableName": "table"}}, {"Delete": KEY}]
UPDATE = {
    **KEY,
    "UpdateExpression": "SET v = :v, #b = :v REMOVE c",
    "ExpressionAttributeNames": {"#b": "b"},
    "ExpressionAttributeValues": {":v": {"L": VECTOR}},
}
INSERT = "INSERT INTO things VALUE {'pk': ?, 'v': ?}"
CHANGE = "UPDATE things SET v = ? WHERE pk = ?"
STATEMENTS = [
    {"Statement": INSERT, "Parameters": [{"S": "a"}, {"L": VECTOR}]},
    {"Statement": CHANGE, "Parameters": [{"L": VECTOR}, {"S": "b"}]},
]
BATCH = [{"PutRequest": {"Item": ITEM}}, {"DeleteRequest": {"Key": {"pk": {"S": "b"}}}}]


def read(operation: str, payload: Any) -> Any:
    reader = vector_reader(operation, checker_for(operation))
    assert reader is not None
    return reader(orjson.dumps(payload))


@pytest.mark.parametrize(
    ("operation", "payload"),
    [
        ("PutItem", {"TableName": "table", "Item": ITEM}),
        ("SearchVectors", SEARCH),
        ("BatchWriteItem", {"RequestItems": {"table": BATCH}}),
        ("TransactWriteItems", {"TransactItems": TRANSACTION}),
        ("UpdateItem", UPDATE),
        ("UpdateItem", {**UPDATE, "ConditionExpression": "attribute_exists(pk)"}),
        ("TransactWriteItems", {"TransactItems": [{"Update": UPDATE}]}),
        ("ExecuteStatement", {"Statement": INSERT, "Parameters": [{"S": "a"}, {"L": VECTOR}]}),
        ("ExecuteStatement", {"Statement": CHANGE, "Parameters": [{"L": VECTOR}, {"S": "a"}]}),
        ("BatchExecuteStatement", {"Statements": STATEMENTS}),
        ("ExecuteTransaction", {"TransactStatements": STATEMENTS}),
    ],
)
def test_a_payload_is_what_it_is_otherwise(operation: str, payload: Any) -> None:
    found = read(operation, payload)
    assert orjson.loads(orjson.dumps(found, json_of)) == payload
    assert JoinedNumbers.__name__ in str(found)


@pytest.mark.parametrize(
    ("operation", "payload"),
    [
        ("PutItem", {"TableName": "table", "Item": {"m": {"M": ITEM}}}),
        ("PutItem", {"TableName": "t", "Item": ITEM}),  # names have three letters at least
        ("PutItem", {"TableName": "table", "Item": ITEM, "ExpressionAttributeValues": ITEM}),
        ("PutItem", {"TableName": "table", "Item": {"pk": {"S": "a"}}}),
        ("SearchVectors", {**SEARCH, "ExpressionAttributeValues": {":v": {"L": VECTOR}}}),
        ("UpdateItem", {**UPDATE, "UpdateExpression": "SET v = :v, b = list_append(b, :v)"}),
        ("UpdateItem", {**UPDATE, "UpdateExpression": "SET v.b = :v"}),
        ("UpdateItem", {**UPDATE, "UpdateExpression": "SET v = = :v"}),
        ("UpdateItem", {**UPDATE, "UpdateExpression": "REMOVE v"}),
        ("UpdateItem", {**UPDATE, "ConditionExpression": "v <> :v"}),
        ("UpdateItem", {**KEY, "AttributeUpdates": {"v": {"Value": {"L": VECTOR}}}}),
        ("ExecuteStatement", {"Statement": CHANGE, "Parameters": [{"S": "a"}, {"L": VECTOR}]}),
        ("ExecuteStatement", {"Statement": INSERT, "Parameters": [{"L": VECTOR}] * 3}),
        ("ExecuteStatement", {"Statement": "INSERT", "Parameters": [{"L": VECTOR}]}),
        (
            "ExecuteStatement",
            {"Statement": "SELECT * FROM things WHERE v = ?", "Parameters": [{"L": VECTOR}]},
        ),
        (
            "ExecuteStatement",
            {
                "Statement": "UPDATE things SET v = list_append(v, ?) WHERE pk = 'a'",
                "Parameters": [{"L": VECTOR}],
            },
        ),
    ],
)
def test_what_is_left_to_the_usual_way(operation: str, payload: Any) -> None:
    assert read(operation, payload) is None


def test_a_few_operations_take_vectors() -> None:
    assert vector_reader("GetItem", checker_for("GetItem")) is None
