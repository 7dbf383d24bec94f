"""The costs of local indexes: in the size of items, and of pages that fetch from the table.

Rules: developer guide, "Constraints in Amazon DynamoDB", "Item size for tables with local secondary
indexes", and "Local secondary indexes", "Read capacity units".
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.making import invalid, make, put_all, refusal
from tests.control_plane import index

LARGEST = 400 * 1024
TOO_LARGE = "Item size has exceeded the maximum allowed size"
UPDATED_TOO_LARGE = "Item size to update has exceeded the maximum allowed size"

KEYS_SIZE = len("pkksk0000lsx")
"""Of the entries that have keys only."""


def item(number: int, size: int) -> dict[str, Any]:
    """An item of `size` bytes that is in the local indexes."""
    rest = "y" * (size - KEYS_SIZE - len("v"))
    keys = {"pk": {"S": "k"}, "sk": {"S": f"{number:04}"}, "ls": {"S": "x"}}
    return {**keys, "v": {"S": rest}}


def outside(number: int, size: int) -> dict[str, Any]:
    """The same, but not in the local indexes, since it lacks their key attribute."""
    found = item(number, size - len("zz") + len("ls"))
    found["zz"] = found.pop("ls")
    return found


# --- Items ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table(dynamodb: Any) -> str:
    """A table with a local index that projects everything and one that projects the keys."""
    indexes = [index("all", "pk", "/ls"), index("keys", "pk", "/ls", kind="KEYS_ONLY")]
    return make(dynamodb, "pk", "/sk", also=("ls",), LocalSecondaryIndexes=indexes)


HALF = (LARGEST - KEYS_SIZE) // 2


def test_an_item_and_its_entries_have_400_kb(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item=item(1, HALF))
    larger = item(2, HALF + 1)
    assert invalid(dynamodb.put_item, TableName=table, Item=larger) == TOO_LARGE
    puts = [{"PutRequest": {"Item": each}} for each in (item(3, 100), larger)]
    assert invalid(dynamodb.batch_write_item, RequestItems={table: puts}) == TOO_LARGE
    insert = {"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': ?, 'sk': ?, 'ls': ?, 'v': ?}}"}
    assert (
        invalid(dynamodb.execute_statement, **insert, Parameters=list(larger.values())) == TOO_LARGE
    )
    code, _ = refusal(
        dynamodb.transact_write_items,
        TransactItems=[{"Put": {"TableName": table, "Item": larger}}],
    )
    assert code == "TransactionCanceledException"
    assert (
        dynamodb.query(
            TableName=table,
            KeyConditionExpression="pk = :k AND sk > :s",
            ExpressionAttributeValues={":k": {"S": "k"}, ":s": {"S": "0001"}},
            Select="COUNT",
        )["Count"]
        == 0
    )


def test_an_item_without_entries_has_all_of_it(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item=outside(10, LARGEST))
    assert invalid(dynamodb.put_item, TableName=table, Item=outside(10, LARGEST + 1)) == TOO_LARGE
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "k"}, "sk": {"S": "0010"}})


def test_an_update_cannot_make_them_larger(dynamodb: Any, table: str) -> None:
    key = {name: value for name, value in item(20, 100).items() if name in ("pk", "sk")}
    dynamodb.put_item(TableName=table, Item=item(20, HALF - 2))

    def add(value: str) -> dict[str, Any]:
        return {
            "TableName": table, "Key": key, "UpdateExpression": "SET w = :w",
            "ExpressionAttributeValues": {":w": {"S": value}},
        }  # fmt: skip

    assert invalid(dynamodb.update_item, **add("12")) == UPDATED_TOO_LARGE
    dynamodb.update_item(**add("1"))
    # An update that takes the item out of the indexes makes room.
    dynamodb.update_item(TableName=table, Key=key, UpdateExpression="REMOVE ls")
    dynamodb.update_item(**add("1" * 1000))
    back = {"UpdateExpression": "SET ls = :w"}
    assert invalid(dynamodb.update_item, **{**add("x"), **back}) == UPDATED_TOO_LARGE
    dynamodb.delete_item(TableName=table, Key=key)


def test_global_indexes_do_not_count_towards_the_limit(dynamodb: Any) -> None:
    name = make(dynamodb, "pk", "/sk", also=("ls",), GlobalSecondaryIndexes=[index("all", "ls")])
    dynamodb.put_item(TableName=name, Item=item(1, LARGEST))


# --- Pages ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(dynamodb: Any) -> str:
    """A table of 300 small items with a local index that projects the keys."""
    local = index("keys", "pk", "/ls", kind="KEYS_ONLY")
    name = make(dynamodb, "pk", "/sk", also=("ls",), LocalSecondaryIndexes=[local])
    put_all(dynamodb, name, [item(number, 300) for number in range(300)])
    return name


def by_index(table: str, **more: Any) -> dict[str, Any]:
    return {
        "TableName": table, "IndexName": "keys", "KeyConditionExpression": "pk = :k",
        "ExpressionAttributeValues": {":k": {"S": "k"}}, **more,
    }  # fmt: skip


def test_a_page_that_fetches_is_full_with_the_items(dynamodb: Any, many: str) -> None:
    """The entries of a page, 12 bytes each, are rounded up to 4 KB together, and each item that is
    fetched to 4 KB: with 255 items that is 1 MB."""
    asked = by_index(many, Select="ALL_ATTRIBUTES", ReturnConsumedCapacity="INDEXES")
    first = dynamodb.query(**asked)
    assert first["Count"] == first["ScannedCount"] == 255
    assert first["Items"][0] == item(0, 300)
    consumed = first["ConsumedCapacity"]
    assert consumed["Table"]["CapacityUnits"] == 255 / 2
    assert consumed["LocalSecondaryIndexes"]["keys"]["CapacityUnits"] == 0.5
    second = dynamodb.query(**asked, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert second["Items"] == [item(number, 300) for number in range(255, 300)]
    assert "LastEvaluatedKey" not in second


def test_fewer_items_where_they_are_larger(dynamodb: Any, many: str) -> None:
    put_all(dynamodb, many, [{**item(n, 5000), "pk": {"S": "l"}} for n in range(140)])
    values = {":k": {"S": "l"}}
    asked = by_index(many, ProjectionExpression="v") | {"ExpressionAttributeValues": values}
    # 127 items of 8 KB each and 4 KB of entries are 1,020 KB, so that one more ends the page.
    assert dynamodb.query(**asked)["Count"] == 128
    assert dynamodb.query(**asked, Limit=100)["Count"] == 100


def test_a_page_that_does_not_fetch_has_them_all(dynamodb: Any, many: str) -> None:
    answer = dynamodb.query(**by_index(many))
    assert answer["Count"] == 300
    assert "LastEvaluatedKey" not in answer


def test_statements_go_on_where_they_stopped(dynamodb: Any, many: str) -> None:
    statement = {"Statement": f'SELECT v FROM "{many}"."keys" WHERE pk = \'k\''}
    first = dynamodb.execute_statement(**statement)
    assert len(first["Items"]) == 255
    second = dynamodb.execute_statement(**statement, NextToken=first["NextToken"])
    assert len(second["Items"]) == 45
    assert "NextToken" not in second
