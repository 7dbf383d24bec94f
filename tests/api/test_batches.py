"""BatchGetItem and BatchWriteItem.

Rules: API reference, "BatchGetItem" and "BatchWriteItem": up to 100 keys and 25 writes, no key
twice, 16 MB of answer, items in any order, nothing for missing items.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.making import invalid, make, put_all, refusal


@pytest.fixture(scope="module")
def table(dynamodb: Any) -> str:
    return make(dynamodb)


@pytest.fixture(scope="module")
def other(dynamodb: Any) -> str:
    return make(dynamodb, "pk", "/sk:N")


def key(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}}


def put(item: dict[str, Any]) -> dict[str, Any]:
    return {"PutRequest": {"Item": item}}


def delete(item_key: dict[str, Any]) -> dict[str, Any]:
    return {"DeleteRequest": {"Key": item_key}}


DUPLICATES = "Provided list of item keys contains duplicates"


def test_puts_and_deletes_of_several_tables(dynamodb: Any, table: str, other: str) -> None:
    dynamodb.put_item(TableName=table, Item=key("old"))
    pair = {"pk": {"S": "a"}, "sk": {"N": "1"}}
    answer = dynamodb.batch_write_item(
        RequestItems={
            table: [put({**key("new"), "v": {"S": "1"}}), delete(key("old")), delete(key("never"))],
            other: [put(pair)],
        }
    )
    assert answer["UnprocessedItems"] == {}
    got = dynamodb.batch_get_item(
        RequestItems={
            table: {"Keys": [key("new"), key("old")]},
            other: {"Keys": [pair]},
        }
    )
    assert got["Responses"] == {table: [{**key("new"), "v": {"S": "1"}}], other: [pair]}
    assert got["UnprocessedKeys"] == {}


def test_projection_and_names_by_table(dynamodb: Any, table: str, other: str) -> None:
    put_all(dynamodb, table, [{**key("projected"), "a": {"S": "a"}, "b": {"S": "b"}}])
    got = dynamodb.batch_get_item(
        RequestItems={
            table: {
                "Keys": [key("projected")],
                "ProjectionExpression": "#b",
                "ExpressionAttributeNames": {"#b": "b"},
                "ConsistentRead": True,
            },
            other: {"Keys": [{"pk": {"S": "absent"}, "sk": {"N": "1"}}]},
        }
    )
    assert got["Responses"] == {table: [{"b": {"S": "b"}}], other: []}


def test_tables_do_not_differ_in_language(dynamodb: Any, table: str, other: str) -> None:
    """ "Legacy conditional parameters" of the developer guide: expression and non-expression
    parameters do not go together in one call; answers in public issues say so of two tables."""
    legacy = {"Keys": [{"pk": {"S": "absent"}, "sk": {"N": "1"}}], "AttributesToGet": ["a"]}
    new = {"Keys": [key("absent")], "ProjectionExpression": "a"}
    text = invalid(dynamodb.batch_get_item, RequestItems={table: new, other: legacy})
    assert text == (
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"
    )
    both = {table: new, other: {"Keys": legacy["Keys"]}}
    assert dynamodb.batch_get_item(RequestItems=both)["UnprocessedKeys"] == {}


def test_a_batch_has_25_writes_or_100_keys_at_most(dynamodb: Any, table: str, other: str) -> None:
    puts = [put(key(f"many {number}")) for number in range(26)]
    dynamodb.batch_write_item(RequestItems={table: puts[:25]})
    message = invalid(dynamodb.batch_write_item, RequestItems={table: puts})
    assert "Member must have length less than or equal to 25" in message
    pair = {"pk": {"S": "a"}, "sk": {"N": "1"}}
    message = invalid(
        dynamodb.batch_write_item, RequestItems={table: puts[:25], other: [put(pair)]}
    )
    assert message == "Too many items requested for the BatchWriteItem call"

    keys = [key(f"many {number}") for number in range(101)]
    got = dynamodb.batch_get_item(RequestItems={table: {"Keys": keys[:100]}})
    assert len(got["Responses"][table]) == 25
    message = invalid(dynamodb.batch_get_item, RequestItems={table: {"Keys": keys}})
    assert "Member must have length less than or equal to 100" in message
    message = invalid(
        dynamodb.batch_get_item,
        RequestItems={table: {"Keys": keys[:100]}, other: {"Keys": [pair]}},
    )
    assert message == "Too many items requested for the BatchGetItem call"


def test_no_key_twice(dynamodb: Any, other: str) -> None:
    one, same = {"pk": {"S": "x"}, "sk": {"N": "1"}}, {"pk": {"S": "x"}, "sk": {"N": "1.0"}}
    for twice in ([put(one), put(one)], [put(one), delete(same)]):
        assert invalid(dynamodb.batch_write_item, RequestItems={other: twice}) == DUPLICATES
    message = invalid(dynamodb.batch_get_item, RequestItems={other: {"Keys": [one, same]}})
    assert message == DUPLICATES


def test_the_same_key_in_two_tables_is_not_twice(dynamodb: Any, table: str) -> None:
    twin = make(dynamodb)
    requests = {table: [put(key("twin"))], twin: [put(key("twin"))]}
    assert dynamodb.batch_write_item(RequestItems=requests)["UnprocessedItems"] == {}


@pytest.mark.parametrize("request_items", [{}, {"abc": []}])
def test_nothing_to_do(unchecked: Any, request_items: Any) -> None:
    message = invalid(unchecked.batch_write_item, RequestItems=request_items)
    assert "greater than or equal to 1" in message or "is required" in message
    keys = {name: {"Keys": []} for name in request_items}
    message = invalid(unchecked.batch_get_item, RequestItems=keys)
    assert "greater than or equal to 1" in message or "is required" in message


def test_all_is_refused_or_nothing(dynamodb: Any, table: str) -> None:
    wrong = {"pk": {"N": "1"}}
    invalid(dynamodb.batch_write_item, RequestItems={table: [put(key("half")), put(wrong)]})
    assert "Item" not in dynamodb.get_item(TableName=table, Key=key("half"))
    assert refusal(
        dynamodb.batch_write_item,
        RequestItems={table: [put(key("half"))], "no-such-table": [put(key("half"))]},
    ) == ("ResourceNotFoundException", "Requested resource not found")
    assert "Item" not in dynamodb.get_item(TableName=table, Key=key("half"))


@pytest.mark.parametrize(
    "item",
    [
        {"pk": {"S": "a"}},
        {"sk": {"N": "1"}},
        {"pk": {"S": "a"}, "sk": {"S": "1"}},
        {"pk": {"L": []}, "sk": {"N": "1"}},
    ],
)
def test_a_put_of_no_proper_key_is_answered_like_a_key(
    dynamodb: Any, other: str, item: dict[str, Any]
) -> None:
    """As users quote the service: batches do not have the texts of PutItem."""
    mismatch = "The provided key element does not match the schema"
    assert invalid(dynamodb.batch_write_item, RequestItems={other: [put(item)]}) == mismatch
    assert invalid(dynamodb.put_item, TableName=other, Item=item) != mismatch


def test_an_empty_key_is_named_in_a_batch_too(dynamodb: Any, other: str) -> None:
    item = {"pk": {"S": ""}, "sk": {"N": "1"}}
    text = invalid(dynamodb.batch_write_item, RequestItems={other: [put(item)]})
    assert text.endswith("cannot contain an empty string value. Key: pk")


def test_neither_put_nor_delete_nor_both(unchecked: Any, table: str) -> None:
    key = {"pk": {"S": "a"}}
    for request in ({}, {"PutRequest": {"Item": key}, "DeleteRequest": {"Key": key}}):
        assert invalid(unchecked.batch_write_item, RequestItems={table: [request]}) == (
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
            "the supported datatypes"
        )


def test_a_key_twice_comes_before_the_keys_of_later_tables(
    dynamodb: Any, table: str, other: str
) -> None:
    put = {"PutRequest": {"Item": {"pk": {"S": "a"}}}}
    wrong = {"PutRequest": {"Item": {"other": {"S": "a"}}}}
    twice = {table: [put, put], other: [wrong]}
    assert invalid(dynamodb.batch_write_item, RequestItems=twice) == (
        "Provided list of item keys contains duplicates"
    )


def test_more_than_16_mb_of_answer(dynamodb: Any) -> None:
    """Keys whose items do not fit are returned in UnprocessedKeys, ready for the next request."""
    table = make(dynamodb)
    pad = "x" * (390 * 1024)
    items = [{"pk": {"S": f"{number:02d}"}, "pad": {"S": pad}} for number in range(45)]
    for item in items:
        dynamodb.put_item(TableName=table, Item=item)
    asked = {table: {"Keys": [{"pk": item["pk"]} for item in items], "ConsistentRead": True}}
    answer = dynamodb.batch_get_item(RequestItems=asked)
    first = answer["Responses"][table]
    left = answer["UnprocessedKeys"][table]
    assert 38 <= len(first) <= 43
    assert left["ConsistentRead"] is True
    rest = dynamodb.batch_get_item(RequestItems=answer["UnprocessedKeys"])
    assert rest["UnprocessedKeys"] == {}
    got = {item["pk"]["S"] for item in first + rest["Responses"][table]}
    assert got == {item["pk"]["S"] for item in items}
    dynamodb.delete_table(TableName=table)
