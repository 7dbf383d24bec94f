"""Members of answers on the wire, which boto3 hides (recorded from the service)."""

from __future__ import annotations

import http.client
import json
from typing import Any

from tests.api.making import make
from tests.servers import RunningServer

PROJECTED = {"ProjectionType": "ALL"}


def sent(server: RunningServer, operation: str, **body: Any) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(
            "POST",
            "/",
            json.dumps(body),
            {
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": f"DynamoDB_20120810.{operation}",
                "X-Amz-Date": "20260101T000000Z",
                "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/"
                "aws4_request, SignedHeaders=host, Signature=0",
            },
        )
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_the_text_of_a_failed_condition(running_server: RunningServer, dynamodb: Any) -> None:
    """Its member is spelled with a capital if the answer also has an item."""
    table = make(dynamodb)
    item = {"pk": {"S": "a"}}
    dynamodb.put_item(TableName=table, Item=item)
    failing = {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
    text = "The conditional request failed"
    status, body = sent(running_server, "PutItem", **failing)
    assert (status, json.loads(body)) == (400, {"__type": kind, "message": text})
    status, body = sent(
        running_server, "PutItem", **failing, ReturnValuesOnConditionCheckFailure="ALL_OLD"
    )
    assert (status, json.loads(body)) == (400, {"__type": kind, "Message": text, "Item": item})


def test_tagging_answers_nothing(running_server: RunningServer, dynamodb: Any) -> None:
    arn = dynamodb.describe_table(TableName=make(dynamodb))["Table"]["TableArn"]
    tags = [{"Key": "team", "Value": "shop"}]
    assert sent(running_server, "TagResource", ResourceArn=arn, Tags=tags) == (200, b"")
    assert sent(running_server, "UntagResource", ResourceArn=arn, TagKeys=["team"]) == (200, b"")


def test_a_deleted_table_is_shown_without_keys_and_indexes(dynamodb: Any) -> None:
    name = "shapes-of-answers"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk", "other")
        ],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": "global",
                "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
                "Projection": PROJECTED,
            }
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "local",
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "other", "KeyType": "RANGE"},
                ],
                "Projection": PROJECTED,
            }
        ],
    )
    shown = dynamodb.delete_table(TableName=name)["TableDescription"]
    assert set(shown) == {
        "BillingModeSummary",
        "DeletionProtectionEnabled",
        "ItemCount",
        "ProvisionedThroughput",
        "TableArn",
        "TableId",
        "TableName",
        "TableSizeBytes",
        "TableStatus",
    }
