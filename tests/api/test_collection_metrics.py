"""ReturnItemCollectionMetrics: only tables with local indexes have item collections to report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.control_plane import index, on_demand

COLLECTION = {"ItemCollectionKey": {"pk": {"S": "a"}}, "SizeEstimateRangeGB": [0.0, 1.0]}


def item(partition: str, sort: str) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": sort}}


@pytest.fixture
def table(dynamodb: Any, table_name: str) -> Iterator[str]:
    """A table with a local index."""
    definition = on_demand(table_name, "pk", "/sk")
    definition["AttributeDefinitions"].append({"AttributeName": "ls", "AttributeType": "S"})
    dynamodb.create_table(**definition, LocalSecondaryIndexes=[index("local", "pk", "/ls")])
    yield table_name
    dynamodb.delete_table(TableName=table_name)


def test_single_writes(dynamodb: Any, table: str) -> None:
    size = {"TableName": table, "ReturnItemCollectionMetrics": "SIZE"}
    put = dynamodb.put_item(Item=item("a", "1"), **size)
    update = dynamodb.update_item(Key=item("a", "1"), **size)
    delete = dynamodb.delete_item(Key=item("a", "1"), **size)
    for answer in (put, update, delete):
        assert answer["ItemCollectionMetrics"] == COLLECTION
    assert "ItemCollectionMetrics" not in dynamodb.put_item(TableName=table, Item=item("a", "1"))


def test_several_writes_report_each_collection_once(dynamodb: Any, table: str) -> None:
    puts = [{"PutRequest": {"Item": item(*key)}} for key in ("a1", "a2", "b1")]
    answer = dynamodb.batch_write_item(
        RequestItems={table: puts}, ReturnItemCollectionMetrics="SIZE"
    )
    found = answer["ItemCollectionMetrics"][table]
    assert [each["ItemCollectionKey"]["pk"]["S"] for each in found] == ["a", "b"]
    writes = [{"Put": {"TableName": table, "Item": item("a", sort)}} for sort in "12"]
    answer = dynamodb.transact_write_items(TransactItems=writes, ReturnItemCollectionMetrics="SIZE")
    assert answer["ItemCollectionMetrics"] == {table: [COLLECTION]}


def test_a_condition_check_modifies_no_collection(dynamodb: Any, table: str) -> None:
    """API reference, "TransactWriteItems", ItemCollectionMetrics: those affected by updates, puts
    and deletes."""
    checked = {"Key": item("b", "1"), "ConditionExpression": "attribute_not_exists(pk)"}
    writes = [
        {"ConditionCheck": {"TableName": table, **checked}},
        {"Put": {"TableName": table, "Item": item("a", "1")}},
    ]
    answer = dynamodb.transact_write_items(TransactItems=writes, ReturnItemCollectionMetrics="SIZE")
    assert answer["ItemCollectionMetrics"] == {table: [COLLECTION]}


def test_metrics_are_listed_under_the_requests_name_for_the_table(
    dynamodb: Any, table: str
) -> None:
    """The keys of ItemCollectionMetrics are of the type TableArn in the service's model, names or
    ARNs, as those of RequestItems and UnprocessedItems are."""
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    size = {"ReturnItemCollectionMetrics": "SIZE"}
    put = {"PutRequest": {"Item": item("a", "1")}}
    answer = dynamodb.batch_write_item(RequestItems={arn: [put]}, **size)
    assert answer["ItemCollectionMetrics"] == {arn: [COLLECTION]}
    write = {"Put": {"TableName": arn, "Item": item("a", "1")}}
    answer = dynamodb.transact_write_items(TransactItems=[write], **size)
    assert answer["ItemCollectionMetrics"] == {arn: [COLLECTION]}


def test_a_table_without_local_indexes_has_none(dynamodb: Any, table_name: str) -> None:
    dynamodb.create_table(**on_demand(table_name))
    answer = dynamodb.put_item(
        TableName=table_name, Item={"pk": {"S": "a"}}, ReturnItemCollectionMetrics="SIZE"
    )
    assert "ItemCollectionMetrics" not in answer
    dynamodb.delete_table(TableName=table_name)
