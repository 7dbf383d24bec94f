"""Tables, indexes and tags as boto3 sees them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.making import invalid, put_all, refusal
from tests.conftest import StartServer
from tests.control_plane import attributes, index, on_demand, provisioned, units

Payload = dict[str, Any]

QUICK = {"Delay": 1, "MaxAttempts": 30}


def wait_for_index(dynamodb: Any, table: str, name: str) -> Payload:
    """The index once it is active; each check is a request, so no pause is needed."""
    for _ in range(5000):
        described = dynamodb.describe_table(TableName=table)["Table"]
        found = {gsi["IndexName"]: gsi for gsi in described["GlobalSecondaryIndexes"]}
        if found[name]["IndexStatus"] == "ACTIVE":
            return found[name]
    pytest.fail("the index never became active")


def test_a_table_comes_and_goes(dynamodb: Any, table_name: str) -> None:
    created = dynamodb.create_table(**provisioned(table_name, "pk", "/sk"))["TableDescription"]
    assert created["TableStatus"] == "CREATING"
    dynamodb.get_waiter("table_exists").wait(TableName=table_name, WaiterConfig=QUICK)
    described = dynamodb.describe_table(TableName=table_name)["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert described["CreationDateTime"] == created["CreationDateTime"]
    assert refusal(dynamodb.create_table, **provisioned(table_name)) == (
        "ResourceInUseException",
        f"Table already exists: {table_name}",
    )
    deleted = dynamodb.delete_table(TableName=described["TableArn"])["TableDescription"]
    assert deleted["TableStatus"] == "DELETING"
    dynamodb.get_waiter("table_not_exists").wait(TableName=table_name, WaiterConfig=QUICK)
    assert refusal(dynamodb.describe_table, TableName=table_name) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Table: {table_name} not found",
    )


def test_lists_tables_page_by_page(start_server: StartServer) -> None:
    client = start_server("--memory").client()
    names = [f"table-{number:02}" for number in range(7)]
    for name in reversed(names):
        client.create_table(**on_demand(name))
    pages = list(client.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 3}))
    assert [page["TableNames"] for page in pages] == [names[:3], names[3:6], names[6:]]


def test_counts_items_exactly(dynamodb: Any, table_name: str) -> None:
    gsi = index("gsi", "kind", kind="KEYS_ONLY")
    dynamodb.create_table(
        **on_demand(
            table_name,
            AttributeDefinitions=attributes("pk", "kind"),
            GlobalSecondaryIndexes=[gsi],
        )
    )
    items: list[Payload] = [{"pk": {"S": f"p{number}"}} for number in range(5)]
    items[0]["kind"] = {"S": "k"}
    put_all(dynamodb, table_name, items)
    described = dynamodb.describe_table(TableName=table_name)["Table"]
    assert (described["ItemCount"], described["TableSizeBytes"]) == (5, 5 * 4 + 5)
    counted = described["GlobalSecondaryIndexes"][0]
    assert (counted["ItemCount"], counted["IndexSizeBytes"]) == (1, 4 + 5)


def test_an_index_is_added_filled_and_deleted(dynamodb: Any, table_name: str) -> None:
    dynamodb.create_table(**on_demand(table_name))
    items = [
        {"pk": {"S": f"p{number:03}"}, "kind": {"S": f"k{number % 3}"}, "n": {"N": str(number)}}
        for number in range(300)
    ]
    put_all(dynamodb, table_name, items)
    updated = dynamodb.update_table(
        TableName=table_name,
        AttributeDefinitions=attributes("kind", "n:N"),
        GlobalSecondaryIndexUpdates=[{"Create": index("by-kind", "kind", "/n")}],
    )["TableDescription"]
    assert updated["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    assert wait_for_index(dynamodb, table_name, "by-kind")["ItemCount"] == 300
    page = dynamodb.query(
        TableName=table_name,
        IndexName="by-kind",
        KeyConditionExpression="kind = :k AND n > :n",
        ExpressionAttributeValues={":k": {"S": "k1"}, ":n": {"N": "290"}},
    )
    assert [item["n"]["N"] for item in page["Items"]] == ["292", "295", "298"]
    dynamodb.update_table(
        TableName=table_name,
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-kind"}}],
    )
    described = dynamodb.describe_table(TableName=table_name)["Table"]
    assert "GlobalSecondaryIndexes" not in described
    assert described["AttributeDefinitions"] == attributes("pk")


def test_switches_the_billing_mode(dynamodb: Any, table_name: str) -> None:
    dynamodb.create_table(**provisioned(table_name))
    dynamodb.update_table(TableName=table_name, BillingMode="PAY_PER_REQUEST")
    described = dynamodb.describe_table(TableName=table_name)["Table"]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    dynamodb.update_table(
        TableName=table_name, BillingMode="PROVISIONED", ProvisionedThroughput=units(3, 4)
    )
    described = dynamodb.describe_table(TableName=table_name)["Table"]
    assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 4


def test_tables_are_tagged_and_untagged(dynamodb: Any, table_name: str) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    arn = dynamodb.create_table(**on_demand(table_name, Tags=tags))["TableDescription"]["TableArn"]
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [
        *tags,
        {"Key": "stage", "Value": "test"},
    ]
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["team"])
    listed = dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
    assert listed == [{"Key": "stage", "Value": "test"}]


def test_key_schemas_of_tables_stay_short(dynamodb: Any, table_name: str) -> None:
    text = invalid(dynamodb.create_table, **on_demand(table_name, "a", "/b", "/c"))
    assert "Member must have length less than or equal to 2" in text


def test_what_tools_ask_of_every_table(dynamodb: Any, table_name: str, server: str) -> None:
    dynamodb.create_table(**on_demand(table_name))
    ttl = dynamodb.describe_time_to_live(TableName=table_name)["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "DISABLED"}
    backups = dynamodb.describe_continuous_backups(TableName=table_name)
    assert backups["ContinuousBackupsDescription"] == {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }
    assert dynamodb.describe_limits()["TableMaxReadCapacityUnits"] == 40000
    (endpoint,) = dynamodb.describe_endpoints()["Endpoints"]
    assert endpoint["Address"].removeprefix("http://") == server.removeprefix("http://")


def test_transitions_take_their_time_where_that_is_set(start_server: StartServer) -> None:
    client = start_server("--memory", "--transition-seconds", "0.2").client()
    client.create_table(**on_demand("music"))
    assert client.describe_table(TableName="music")["Table"]["TableStatus"] == "CREATING"
    client.get_waiter("table_exists").wait(TableName="music", WaiterConfig=QUICK)
    client.delete_table(TableName="music")
    assert client.describe_table(TableName="music")["Table"]["TableStatus"] == "DELETING"
    client.get_waiter("table_not_exists").wait(TableName="music", WaiterConfig=QUICK)
