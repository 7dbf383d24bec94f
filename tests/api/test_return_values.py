"""ReturnValues and ReturnValuesOnConditionCheckFailure.

Rules: API reference, "UpdateItem", "PutItem" and "DeleteItem", ReturnValues: UPDATED_OLD and
UPDATED_NEW return only the attributes, or parts of documents, that the update names.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.making import COUNTED, invalid, make

KEY = {"pk": {"S": "k"}}
OLD = {**KEY, "a": {"N": "1"}, "m": {"M": {"x": {"S": "x"}, "y": {"S": "y"}}}, "z": {"S": "z"}}


@pytest.fixture(scope="module")
def made(dynamodb: Any) -> str:
    return make(dynamodb)


@pytest.fixture
def table(dynamodb: Any, made: str) -> str:
    """A table with the item OLD."""
    dynamodb.put_item(TableName=made, Item=OLD)
    return made


UPDATE = {
    "UpdateExpression": "SET a = a + :one, m.x = :new REMOVE z",
    "ExpressionAttributeValues": {":one": {"N": "1"}, ":new": {"S": "X"}},
}
NEW = {**KEY, "a": {"N": "2"}, "m": {"M": {"x": {"S": "X"}, "y": {"S": "y"}}}}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (None, None),
        ("NONE", None),
        ("ALL_OLD", OLD),
        ("ALL_NEW", NEW),
        ("UPDATED_OLD", {"a": {"N": "1"}, "m": {"M": {"x": {"S": "x"}}}, "z": {"S": "z"}}),
        ("UPDATED_NEW", {"a": {"N": "2"}, "m": {"M": {"x": {"S": "X"}}}}),
    ],
)
def test_what_an_update_returns(dynamodb: Any, table: str, mode: str | None, expected: Any) -> None:
    chosen = {} if mode is None else {"ReturnValues": mode}
    answer = dynamodb.update_item(TableName=table, Key=KEY, **UPDATE, **chosen)
    assert answer.get("Attributes") == expected
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"] == NEW


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("ALL_OLD", None),
        ("UPDATED_OLD", None),
        ("ALL_NEW", {"pk": {"S": "new"}, "a": {"N": "1"}}),
        ("UPDATED_NEW", {"a": {"N": "1"}}),
    ],
)
def test_update_of_no_item(dynamodb: Any, table: str, mode: str, expected: Any) -> None:
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "new"}})
    answer = dynamodb.update_item(
        TableName=table,
        Key={"pk": {"S": "new"}},
        UpdateExpression="ADD a :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues=mode,
    )
    assert answer.get("Attributes") == expected


def test_what_was_removed_is_not_new(dynamodb: Any, table: str) -> None:
    answer = dynamodb.update_item(
        TableName=table, Key=KEY, UpdateExpression="REMOVE z", ReturnValues="UPDATED_NEW"
    )
    assert "Attributes" not in answer


@pytest.mark.parametrize("operation", ["put_item", "delete_item"])
def test_put_and_delete(dynamodb: Any, table: str, operation: str) -> None:
    call = getattr(dynamodb, operation)
    what = {"Item": KEY} if operation == "put_item" else {"Key": KEY}
    assert call(TableName=table, **what, ReturnValues="ALL_OLD")["Attributes"] == OLD
    dynamodb.put_item(TableName=table, Item=OLD)
    assert "Attributes" not in call(TableName=table, **what, ReturnValues="NONE")
    dynamodb.delete_item(TableName=table, Key=KEY)
    assert "Attributes" not in call(TableName=table, **what, ReturnValues="ALL_OLD")


@pytest.mark.parametrize("mode", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_put_and_delete_have_but_the_old_item(dynamodb: Any, table: str, mode: str) -> None:
    for call, what in ((dynamodb.put_item, {"Item": KEY}), (dynamodb.delete_item, {"Key": KEY})):
        message = invalid(call, TableName=table, **what, ReturnValues=mode)
        assert message == f"{COUNTED}ReturnValues can only be ALL_OLD or NONE"
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"] == OLD


@pytest.mark.parametrize(("mode", "shown"), [("ALL_OLD", OLD), ("NONE", None), (None, None)])
@pytest.mark.parametrize("operation", ["put_item", "update_item", "delete_item"])
def test_a_failed_condition_shows_the_item_if_asked(
    dynamodb: Any, table: str, operation: str, mode: str | None, shown: Any
) -> None:
    what: dict[str, Any] = {"Item": KEY} if operation == "put_item" else {"Key": KEY}
    if mode is not None:
        what["ReturnValuesOnConditionCheckFailure"] = mode
    with pytest.raises(ClientError) as raised:
        getattr(dynamodb, operation)(
            TableName=table, ConditionExpression="attribute_not_exists(pk)", **what
        )
    assert raised.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert raised.value.response.get("Item") == shown


def test_no_item_to_show(dynamodb: Any, table: str) -> None:
    with pytest.raises(ClientError) as raised:
        dynamodb.delete_item(
            TableName=table,
            Key={"pk": {"S": "absent"}},
            ConditionExpression="attribute_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert "Item" not in raised.value.response
