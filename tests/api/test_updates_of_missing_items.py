"""Updates of missing items: those that set something create the item, others do nothing.

Rules: API reference, "UpdateItem" and data type "AttributeValueUpdate".
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.making import make

KEY = {"pk": {"S": "k"}}


@pytest.fixture
def table(dynamodb: Any) -> str:
    return make(dynamodb)


@pytest.mark.parametrize(
    ("members", "item"),
    [
        ({}, KEY),
        ({"AttributeUpdates": {}}, KEY),
        ({"UpdateExpression": "SET a = :v"}, {**KEY, "a": {"N": "1"}}),
        ({"UpdateExpression": "ADD a :v REMOVE b"}, {**KEY, "a": {"N": "1"}}),
        ({"UpdateExpression": "REMOVE a"}, None),
        ({"UpdateExpression": "REMOVE a.b, c[0]"}, None),
        ({"AttributeUpdates": {"a": {"Action": "DELETE"}}}, None),
    ],
)
def test_what_makes_an_item(dynamodb: Any, table: str, members: Any, item: Any) -> None:
    if ":v" in members.get("UpdateExpression", ""):
        members = {**members, "ExpressionAttributeValues": {":v": {"N": "1"}}}
    answer = dynamodb.update_item(TableName=table, Key=KEY, ReturnValues="ALL_NEW", **members)
    assert answer.get("Attributes") == item
    assert dynamodb.get_item(TableName=table, Key=KEY).get("Item") == item
    assert dynamodb.scan(TableName=table)["Count"] == (item is not None)
