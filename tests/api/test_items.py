"""GetItem, PutItem, UpdateItem and DeleteItem over the wire.

Rules: API reference of the four operations; developer guide, "Working with items and attributes",
"Supported data types and naming rules" and "Constraints in Amazon DynamoDB".
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.making import COUNTED, INVALID, invalid, make, refusal

EVERY_TYPE = {
    "S": {"S": "Ányos ☃ 𝄞"},
    "N": {"N": "-12.5"},
    "B": {"B": b"\x00\xff"},
    "SS": {"SS": ["a", "b"]},
    "NS": {"NS": ["1", "2.5"]},
    "BS": {"BS": [b"\x00", b"\x01"]},
    "M": {"M": {"deep": {"L": [{"S": ""}, {"NULL": True}]}}},
    "L": {"L": [{"N": "1"}, {"M": {}}, {"L": []}]},
    "NULL": {"NULL": True},
    "BOOL": {"BOOL": False},
    "empty": {"S": ""},
    "empty binary": {"B": b""},
}


@pytest.fixture(scope="module")
def table(dynamodb: Any) -> str:
    return make(dynamodb, "pk", "/sk:N")


def key(pk: str, sk: int = 0) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"N": str(sk)}}


def get(dynamodb: Any, table: str, pk: str, sk: int = 0, **more: Any) -> Any:
    return dynamodb.get_item(TableName=table, Key=key(pk, sk), **more).get("Item")


def test_every_type_comes_back_as_it_went(dynamodb: Any, table: str) -> None:
    item = {**key("types"), **EVERY_TYPE}
    dynamodb.put_item(TableName=table, Item=item)
    got = get(dynamodb, table, "types")
    for name in ("SS", "NS", "BS"):
        assert sorted(got[name][name]) == sorted(item[name][name])
    assert {**got, "SS": 0, "NS": 0, "BS": 0} == {**item, "SS": 0, "NS": 0, "BS": 0}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("1.50", "1.5"), ("007", "7"), ("1E2", "100"), ("-0", "0"), ("1e-3", "0.001"), ("+4", "4")],
)
def test_numbers_come_back_in_their_one_spelling(
    dynamodb: Any, table: str, sent: str, kept: str
) -> None:
    dynamodb.put_item(TableName=table, Item={**key(f"number {sent}"), "n": {"N": sent}})
    assert get(dynamodb, table, f"number {sent}")["n"] == {"N": kept}


def test_equal_numbers_are_one_key(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "same"}, "sk": {"N": "10"}})
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "same"}, "sk": {"N": "1E1"}})
    assert get(dynamodb, table, "same", 10) is None


def test_no_item_no_member(dynamodb: Any, table: str) -> None:
    answer = dynamodb.get_item(TableName=table, Key=key("nobody"))
    assert "Item" not in answer
    assert "ConsumedCapacity" not in answer


def test_put_replaces_the_whole_item_and_update_does_not(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item={**key("whole"), "a": {"S": "1"}, "b": {"S": "1"}})
    dynamodb.update_item(
        TableName=table,
        Key=key("whole"),
        UpdateExpression="SET b = :two",
        ExpressionAttributeValues={":two": {"S": "2"}},
    )
    assert get(dynamodb, table, "whole") == {**key("whole"), "a": {"S": "1"}, "b": {"S": "2"}}
    dynamodb.put_item(TableName=table, Item={**key("whole"), "c": {"S": "3"}})
    assert get(dynamodb, table, "whole") == {**key("whole"), "c": {"S": "3"}}


def test_update_creates_the_item(dynamodb: Any, table: str) -> None:
    dynamodb.update_item(TableName=table, Key=key("made"))
    assert get(dynamodb, table, "made") == key("made")


def test_delete_what_is_there_and_what_is_not(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item=key("gone"))
    for _ in range(2):
        dynamodb.delete_item(TableName=table, Key=key("gone"))
        assert get(dynamodb, table, "gone") is None


def test_a_condition_decides(dynamodb: Any, table: str) -> None:
    put = {
        "TableName": table,
        "Item": key("once"),
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    dynamodb.put_item(**put)
    assert refusal(dynamodb.put_item, **put) == (
        "ConditionalCheckFailedException",
        "The conditional request failed",
    )


def test_a_failed_condition_changes_nothing(dynamodb: Any, table: str) -> None:
    item = {**key("kept"), "v": {"N": "1"}}
    dynamodb.put_item(TableName=table, Item=item)
    condition = {
        "ConditionExpression": "v > :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    for call, what in (
        (dynamodb.put_item, {"Item": key("kept")}),
        (dynamodb.delete_item, {"Key": key("kept")}),
        (dynamodb.update_item, {"Key": key("kept"), "UpdateExpression": "REMOVE v"}),
    ):
        code, _ = refusal(call, TableName=table, **what, **condition)
        assert code == "ConditionalCheckFailedException"
    assert get(dynamodb, table, "kept") == item


def test_a_projection_returns_parts_of_an_item(dynamodb: Any, table: str) -> None:
    item = {
        **key("part"),
        "a": {"M": {"b": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}]}, "c": {"S": "no"}}},
        "d": {"S": "no"},
    }
    dynamodb.put_item(TableName=table, Item=item)
    part = get(
        dynamodb,
        table,
        "part",
        ProjectionExpression="#a.b[2], #a.b[0], absent, pk",
        ExpressionAttributeNames={"#a": "a"},
    )
    assert part == {"pk": {"S": "part"}, "a": {"M": {"b": {"L": [{"S": "0"}, {"S": "2"}]}}}}
    assert get(dynamodb, table, "part", ProjectionExpression="absent, absent2.b") == {}


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"pk": {"S": "x"}}, f"{INVALID}Missing the key sk in the item"),
        (
            {"pk": {"N": "1"}, "sk": {"N": "1"}},
            f"{INVALID}Type mismatch for key pk expected: S actual: N",
        ),
        (
            {"pk": {"S": ""}, "sk": {"N": "1"}},
            (
                "One or more parameter values are not valid. The AttributeValue for a key "
                "attribute cannot contain an empty string value. Key: pk"
            ),
        ),
        (
            {**key("x"), "v": {"SS": []}},
            f"{INVALID}An string set  may not be empty",
        ),
        (
            {**key("x"), "v": {"SS": ["a", "a"]}},
            f'{INVALID}Input collection ["a", "a"] contains duplicates.',
        ),
        (
            {**key("x"), "v": {"NS": ["1", "1.0"]}},
            f"{INVALID}Input collection contains duplicates.",
        ),
        (
            {**key("x"), "v": {"N": "1E126"}},
            (
                "Number overflow. Attempting to store a number with magnitude larger than "
                "supported range"
            ),
        ),
        (
            {**key("x"), "v": {"N": "1E-131"}},
            (
                "Number underflow. Attempting to store a number with magnitude smaller than "
                "supported range"
            ),
        ),
        (
            {**key("x"), "v": {"N": "1" * 39}},
            "Attempting to store more than 38 significant digits in a Number",
        ),
        (
            {**key("x"), "v": {"N": "one"}},
            "The parameter cannot be converted to a numeric value: one",
        ),
        (
            {**key("x"), "v": {}},
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
        (
            {**key("x"), "v": {"S": "a", "N": "1"}},
            (
                "Supplied AttributeValue has more than one datatypes set, must contain exactly "
                "one of the supported datatypes"
            ),
        ),
    ],
)
def test_items_that_are_refused(
    unchecked: Any, table: str, item: dict[str, Any], message: str
) -> None:
    assert invalid(unchecked.put_item, TableName=table, Item=item).removeprefix(COUNTED) == message


@pytest.mark.parametrize(
    "wrong",
    [
        {"pk": {"S": "x"}},
        {"pk": {"S": "x"}, "sk": {"N": "1"}, "more": {"S": "x"}},
        {"pk": {"S": "x"}, "sk": {"S": "1"}},
        {"pk": {"S": "x"}, "other": {"N": "1"}},
        {},
    ],
)
def test_keys_that_are_not_the_tables(dynamodb: Any, table: str, wrong: dict[str, Any]) -> None:
    message = "The provided key element does not match the schema"
    assert invalid(dynamodb.get_item, TableName=table, Key=wrong) == message
    assert invalid(dynamodb.delete_item, TableName=table, Key=wrong) == message
    assert invalid(dynamodb.update_item, TableName=table, Key=wrong) == message


def test_key_attributes_are_not_updated(dynamodb: Any, table: str) -> None:
    message = invalid(
        dynamodb.update_item,
        TableName=table,
        Key=key("x"),
        UpdateExpression="SET sk = :v",
        ExpressionAttributeValues={":v": {"N": "2"}},
    )
    assert message == f"{INVALID}Cannot update attribute sk. This attribute is part of the key"


@pytest.mark.parametrize("operation", ["get_item", "put_item", "update_item", "delete_item"])
def test_no_such_table(dynamodb: Any, operation: str) -> None:
    what = {"Item": key("x")} if operation == "put_item" else {"Key": key("x")}
    assert refusal(getattr(dynamodb, operation), TableName="no-such-table", **what) == (
        "ResourceNotFoundException",
        "Requested resource not found",
    )


def test_tables_are_found_by_their_arn(dynamodb: Any, table: str) -> None:
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    dynamodb.put_item(TableName=arn, Item=key("by arn"))
    assert get(dynamodb, table, "by arn") == key("by arn")


def test_a_zero_has_the_range_of_its_last_digit(dynamodb: Any, table: str) -> None:
    for written in ("0e125", "0.0e126", "0e-130", "-0.00"):
        item = {**key("zero"), "n": {"N": written}}
        dynamodb.put_item(TableName=table, Item=item)
        got = dynamodb.get_item(TableName=table, Key=key("zero"), ConsistentRead=True)
        assert got["Item"]["n"] == {"N": "0"}
    for written, problem in (
        ("0e126", "overflow"),
        ("0.0e127", "overflow"),
        ("0e-131", "underflow"),
    ):
        item = {**key("zero"), "n": {"N": written}}
        assert f"Number {problem}" in invalid(dynamodb.put_item, TableName=table, Item=item)


def nested(levels: int) -> dict[str, Any]:
    """A string nested in this many lists."""
    value: dict[str, Any] = {"S": "bottom"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


def test_levels_of_nesting(dynamodb: Any, table: str) -> None:
    item = {**key("deep"), "v": nested(31)}
    dynamodb.put_item(TableName=table, Item=item)
    assert get(dynamodb, table, "deep") == item
    message = invalid(dynamodb.put_item, TableName=table, Item={**item, "v": nested(33)})
    assert message.startswith(f"{COUNTED}Nesting Levels have exceeded supported limits")


def test_only_what_is_kept_has_levels_of_nesting(dynamodb: Any, table: str) -> None:
    """Answers of the service in public issues."""
    put = {"TableName": table, "Item": key("unkept")}
    write = {"TableName": table, "Key": key("unkept")}
    condition = {
        "ConditionExpression": "attribute_not_exists(v) OR v = :deep",
        "ExpressionAttributeValues": {":deep": nested(32)},
    }
    dynamodb.put_item(**put, **condition)
    dynamodb.update_item(**write, **condition, UpdateExpression="REMOVE w")
    expected = {"v": {"Value": nested(32)}}
    code, _ = refusal(dynamodb.delete_item, **write, Expected=expected)
    assert code == "ConditionalCheckFailedException"
    filtered = {
        "FilterExpression": "v = :deep",
        "ExpressionAttributeValues": {":deep": nested(32)},
    }
    assert dynamodb.scan(TableName=table, **filtered)["Items"] == []
    for assigned in (":deep", "if_not_exists(v, :deep)"):
        message = invalid(
            dynamodb.update_item,
            **write,
            UpdateExpression=f"SET v = {assigned}",
            ExpressionAttributeValues={":deep": nested(32)},
        )
        assert message.startswith(f"{COUNTED}Nesting Levels have exceeded supported limits")
    dynamodb.delete_item(**write, **condition)
