"""PartiQL cannot evade a Deny on what a write may return of an item."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.accounts import Account, allow
from tests.servers import RunningServer

KEY = {"pk": {"S": "p"}}
WHERE = "WHERE pk = 'p'"


@pytest.fixture(scope="module")
def writer(closed_server: RunningServer) -> Any:
    """A user who may write, but not see earlier values."""
    account = Account(closed_server)
    account.admin.create_table(
        TableName="Secrets",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    account.admin.put_item(TableName="Secrets", Item={**KEY, "secret": {"S": "marker"}})
    denied = {
        **allow("dynamodb:*"), "Effect": "Deny",
        "Condition": {"ForAnyValue:StringNotEquals": {"dynamodb:ReturnValues": "NONE"}},
    }  # fmt: skip
    actions = ("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "PartiQL*")
    keys = account.user("writer", allow(*(f"dynamodb:{each}" for each in actions)), denied)
    return account.client(keys)


@pytest.mark.parametrize(
    "statement",
    [
        f'UPDATE "Secrets" SET a = 1 {WHERE} RETURNING ALL OLD *',
        f'UPDATE "Secrets" SET a = 1 {WHERE} RETURNING MODIFIED NEW *',
        f'DELETE FROM "Secrets" {WHERE} RETURNING ALL OLD *',
    ],
)
def test_returning_needs_the_permission_to_read(writer: Any, statement: str) -> None:
    for call, request in (
        (writer.execute_statement, {"Statement": statement}),
        (writer.batch_execute_statement, {"Statements": [{"Statement": statement}]}),
    ):
        with pytest.raises(ClientError, match="with an explicit deny"):
            call(**request)


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE \"Secrets\" SET a = 1 {WHERE} AND secret = 'other'",
        f"DELETE FROM \"Secrets\" {WHERE} AND secret = 'other'",
    ],
)
def test_items_that_conditions_refused(writer: Any, statement: str) -> None:
    shows = {"Statement": statement, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    for call, request in (
        (writer.execute_statement, shows),
        (writer.execute_transaction, {"TransactStatements": [shows]}),
        (writer.batch_execute_statement, {"Statements": [shows]}),
    ):
        with pytest.raises(ClientError) as refused:
            call(**request)
        assert "marker" not in str(refused.value.response)
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_writes_that_return_nothing(writer: Any) -> None:
    writer.execute_statement(Statement=f'UPDATE "Secrets" SET a = 1 {WHERE}')
    writer.update_item(
        TableName="Secrets", Key=KEY, UpdateExpression="SET b = :b",
        ExpressionAttributeValues={":b": {"S": "b"}},
    )  # fmt: skip
