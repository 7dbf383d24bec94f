"""Transactions over the wire.

Rules: developer guide, "Amazon DynamoDB transactions: how it works"; API reference,
"TransactWriteItems" and "TransactGetItems".
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.making import COUNTED, invalid, make
from tests.control_plane import index


@pytest.fixture(scope="module")
def table(dynamodb: Any) -> str:
    return make(dynamodb)


def key(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}}


def reasons(dynamodb: Any, *items: dict[str, Any], **more: Any) -> list[str]:
    """The codes of the reasons for which a transaction is cancelled."""
    with pytest.raises(ClientError) as raised:
        dynamodb.transact_write_items(TransactItems=list(items), **more)
    assert raised.value.response["Error"]["Code"] == "TransactionCanceledException"
    return [reason["Code"] for reason in raised.value.response["CancellationReasons"]]


def found(dynamodb: Any, table: str, name: str) -> Any:
    return dynamodb.get_item(TableName=table, Key=key(name)).get("Item")


def test_all_actions_take_effect_together(dynamodb: Any, table: str) -> None:
    other = make(dynamodb)
    for name in ("changed", "deleted", "checked"):
        dynamodb.put_item(TableName=table, Item={**key(name), "n": {"N": "1"}})
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": other, "Item": key("put")}},
            {
                "Update": {
                    "TableName": table,
                    "Key": key("changed"),
                    "UpdateExpression": "ADD n :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                }
            },
            {"Delete": {"TableName": table, "Key": key("deleted")}},
            {
                "ConditionCheck": {
                    "TableName": table,
                    "Key": key("checked"),
                    "ConditionExpression": "attribute_exists(pk)",
                }
            },
        ]
    )
    assert found(dynamodb, other, "put") == key("put")
    assert found(dynamodb, table, "changed")["n"] == {"N": "2"}
    assert found(dynamodb, table, "deleted") is None


def test_if_one_action_fails_none_takes_effect(dynamodb: Any, table: str) -> None:
    """Every item has its reason, in the request's order."""
    put = {"Put": {"TableName": table, "Item": key("nothing")}}
    check = {
        "ConditionCheck": {
            "TableName": table,
            "Key": key("absent"),
            "ConditionExpression": "attribute_exists(pk)",
        }
    }
    assert reasons(dynamodb, put, check) == ["None", "ConditionalCheckFailed"]
    assert found(dynamodb, table, "nothing") is None


def test_no_item_twice(dynamodb: Any, table: str) -> None:
    twice = [
        {"Put": {"TableName": table, "Item": key("twice")}},
        {"Delete": {"TableName": table, "Key": key("twice")}},
    ]
    assert invalid(dynamodb.transact_write_items, TransactItems=twice) == (
        "Transaction request cannot include multiple operations on one item"
    )


@pytest.mark.parametrize(
    ("actions", "text"),
    [
        (
            (),
            "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request",
        ),
        (
            ("Put", "Delete"),
            "TransactItems can only contain one of Check, Put, Update or Delete",
        ),
    ],
)
def test_every_item_has_exactly_one_action(
    unchecked: Any, table: str, actions: tuple[str, ...], text: str
) -> None:
    key = {"pk": {"S": "one action"}}
    given = {"Put": {"TableName": table, "Item": key}, "Delete": {"TableName": table, "Key": key}}
    item = {each: given[each] for each in actions}
    with pytest.raises(ClientError) as caught:
        unchecked.transact_write_items(TransactItems=[item])
    assert caught.value.response["Error"] == {"Code": "ValidationException", "Message": text}


