"""Deliberate faults, as programs experience them."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from jedlik.faults.rules import RuleError
from jedlik.testing import LocalServer
from tests.conftest import StartServer
from tests.servers import UNSIGNED, jedlik

ORDERS: dict[str, Any] = {
    "TableName": "orders",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
ONCE = Config(retries={"total_max_attempts": 1})


def item(number: int = 1) -> dict[str, Any]:
    return {"id": {"S": str(number)}}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer() as local:
        local.client().create_table(**ORDERS)
        yield local


@pytest.fixture
def local(server: LocalServer) -> Iterator[LocalServer]:
    with server.rolled_back():
        yield server


@pytest.fixture
def client(local: LocalServer) -> Any:
    return local.client(config=ONCE)


def code_of(call: Any, **given: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**given)
    code: str = caught.value.response["Error"]["Code"]
    return code


def ids(client: Any) -> set[str]:
    return {each["id"]["S"] for each in client.scan(TableName="orders")["Items"]}


def test_an_sdk_tries_again_after_throttling(local: LocalServer) -> None:
    rule = local.fault(operation="PutItem", times=2, throttle=True)
    answer = local.client().put_item(TableName="orders", Item=item())
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert (rule.matched, rule.struck) == (3, 2)
    errors = [each.error for each in local.requests("PutItem")]
    assert errors == ["ProvisionedThroughputExceededException"] * 2 + [None]


def test_a_named_error_and_its_text(local: LocalServer, client: Any) -> None:
    local.fault(table="orders", error="InternalServerError", message="Out of order.")
    with pytest.raises(client.exceptions.InternalServerError, match=r"Out of order\."):
        client.get_item(TableName="orders", Key=item())
    assert client.list_tables()["TableNames"] == ["orders"]


def test_a_connection_that_is_cut_after_the_commit(local: LocalServer, client: Any) -> None:
    local.fault(operation="PutItem", nth=1, drop="after")
    with pytest.raises(ConnectionClosedError):
        client.put_item(TableName="orders", Item=item())
    assert ids(client) == {"1"}
    condition = "attribute_not_exists(id)"
    again = code_of(client.put_item, TableName="orders", Item=item(), ConditionExpression=condition)
    assert again == "ConditionalCheckFailedException"
    assert local.requests("PutItem")[0].error == "ConnectionDropped"


def test_a_token_makes_a_transaction_safe_to_repeat(local: LocalServer) -> None:
    local.fault(operation="TransactWriteItems", nth=1, drop="after")
    update = {"TableName": "orders", "Key": item(), "UpdateExpression": "ADD #n :one",
              "ExpressionAttributeNames": {"#n": "n"},
              "ExpressionAttributeValues": {":one": {"N": "1"}}}  # fmt: skip
    retrying = local.client(config=Config(retries={"total_max_attempts": 3}))
    retrying.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken="t")
    assert len(local.requests("TransactWriteItems")) == 2
    assert retrying.get_item(TableName="orders", Key=item())["Item"]["n"] == {"N": "1"}


def test_a_connection_that_is_cut_before_the_operation(local: LocalServer, client: Any) -> None:
    local.fault(operation="PutItem", nth=1, drop="before")
    with pytest.raises(ConnectionClosedError):
        client.put_item(TableName="orders", Item=item())
    assert ids(client) == set()
    client.put_item(TableName="orders", Item=item(2))


def test_an_answer_that_ends_midway(local: LocalServer) -> None:
    # By hand: boto3 takes the half of an answer for a whole one.
    local.fault(operation="ListTables", drop="midway")
    connection = http.client.HTTPConnection(local.url.removeprefix("http://"))
    headers = {**UNSIGNED, "X-Amz-Target": "DynamoDB_20120810.ListTables"}
    connection.request("POST", "/", b"{}", headers)
    answer = connection.getresponse()
    assert answer.status == 200
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    connection.close()


def test_parts_of_a_batch_are_left(local: LocalServer, client: Any) -> None:
    local.fault(operation="BatchWriteItem", nth=1, unprocessed=0.4)
    puts = [{"PutRequest": {"Item": item(number)}} for number in range(10)]
    answer = client.batch_write_item(RequestItems={"orders": puts}, ReturnConsumedCapacity="TOTAL")
    left = {put["PutRequest"]["Item"]["id"]["S"] for put in answer["UnprocessedItems"]["orders"]}
    assert len(left) == 4
    assert ids(client) == {str(number) for number in range(10)} - left
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 6.0
    client.batch_write_item(RequestItems=answer["UnprocessedItems"])
    assert len(ids(client)) == 10
    local.fault(operation="BatchGetItem", key=item(3), unprocessed=1)
    keys = [item(number) for number in range(10)]
    read = client.batch_get_item(RequestItems={"orders": {"Keys": keys, "ConsistentRead": True}})
    assert read["UnprocessedKeys"] == {"orders": {"Keys": [item(3)], "ConsistentRead": True}}
    assert len(read["Responses"]["orders"]) == 9


def test_a_batch_of_which_nothing_is_left_fails(local: LocalServer, client: Any) -> None:
    local.fault(unprocessed=1)
    put = {"orders": [{"PutRequest": {"Item": item()}}]}
    code = code_of(client.batch_write_item, RequestItems=put)
    assert code == "ProvisionedThroughputExceededException"
    assert ids(client) == set()


def test_transactions_are_cancelled(local: LocalServer, client: Any) -> None:
    writes = [{"Put": {"TableName": "orders", "Item": item(number)}} for number in range(3)]
    rule = local.fault(key=item(1), cancel="TransactionConflict", times=1)
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_write_items(TransactItems=writes)
    reasons = caught.value.response["CancellationReasons"]
    assert [each["Code"] for each in reasons] == ["None", "TransactionConflict", "None"]
    assert reasons[1]["Message"] == "Transaction is ongoing for the item"
    local.fault(cancel=["None", "ConditionalCheckFailed"], times=1)
    text = r"specific reasons \[None, ConditionalCheckFailed, None\]"
    with pytest.raises(client.exceptions.TransactionCanceledException, match=text):
        client.transact_write_items(TransactItems=writes)
    client.transact_write_items(TransactItems=writes)
    client.put_item(TableName="orders", Item=item(1))
    assert rule.matched == 3


def test_delays_add_up(local: LocalServer, client: Any) -> None:
    local.fault(operation="GetItem", delay=20)
    local.fault(table="orders", delay=[20, 25])
    began = time.monotonic()
    client.get_item(TableName="orders", Key=item())
    assert time.monotonic() - began >= 0.04


def test_faults_end_with_the_test_and_cost_nothing_then(server: LocalServer) -> None:
    suite = server._suite
    assert suite is not None
    layers = suite.faults._layers
    before = layers.submit
    with server.rolled_back():
        server.fault(throttle=True)
        assert layers.submit is not before
    assert suite.faults.rules == {}
    assert not suite.faults._in_the_way
    with pytest.raises(RuleError, match="did you mean"):
        server.fault(operation="PutItems", throttle=True)


def test_rules_in_a_file(start_server: StartServer, tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    rules = [{"operation": "ListTables", "probability": 0.5, "error": "ThrottlingException"}]
    file.write_text(json.dumps({"seed": 3, "rules": rules}))
    seen = []
    for _ in range(2):
        server = start_server("--memory", "--faults", str(file), "--latency", "1-2")
        assert "on purpose, by 1 rules" in server.output()
        client = server.client()
        outcomes = []
        for _ in range(12):
            try:
                client.list_tables()
            except client.exceptions.ClientError:
                outcomes.append(False)
            else:
                outcomes.append(True)
        seen.append(outcomes)
    assert seen[0] == seen[1]
    assert set(seen[0]) == {True, False}


@pytest.mark.parametrize(
    ("content", "options", "text"),
    [
        ('{"rules": [{"drop": 1}]}', (), "rule 1: drop must be one of before, after, midway"),
        ("{", (), "is not valid JSON"),
        ('{"rule": []}', (), "A plan has rules, and a seed"),
        ("[]", ("--workers", "2"), "leave out --workers"),
        ("[]", ("--latency", "slow"), "--latency takes service"),
    ],
)
def test_what_a_server_does_not_begin_with(
    tmp_path: Path, content: str, options: tuple[str, ...], text: str
) -> None:
    file = tmp_path / "faults.json"
    file.write_text(content)
    done = jedlik("serve", "--data", tmp_path / "data", "--port", "0", "--faults", file, *options)
    assert done.returncode == 2
    assert text in done.stderr
