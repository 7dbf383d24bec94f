"""Eventually consistent reads that are deliberately stale, in every worker."""

from __future__ import annotations

import time
from typing import Any

import boto3
import pytest

from tests.servers import close_after

TABLE = {
    "TableName": "carts",
    "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in "pg"],
    "BillingMode": "PAY_PER_REQUEST",
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-g",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
KEY = {"p": {"S": "1"}}
SECONDS = 60.0
DELAY = 0.4


def by_index(client: Any) -> int:
    values = {":g": {"S": "1"}}
    query = {"KeyConditionExpression": "g = :g", "ExpressionAttributeValues": values}
    count: int = client.query(TableName="carts", IndexName="by-g", **query)["Count"]
    return count


@pytest.mark.parametrize("options", [("--memory",), ("--workers", "2")])
def test_reads_are_old_until_they_are_not(start_server: Any, options: tuple[str, ...]) -> None:
    server = start_server(*options, "--eventual-delay", str(round(DELAY * 1000)))
    # A connection for each request, so that they reach both workers.
    client = boto3.client(
        "dynamodb", endpoint_url=server.url, region_name="us-east-1",
        aws_access_key_id="any", aws_secret_access_key="any",
    )  # fmt: skip
    client.meta.events.register("before-send", close_after)
    client.create_table(**TABLE)
    began = time.monotonic()
    client.put_item(TableName="carts", Item={**KEY, "g": {"S": "1"}})
    assert "Item" in client.get_item(TableName="carts", Key=KEY, ConsistentRead=True)
    seen = [
        "Item" in client.get_item(TableName="carts", Key=KEY),
        bool(client.scan(TableName="carts")["Count"]),
        bool(by_index(client)),
    ]
    if time.monotonic() < began + DELAY:  # unless the machine was too busy to tell
        assert seen == [False] * 3
    while not ("Item" in client.get_item(TableName="carts", Key=KEY) and by_index(client)):
        assert time.monotonic() < began + SECONDS
        time.sleep(0.02)
    assert time.monotonic() >= began + DELAY
