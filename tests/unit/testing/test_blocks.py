"""The server for as long as a block runs."""

from __future__ import annotations

import os
from typing import Any

import boto3

from jedlik.testing import local_aws

TABLE: dict[str, Any] = {
    "TableName": "orders",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


def names() -> list[str]:
    client = boto3.client("dynamodb", region_name="us-east-1")
    try:
        found: list[str] = client.list_tables()["TableNames"]
    finally:
        client.close()
    return found


@local_aws()
def decorated() -> list[str]:
    boto3.client("dynamodb").create_table(**TABLE)
    return names()


def test_what_happens_in_it_is_undone() -> None:
    for _ in range(2):
        assert decorated() == ["orders"]
    assert "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ


def test_blocks_in_blocks() -> None:
    with local_aws() as server:
        server.client().create_table(**TABLE)
        with local_aws() as inner:
            assert inner is server
            server.client().delete_table(TableName="orders")
            assert names() == []
        assert names() == ["orders"]