def test_a_token_makes_it_happen_once(dynamodb: Any, table: str) -> None:
    add = {
        "Update": {
            "TableName": table,
            "Key": key("counted"),
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
    for _ in range(3):
        dynamodb.transact_write_items(TransactItems=[add], ClientRequestToken="once")
    assert found(dynamodb, table, "counted")["n"] == {"N": "1"}
    add["Update"]["ExpressionAttributeValues"] = {":one": {"N": "2"}}
    with pytest.raises(ClientError) as raised:
        dynamodb.transact_write_items(TransactItems=[add], ClientRequestToken="once")
    assert raised.value.response["Error"]["Code"] == "IdempotentParameterMismatchException"
    dynamodb.transact_write_items(TransactItems=[add], ClientRequestToken="twice")
    assert found(dynamodb, table, "counted")["n"] == {"N": "3"}


@pytest.mark.parametrize(
    "value", [{"S": {"S": "nested"}}, {"N": "one"}, {"S": "a", "N": "1"}, {}, {"SS": []}]
)
def test_a_key_that_is_no_value_fails_the_request(
    unchecked: Any, table: str, value: dict[str, Any]
) -> None:
    """The request is refused before any item is read, so no transaction is cancelled."""
    update = {"UpdateExpression": "REMOVE n"}
    check = {"ConditionExpression": "attribute_exists(pk)"}
    for kind, more in (("Delete", {}), ("Update", update), ("ConditionCheck", check)):
        request = {kind: {"TableName": table, "Key": {"pk": value}, **more}}
        with pytest.raises(ClientError) as raised:
            unchecked.transact_write_items(TransactItems=[request])
        code = raised.value.response["Error"]["Code"]
        assert code in ("ValidationException", "SerializationException")


def test_an_empty_key_is_found_before_the_transaction_begins(dynamodb: Any) -> None:
    """Answers of the service in public issues: an empty value of a key attribute, of the table or
    of an index, is an error of the request; one of another type cancels the transaction."""
    name = make(dynamodb, also=("g",), GlobalSecondaryIndexes=[index("by-g", "g")])
    check = {"ConditionExpression": "attribute_exists(pk)"}
    update = {"UpdateExpression": "REMOVE n"}

    def requests(value: dict[str, str]) -> list[dict[str, Any]]:
        return [
            {"Put": {"TableName": name, "Item": {"pk": value}}},
            {"Put": {"TableName": name, "Item": {"pk": {"S": "a"}, "g": value}}},
            {"Delete": {"TableName": name, "Key": {"pk": value}}},
            {"Update": {"TableName": name, "Key": {"pk": value}, **update}},
            {"ConditionCheck": {"TableName": name, "Key": {"pk": value}, **check}},
        ]

    mismatch = {"Put": {"TableName": name, "Item": {"pk": {"N": "1"}}}}
    for request in requests({"S": ""}):
        text = invalid(dynamodb.transact_write_items, TransactItems=[mismatch, request])
        assert "cannot contain an empty string value" in text
    for request in requests({"N": "1"}):
        assert reasons(dynamodb, request) == ["ValidationError"]


def test_what_is_nested_too_deep(dynamodb: Any, table: str) -> None:
    """Answers of the service in public issues: in an update it cancels the transaction, in an item
    it is an error of the request, and in a condition check it is allowed."""
    deep: dict[str, Any] = {"S": "leaf"}
    for _ in range(32):
        deep = {"L": [deep]}
    update = {
        "TableName": table,
        "Key": key("deep"),
        "UpdateExpression": "SET v = :v",
        "ExpressionAttributeValues": {":v": deep},
    }
    put = {"Put": {"TableName": table, "Item": key("beside")}}
    assert reasons(dynamodb, put, {"Update": update}) == ["None", "ValidationError"]
    check = {**update, "ConditionExpression": "v = :v"}
    del check["UpdateExpression"]
    assert reasons(dynamodb, {"ConditionCheck": check}) == ["ConditionalCheckFailed"]
    check["ConditionExpression"] = "v <> :v"
    dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": check}])
    text = invalid(dynamodb.update_item, **update)
    assert text.startswith(f"{COUNTED}Nesting Levels have exceeded supported limits")
    put["Put"]["Item"] = {**key("beside"), "v": deep}
    assert COUNTED + invalid(dynamodb.transact_write_items, TransactItems=[put]) == text


def test_placeholders_without_any_expression(dynamodb: Any, table: str) -> None:
    """Answers of the service in public issues: actions of transactions may have them, unlike single
    requests, but all must be used if there is an expression."""
    unused = {
        "ExpressionAttributeNames": {"#a": "a"},
        "ExpressionAttributeValues": {":v": {"S": "v"}},
    }
    put = {"TableName": table, "Item": key("unused"), **unused}
    delete = {"TableName": table, "Key": key("not there"), **unused}
    dynamodb.transact_write_items(TransactItems=[{"Put": put}, {"Delete": delete}])
    get = {"TableName": table, "Key": key("unused"), "ExpressionAttributeNames": {"#a": "a"}}
    answer = dynamodb.transact_get_items(TransactItems=[{"Get": get}])
    assert answer["Responses"] == [{"Item": key("unused")}]
    put["ConditionExpression"] = "attribute_exists(pk)"
    get["ProjectionExpression"] = "pk"
    text = "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}"
    assert invalid(dynamodb.transact_write_items, TransactItems=[{"Put": put}]) == text
    assert invalid(dynamodb.transact_get_items, TransactItems=[{"Get": get}]) == text


def test_reading_in_order(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item={**key("read"), "v": {"S": "v"}, "w": {"S": "w"}})
    answer = dynamodb.transact_get_items(
        TransactItems=[
            {"Get": {"TableName": table, "Key": key("not there")}},
            {"Get": {"TableName": table, "Key": key("read"), "ProjectionExpression": "v"}},
        ]
    )
    assert answer["Responses"] == [{}, {"Item": {"v": {"S": "v"}}}]


def test_an_item_without_the_selected_attributes_is_left_out(dynamodb: Any, table: str) -> None:
    """API reference, TransactGetItems: the ItemResponse is an empty map, unlike that of GetItem,
    which has an empty item."""
    dynamodb.put_item(TableName=table, Item=key("bare"))
    get = {"TableName": table, "Key": key("bare"), "ProjectionExpression": "v"}
    answer = dynamodb.transact_get_items(TransactItems=[{"Get": get}])
    assert answer["Responses"] == [{}]
    assert dynamodb.get_item(**get)["Item"] == {}


def test_up_to_100_items(dynamodb: Any, table: str) -> None:
    puts = [
        {"Put": {"TableName": table, "Item": key(f"hundred {number}")}} for number in range(101)
    ]
    dynamodb.transact_write_items(TransactItems=puts[:100])
    message = invalid(dynamodb.transact_write_items, TransactItems=puts)
    assert "Member must have length less than or equal to 100" in message


def update(table: str, name: str, expression: str, condition: str | None = None) -> dict[str, Any]:
    """An Update of one item, by an expression that may use `:one`."""
    request: dict[str, Any] = {
        "TableName": table, "Key": key(name), "UpdateExpression": expression,
    }  # fmt: skip
    if ":one" in expression:
        request["ExpressionAttributeValues"] = {":one": {"N": "1"}}
    if condition is not None:
        request["ConditionExpression"] = condition
    return {"Update": request}


def test_reasons_come_in_order_with_texts_and_items(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item={**key("reasons"), "n": {"S": "text"}})
    dynamodb.put_item(TableName=table, Item={**key("shown"), "n": {"N": "7"}})
    shown = update(table, "shown", "REMOVE n", "attribute_not_exists(pk)")
    shown["Update"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    with pytest.raises(ClientError) as raised:
        dynamodb.transact_write_items(
            TransactItems=[
                update(table, "new", "ADD n :one"),
                shown,
                update(table, "reasons", "ADD n :one"),
            ]
        )
    response = raised.value.response
    assert response["Error"]["Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ConditionalCheckFailed, ValidationError]"
    )
    assert response["CancellationReasons"] == [
        {"Code": "None"},
        {
            "Code": "ConditionalCheckFailed",
            "Message": "The conditional request failed",
            "Item": {**key("shown"), "n": {"N": "7"}},
        },
        {
            "Code": "ValidationError",
            "Message": "An operand in the update expression has an incorrect data type",
        },
    ]
    assert found(dynamodb, table, "new") is None


def test_capacity_is_doubled_and_told_by_table(dynamodb: Any) -> None:
    first, second = make(dynamodb), make(dynamodb)
    request = {
        "TransactItems": [
            {"Put": {"TableName": first, "Item": {**key("a"), "x": {"S": "x" * 1500}}}},
            {"Put": {"TableName": second, "Item": key("a")}},
            {"Put": {"TableName": first, "Item": key("b")}},
        ],
        "ClientRequestToken": f"capacity-{first}",
    }

    def told(mode: str) -> Any:
        answer = dynamodb.transact_write_items(ReturnConsumedCapacity=mode, **request)
        return answer.get("ConsumedCapacity")

    assert told("TOTAL") == [
        {"TableName": first, "CapacityUnits": 6.0, "WriteCapacityUnits": 6.0},
        {"TableName": second, "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0},
    ]
    dynamodb.put_item(TableName=first, Item={**key("b"), "x": {"S": "x" * 9000}})
    again = told("INDEXES")  # of the items as they were then
    assert again[0]["Table"] == {"CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}
    assert "WriteCapacityUnits" not in again[0]
    assert told("NONE") is None


def test_a_replay_reads_the_larger_of_both_images(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item={**key("shrinks"), "x": {"S": "x" * 9000}})
    small = {"Put": {"TableName": table, "Item": key("shrinks")}}
    for units in ("WriteCapacityUnits", 18.0), ("ReadCapacityUnits", 6.0):
        answer = dynamodb.transact_write_items(
            TransactItems=[small],
            ClientRequestToken=f"s-{table}"[:36],
            ReturnConsumedCapacity="TOTAL",
        )
        (consumed,) = answer["ConsumedCapacity"]
        assert consumed == {"TableName": table, "CapacityUnits": units[1], units[0]: units[1]}


def test_a_token_holds_through_a_restart(start_server: Any, tmp_path: Any) -> None:
    server = start_server(data=tmp_path / "kept")
    client = server.client()
    name = make(client)
    request = {
        "TransactItems": [update(name, "counted", "ADD n :one")],
        "ClientRequestToken": "lasting",
    }
    client.transact_write_items(**request)
    client.close()
    assert server.stop() == 0
    client = start_server(data=tmp_path / "kept").client()
    client.transact_write_items(**request)
    assert found(client, name, "counted")["n"] == {"N": "1"}
    request["TransactItems"] = [update(name, "counted", "REMOVE n")]
    with pytest.raises(ClientError) as raised:
        client.transact_write_items(**request)
    assert raised.value.response["Error"]["Code"] == "IdempotentParameterMismatchException"
    client.close()


def test_no_more_than_100_items(dynamodb: Any, table: str) -> None:
    puts = [{"Put": {"TableName": table, "Item": key(f"many {number}")}} for number in range(101)]
    assert "length less than or equal to 100" in invalid(
        dynamodb.transact_write_items, TransactItems=puts
    )
    assert found(dynamodb, table, "many 0") is None


def test_of_items_to_put_only_the_first_that_does_not_fit_is_reported(
    dynamodb: Any, table: str
) -> None:
    def put(item: Any) -> dict[str, Any]:
        return {"Put": {"TableName": table, "Item": item}}

    delete = {"Delete": {"TableName": table, "Key": {"pk": {"N": "3"}}}}
    items = [put(key("fits")), put({"pk": {"N": "1"}}), delete, put({"pk": {"N": "2"}})]
    assert reasons(dynamodb, *items) == ["None", "ValidationError", "ValidationError", "None"]


def test_a_key_that_is_no_value_fails_reads_as_a_whole(dynamodb: Any, table: str) -> None:
    gets = [{"Get": {"TableName": table, "Key": each}} for each in (key("a"), {"pk": {"N": "x"}})]
    assert invalid(dynamodb.transact_get_items, TransactItems=gets) == (
        "The parameter cannot be converted to a numeric value: x"
    )
