"""Acknowledged writes exist after a restart, however the server ended."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.api.making import make, put_all
from tests.conftest import StartServer
from tests.control_plane import index

ITEMS = [
    {"pk": {"S": f"p{number % 5}"}, "sk": {"N": str(number)}, "kind": {"S": "k"}}
    for number in range(60)
]


def fill(dynamodb: Any) -> str:
    table = make(
        dynamodb,
        "pk",
        "/sk:N",
        also=("kind",),
        GlobalSecondaryIndexes=[index("by-kind", "kind", "/sk")],
        Tags=[{"Key": "team", "Value": "films"}],
        DeletionProtectionEnabled=True,
    )
    put_all(dynamodb, table, ITEMS)
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "p0"}, "sk": {"N": "0"}})
    dynamodb.update_item(
        TableName=table,
        Key={"pk": {"S": "p1"}, "sk": {"N": "1"}},
        UpdateExpression="ADD visits :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    return table


def everything(dynamodb: Any, table: str) -> Any:
    """Everything that a client can see of a table."""
    description = dynamodb.describe_table(TableName=table)["Table"]
    scans = [
        dynamodb.scan(TableName=table, **more)["Items"] for more in ({}, {"IndexName": "by-kind"})
    ]
    tags = dynamodb.list_tags_of_resource(ResourceArn=description["TableArn"])["Tags"]
    return description, scans, tags


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("options", [(), ("--durability", "relaxed")])
def test_a_restart_changes_nothing(
    start_server: StartServer, tmp_path: Path, number: signal.Signals, options: tuple[str, ...]
) -> None:
    first = start_server(*options, scratch=tmp_path)
    table = fill(first.client())
    before = everything(first.client(), table)
    assert len(before[1][0]) == len(ITEMS) - 1
    if number is signal.SIGKILL:
        first.kill()
    else:
        assert first.stop(number) == 0
    second = start_server(*options, scratch=tmp_path)
    assert everything(second.client(), table) == before
    assert second.stop() == 0


@pytest.mark.one_process("several workers cannot keep data in memory")
def test_memory_forgets(start_server: StartServer) -> None:
    first = start_server("--memory")
    fill(first.client())
    assert first.stop() == 0
    assert start_server("--memory").client().list_tables()["TableNames"] == []


def test_a_table_made_anew_inherits_nothing(start_server: StartServer, tmp_path: Path) -> None:
    first = start_server(scratch=tmp_path)
    dynamodb = first.client()
    request = {
        "TableName": "again",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "Tags": [{"Key": "old", "Value": "old"}],
    }
    old = dynamodb.create_table(**request)["TableDescription"]
    put_all(dynamodb, "again", [{"pk": {"S": str(number)}} for number in range(50)])
    dynamodb.delete_table(TableName="again")
    del request["Tags"]
    new = dynamodb.create_table(**request)["TableDescription"]
    assert new["TableId"] != old["TableId"]
    first.kill()
    dynamodb = start_server(scratch=tmp_path).client()
    assert dynamodb.scan(TableName="again")["Items"] == []
    assert dynamodb.describe_table(TableName="again")["Table"]["ItemCount"] == 0
    assert dynamodb.list_tags_of_resource(ResourceArn=new["TableArn"])["Tags"] == []
