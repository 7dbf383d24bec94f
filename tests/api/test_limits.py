"""Limits, each reached exactly and then exceeded by one.

Rules: developer guide, "Constraints in Amazon DynamoDB": items 400 KB, partition keys 2,048 and
sort keys 1,024 bytes, pages 1 MB, expressions 4 KB; API reference of the batches.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.making import COUNTED, INVALID, invalid, make, pages
from tests.servers import RunningServer

LARGEST = 400 * 1024


@pytest.fixture(scope="module")
def table(dynamodb: Any) -> str:
    return make(dynamodb)


@pytest.fixture(scope="module")
def sorted_table(dynamodb: Any) -> str:
    return make(dynamodb, "pk", "/sk")


def of_size(size: int) -> dict[str, Any]:
    return {"pk": {"S": "k"}, "v": {"S": "x" * (size - len("pkkv"))}}


def test_items_of_400_kb(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item=of_size(LARGEST))
    assert dynamodb.get_item(TableName=table, Key={"pk": {"S": "k"}})["Item"] == of_size(LARGEST)
    message = invalid(dynamodb.put_item, TableName=table, Item=of_size(LARGEST + 1))
    assert message == "Item size has exceeded the maximum allowed size"


def test_names_count_and_so_do_bytes_not_characters(dynamodb: Any, table: str) -> None:
    item = of_size(LARGEST - 100)
    dynamodb.put_item(TableName=table, Item={**item, "n" * 49: {"S": "é" * 25}})  # 99 bytes
    message = invalid(dynamodb.put_item, TableName=table, Item={**item, "n" * 49: {"S": "é" * 26}})
    assert message == "Item size has exceeded the maximum allowed size"


def test_updates_do_not_outgrow_400_kb(dynamodb: Any, table: str) -> None:
    item = of_size(LARGEST)
    dynamodb.put_item(TableName=table, Item=item)
    update = {
        "TableName": table,
        "Key": {"pk": item["pk"]},
        "UpdateExpression": "SET w = :w REMOVE gone",
        "ExpressionAttributeValues": {":w": {"S": ""}},
    }
    assert invalid(dynamodb.update_item, **update) == (
        "Item size to update has exceeded the maximum allowed size"
    )
    assert dynamodb.get_item(TableName=table, Key={"pk": item["pk"]})["Item"] == item


def test_attribute_names_of_65535_bytes(dynamodb: Any, table: str) -> None:
    """Developer guide, "Supported data types and naming rules"; the text, which is the same
    wherever the name stands, is that of answers in public issues (ExtendDB/extenddb 365)."""
    longest = "é" * 32767 + "e"
    longer = longest + "e"
    text = "Attribute name is too large, must be less than 65536 bytes"
    key, value = {"pk": {"S": "names"}}, {"S": "v"}

    def requests(name: str) -> list[tuple[Any, dict[str, Any]]]:
        nested = {"M": {name: value}}
        item = {**key, name: value}
        update = {"TableName": table, "Key": key}
        return [
            (dynamodb.put_item, {"TableName": table, "Item": item}),
            (dynamodb.put_item, {"TableName": table, "Item": {**key, "m": nested}}),
            (
                dynamodb.batch_write_item,
                {"RequestItems": {table: [{"PutRequest": {"Item": item}}]}},
            ),
            (
                dynamodb.transact_write_items,
                {"TransactItems": [{"Put": {"TableName": table, "Item": item}}]},
            ),
            (
                dynamodb.update_item,
                {
                    **update,
                    "UpdateExpression": "SET m = :m",
                    "ExpressionAttributeValues": {":m": nested},
                },
            ),
            (
                dynamodb.update_item,
                {
                    **update,
                    "UpdateExpression": "SET #n = :v",
                    "ExpressionAttributeNames": {"#n": name},
                    "ExpressionAttributeValues": {":v": value},
                },
            ),
            (
                dynamodb.get_item,
                {
                    **update,
                    "ProjectionExpression": "#n",
                    "ExpressionAttributeNames": {"#n": name},
                },
            ),
        ]

    for call, request in requests(longest):
        call(**request)
    for call, request in requests(longer):
        assert invalid(call, **request) == f"1 validation error detected: {text}"
    assert longest in dynamodb.get_item(TableName=table, Key=key)["Item"]


def test_partition_keys_of_2048_bytes(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "k" * 2048}})
    assert "Item" in dynamodb.get_item(TableName=table, Key={"pk": {"S": "k" * 2048}})
    for call, member in ((dynamodb.put_item, "Item"), (dynamodb.get_item, "Key")):
        message = invalid(call, TableName=table, **{member: {"pk": {"S": "k" * 2049}}})
        assert message == (
            f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"
        )


def test_sort_keys_of_1024_bytes(dynamodb: Any, sorted_table: str) -> None:
    key = {"pk": {"S": "k"}, "sk": {"S": "é" * 512}}
    dynamodb.put_item(TableName=sorted_table, Item=key)
    assert "Item" in dynamodb.get_item(TableName=sorted_table, Key=key)
    longer = {"pk": {"S": "k"}, "sk": {"S": "é" * 512 + "e"}}
    for call, member in ((dynamodb.put_item, "Item"), (dynamodb.get_item, "Key")):
        message = invalid(call, TableName=sorted_table, **{member: longer})
        assert message == (
            f"{INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
        )


def test_pages_of_one_megabyte(dynamodb: Any) -> None:
    """A page ends with the item that brings it to 1 MB, whatever the filter drops."""
    table = make(dynamodb, "pk", "/sk:N")
    for number in range(12):
        item = {"pk": {"S": "p"}, "sk": {"N": str(number)}, "v": {"S": "x" * 200_000}}
        dynamodb.put_item(TableName=table, Item=item)
    query = {
        "TableName": table,
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "p"}},
    }
    for call, parameters in ((dynamodb.query, query), (dynamodb.scan, {"TableName": table})):
        parts = list(pages(call, **parameters))
        assert [part["Count"] for part in parts][:2] == [6, 6]
        found = [int(item["sk"]["N"]) for part in parts for item in part["Items"]]
        assert found == list(range(12))
        parts = list(pages(call, **parameters, FilterExpression="attribute_not_exists(v)"))
        assert [part["ScannedCount"] for part in parts][:2] == [6, 6]
        assert sum(part["Count"] for part in parts) == 0
        parts = list(pages(call, **parameters, Select="COUNT"))
        assert [part["Count"] for part in parts][:2] == [6, 6]


def test_expressions_of_4_kb(dynamodb: Any, table: str) -> None:
    def put(size: int) -> Any:
        text = "attribute_not_exists(nope)"
        condition = text + " " * (size - len(text))
        return dynamodb.put_item(
            TableName=table, Item={"pk": {"S": "e"}}, ConditionExpression=condition
        )

    put(4096)
    assert invalid(put, size=4097) == (
        f"{COUNTED}Invalid ConditionExpression: Expression size has exceeded the maximum allowed "
        "size;"
    )


def test_in_has_up_to_100_operands(dynamodb: Any, table: str) -> None:
    def scan(count: int) -> Any:
        values = {f":v{number}": {"N": str(number)} for number in range(count)}
        return dynamodb.scan(
            TableName=table,
            FilterExpression=f"a IN ({', '.join(values)})",
            ExpressionAttributeValues=values,
        )

    scan(100)
    assert invalid(scan, count=101).startswith("Invalid FilterExpression: ")


def test_table_names_of_3_to_255_letters(unchecked: Any) -> None:
    for name in ("ab", "x" * 256, "no spaces"):
        assert invalid(unchecked.get_item, TableName=name, Key={"pk": {"S": "x"}})
    assert "Table" not in unchecked.list_tables(ExclusiveStartTableName="abc", Limit=1)


def test_requests_of_16_mb(running_server: RunningServer) -> None:
    status, answer = running_server.call("GetItem", b" " * (16 * 1024 * 1024 + 1))
    assert status == 413
    assert answer["__type"].endswith("#RequestEntityTooLargeException")
    status, _ = running_server.call("ListTables", b" " * (1024 * 1024) + b"{}")
    assert status == 200


UPDATE_TOO_LARGE = "Item size to update has exceeded the maximum allowed size"


@pytest.mark.parametrize(
    ("expression", "values", "more"),
    [
        # How many bytes an update counts besides those of its padding `b = :b`.
        ("SET b = :b", {}, 0),
        ("SET b = :b, c = :c", {":c": {"S": "y"}}, 19 + 1 + 1),
        ("SET b = :b REMOVE r", {}, 1 + 1),
        ("SET b = :b REMOVE m.rr, l[10]", {}, 1 + 1 + 4 + 2 + 1 + 1 + 4 + 2),
        ("SET b = :b, c = m.z", {}, 19 + 1 + 1 + 14 + 1 + 14 + 1),
        ("SET b = :b, n = n + :c", {":c": {"N": "1"}}, 19 + 1 + 34 + 15 + 1 + 2),
        ("SET b = :b, n = n - :c", {":c": {"N": "1"}}, 19 + 1 + 37 + 15 + 1 + 2),
        (
            "SET b = :b, c = if_not_exists(c, :c)",
            {":c": {"S": "y"}},
            19 + 1 + 39 + 15 + 1 + 1,
        ),
        (
            "SET b = :b, l = list_append(l, :c)",
            {":c": {"L": [{"S": "y"}]}},
            19 + 1 + 37 + 15 + 1 + 3 + 1 + 1,
        ),
        ("SET b = :b ADD n :c", {":c": {"N": "1"}}, 19 + 1 + 2),
        ("SET b = :b DELETE s :c", {":c": {"SS": ["x"]}}, 1 + 1),
    ],
)
def test_what_an_update_counts_as(
    dynamodb: Any, table: str, expression: str, values: Any, more: int
) -> None:
    key = {"pk": {"S": "u"}}
    seed = {"m": {"M": {"z": {"N": "1"}}}, "l": {"L": []}, "n": {"N": "1"}, "s": {"SS": ["x", "y"]}}

    def update(size: int) -> Any:
        dynamodb.put_item(TableName=table, Item={**key, **seed})
        return dynamodb.update_item(
            TableName=table,
            Key=key,
            UpdateExpression=expression,
            ExpressionAttributeValues={**values, ":b": {"S": "b" * size}},
        )

    most = 409_600 - 3 - 19 - 1 - more
    update(most)
    assert invalid(update, size=most + 1) == UPDATE_TOO_LARGE


def test_only_update_item_counts_like_that(dynamodb: Any, table: str) -> None:
    key = {"pk": {"S": "w"}}
    value = {"S": "b" * (409_600 - len("pkwb"))}
    parts = {
        "TableName": table,
        "Key": key,
        "UpdateExpression": "SET b = :b",
        "ExpressionAttributeValues": {":b": value},
    }
    dynamodb.put_item(TableName=table, Item=key)
    assert invalid(dynamodb.update_item, **parts) == UPDATE_TOO_LARGE
    dynamodb.transact_write_items(TransactItems=[{"Update": parts}])
    statement = f"UPDATE \"{table}\" SET b = ? WHERE pk = 'w'"
    dynamodb.execute_statement(Statement=statement, Parameters=[value])
    legacy = {"b": {"Action": "PUT", "Value": value}}
    dynamodb.update_item(TableName=table, Key=key, AttributeUpdates=legacy)


def test_attributes_that_an_update_leaves_alone_do_not_count(dynamodb: Any, table: str) -> None:
    item = {"pk": {"S": "l"}, "u": {"S": "u" * 10}}
    dynamodb.put_item(TableName=table, Item=item)
    dynamodb.update_item(
        TableName=table,
        Key={"pk": {"S": "l"}},
        UpdateExpression="SET b = :b",
        ExpressionAttributeValues={":b": {"S": "b" * (409_600 - 3 - 19 - 1)}},
    )
