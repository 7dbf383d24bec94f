"""Members that count as absent do not hide a partition from policies.

`{"S": "secret", "N": null}` is the text `secret` for every operation, as null and unknown members
count as absent. So a Deny on the partition has to apply to it too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.accounts import Account, allow
from tests.servers import RunningServer
from tests.signing import Draft, exchange

TABLE = "Partitioned"
ODD = ({"N": None}, {"Other": "x"}, {"B": None, "M": None})
Call = Callable[[str, dict[str, Any]], tuple[int, Any]]


@pytest.fixture(scope="module")
def denied(closed_server: RunningServer) -> Call:
    """The calls of a user who may do everything except with the partition `secret`."""
    account = Account(closed_server)
    account.table(TABLE, None)
    account.admin.put_item(TableName=TABLE, Item={"pk": {"S": "secret"}, "v": {"S": "marker"}})
    never = {
        **allow("dynamodb:*"), "Effect": "Deny",
        "Condition": {"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": "secret"}},
    }  # fmt: skip
    access_key, secret_key = account.user("denied-a-partition", allow("dynamodb:*"), never).values()

    def call(operation: str, request: dict[str, Any]) -> tuple[int, Any]:
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        }
        draft = Draft(
            json.dumps(request).encode(), headers, access_key=access_key, secret_key=secret_key
        )
        address = (closed_server.host, closed_server.port)
        status, _, body = exchange(address, draft.signed().bytes())
        return status, json.loads(body)

    return call


def requests(value: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """A request of each kind with this value as its partition key."""
    key = {"pk": value}
    of_table = {"TableName": TABLE}
    get, put = {**of_table, "Key": key}, {**of_table, "Item": key}
    statement = {"Statement": f'SELECT * FROM "{TABLE}" WHERE pk = ?', "Parameters": [value]}
    delete = {**statement, "Statement": f'DELETE FROM "{TABLE}" WHERE pk = ?'}
    insert = {"Statement": f'INSERT INTO "{TABLE}" VALUE ?', "Parameters": [{"M": key}]}
    condition = {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [value]}}
    expression = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": value}}
    return [
        ("GetItem", get),
        ("DeleteItem", get),
        ("UpdateItem", get),
        ("PutItem", put),
        ("Query", {**of_table, "KeyConditions": condition}),
        ("Query", {**of_table, **expression}),
        ("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [key]}}}),
        ("BatchWriteItem", {"RequestItems": {TABLE: [{"DeleteRequest": {"Key": key}}]}}),
        ("BatchWriteItem", {"RequestItems": {TABLE: [{"PutRequest": {"Item": key}}]}}),
        ("TransactGetItems", {"TransactItems": [{"Get": get}]}),
        ("TransactWriteItems", {"TransactItems": [{"Delete": get}]}),
        ("ExecuteStatement", statement),
        ("ExecuteStatement", delete),
        ("ExecuteStatement", insert),
        ("BatchExecuteStatement", {"Statements": [statement]}),
        ("ExecuteTransaction", {"TransactStatements": [delete]}),
    ]


@pytest.mark.parametrize("odd", ODD)
def test_a_denial_is_not_dodged(denied: Call, odd: dict[str, Any]) -> None:
    for value in ({"S": "secret", **odd}, {**odd, "S": "secret"}):
        for operation, request in requests(value):
            status, answer = denied(operation, request)
            assert (status, answer["__type"].rpartition("#")[2]) == (400, "AccessDeniedException")


def test_such_values_are_read_where_policies_allow(denied: Call) -> None:
    for operation, request in requests({"S": "other", "N": None}):
        status, answer = denied(operation, request)
        assert status == 200, (operation, answer)
