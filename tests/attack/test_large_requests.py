"""Large requests of many tiny values or parts do not delay others."""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from typing import Any

import pytest

from tests.attack.processor_time import cpu_seconds
from tests.servers import RunningServer

TABLE = "Tiny"
SENT = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Date": "20240101T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=a/20240101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0",
}


def tiny(count: int) -> dict[str, Any]:
    """A value that contains this many values of three bytes."""
    return {"L": [{"N": "1"}] * count}


def put(number: int) -> dict[str, Any]:
    return {"PutRequest": {"Item": {"pk": {"S": str(number)}, "l": tiny(30_000)}}}


def insert(number: int) -> dict[str, Any]:
    text = f"INSERT INTO {TABLE} VALUE {{'pk': 's{number}', 'l': ?}}"
    return {"Statement": text, "Parameters": [tiny(30_000)]}


BATCHES: dict[str, dict[str, Any]] = {
    "BatchWriteItem": {"RequestItems": {TABLE: [put(number) for number in range(12)]}},
    "BatchExecuteStatement": {"Statements": [insert(number) for number in range(12)]},
}


@pytest.fixture(scope="module")
def server(open_server: RunningServer) -> RunningServer:
    open_server.client().create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return open_server


def call(server: RunningServer, operation: str, body: dict[str, Any]) -> tuple[float, bytes]:
    """How many seconds an answer took, and its body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    data = json.dumps(body).encode()
    began = time.perf_counter()
    target = {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    connection.request("POST", "/", data, {**SENT, **target})
    answer = connection.getresponse().read()
    connection.close()
    return time.perf_counter() - began, answer


@pytest.mark.parametrize("operation", BATCHES)
def test_a_batch_of_items_of_tiny_values(server: RunningServer, operation: str) -> None:
    done: list[tuple[float, bytes]] = []
    batch = threading.Thread(
        target=lambda: done.append(call(server, operation, BATCHES[operation]))
    )
    batch.start()
    waited = [0.0]
    key = {"TableName": TABLE, "Key": {"pk": {"S": "none"}}}
    while batch.is_alive():
        waited.append(call(server, "GetItem", key)[0])
    took, answer = done[0]
    assert b"Error" not in answer
    assert max(waited) < 0.7 * took


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("ExecuteStatement", {"Statement": f"SELECT * FROM {TABLE} WHERE l = ? OR l = ?"}),
        ("PutItem", {"Expected": {"l": {"ComparisonOperator": "IN"}}}),
        ("Scan", {"ScanFilter": {"l": {"ComparisonOperator": "IN"}}}),
    ],
)
def test_values_that_no_attribute_has(
    server: RunningServer, operation: str, members: dict[str, Any]
) -> None:
    """A request may have two megabytes of them, anywhere."""
    values = [{"S": letter * 1_100_000} for letter in "ab"]
    body: dict[str, Any] = {"TableName": TABLE, **members}
    if operation == "ExecuteStatement":
        body = {**members, "Parameters": values}
    else:
        (conditions,) = (each for each in members.values() if isinstance(each, dict))
        conditions["l"]["AttributeValueList"] = values
    if operation == "PutItem":
        body["Item"] = {"pk": {"S": "a"}}
    _, answer = call(server, operation, body)
    assert b"Item size has exceeded the maximum allowed size" in answer


KEYS = [{"pk": {"S": "a"}}]
ROW = {"Get": {"TableName": TABLE, "Key": KEYS[0]}}
FAR_TOO_MANY: dict[str, dict[str, Any]] = {
    "BatchGetItem": {"RequestItems": {TABLE: {"Keys": KEYS * 400_000}}},
    "BatchWriteItem": {"RequestItems": {TABLE: [{"DeleteRequest": {"Key": KEYS[0]}}] * 200_000}},
    "TransactGetItems": {"TransactItems": [ROW] * 150_000},
    "UpdateTable": {
        "TableName": TABLE,
        "GlobalSecondaryIndexUpdates": [
            {"Delete": {"IndexName": f"index{number}"}} for number in range(100_000)
        ],
    },
    "UpdateTable of replicas": {
        "TableName": TABLE,
        "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}] * 200_000,
    },
    "CreateTable": {
        "TableName": "N",  # so that nothing is taken at first sight
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "Tags": [{"Key": f"k{number}", "Value": "v"} for number in range(60_000)],
    },
    "TagResource": {
        "ResourceArn": f"arn:aws:dynamodb:us-east-1:000000000000:table/{TABLE}",
        "Tags": [{"Key": f"k{number}", "Value": "v"} for number in range(60_000)],
    },
    "GetItem": {
        **ROW["Get"],
        "ProjectionExpression": "#0",
        "ExpressionAttributeNames": {f"#{number}": "a" for number in range(60_000)},
    },
    "Query": {
        "TableName": TABLE,
        "KeyConditions": {
            f"k{number}": {"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "1"}]}
            for number in range(30_000)
        },
    },
    "UpdateItem": {
        "TableName": TABLE,
        "Key": KEYS[0],
        "AttributeUpdates": {f"k{number}": {"Value": {"N": "1"}} for number in range(60_000)},
    },
    "ExecuteStatement": {
        "Statement": f"SELECT * FROM {TABLE} WHERE pk = ?",
        "Parameters": [{"N": "1"}] * 200_000,
    },
}


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("operation", FAR_TOO_MANY)
def test_far_more_parts_than_there_may_be(server: RunningServer, operation: str) -> None:
    before = cpu_seconds(server)
    _, answer = call(server, operation.partition(" ")[0], FAR_TOO_MANY[operation])
    assert b"Exception" in answer
    assert len(answer) < 200_000
    assert cpu_seconds(server) - before < 8  # by the processor: others may have it meanwhile


def test_an_update_that_uses_a_long_list_very_often(server: RunningServer) -> None:
    appended = ", ".join(f"a{number} = list_append(:v, :v)" for number in range(140))
    body = {
        "TableName": TABLE, "Key": {"pk": {"S": "often"}}, "UpdateExpression": f"SET {appended}",
        "ExpressionAttributeValues": {":v": {"L": [{"S": ""}] * 100_000}},
    }  # fmt: skip
    before = cpu_seconds(server)
    _, answer = call(server, "UpdateItem", body)
    assert b"Item size to update has exceeded" in answer
    assert cpu_seconds(server) - before < 1.5
