"""Many long statements in one request do not delay others until all of them are parsed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.accounts import Account, allow
from tests.servers import RunningServer

TABLE = "Stated"
LONG = " AND ".join(f"b <> {number}" for number in range(560))


def transaction(word: str) -> dict[str, Any]:
    """Statements of some 7,000 characters that no server has cached."""
    statements = [
        {"Statement": f"SELECT * FROM {TABLE} WHERE pk = '{word}{number}' AND sk = 's' AND {LONG}"}
        for number in range(60)
    ]
    return {"TransactStatements": statements}


@pytest.fixture(scope="module")
def account(closed_server: RunningServer) -> Account:
    account = Account(closed_server)
    account.table(TABLE)
    return account


@pytest.fixture(scope="module")
def callers(account: Account) -> dict[str, Any]:
    own = {
        **allow("dynamodb:*"),
        "Condition": {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "own*"}},
    }
    denied = account.user("stated-elsewhere", allow("dynamodb:GetItem"))
    return {
        "administrator": account.admin,
        "of a partition": account.client(account.user("stated-own", own)),
        "denied": account.client(denied),
    }


def waits_during(call: Callable[[], None], other: Any) -> list[float]:
    """How long reads of an item took during a call, in seconds."""
    key = {"pk": {"S": "none"}, "sk": {"S": "none"}}
    other.get_item(TableName=TABLE, Key=key)
    long = threading.Thread(target=call)
    long.start()
    waits = []
    while long.is_alive():
        began = time.perf_counter()
        other.get_item(TableName=TABLE, Key=key)
        waits.append(time.perf_counter() - began)
    return waits


@pytest.mark.parametrize("caller", ["administrator", "of a partition"])
def test_a_transaction_of_long_statements(
    account: Account, callers: dict[str, Any], caller: str
) -> None:
    def call() -> None:
        with pytest.raises(callers[caller].exceptions.ClientError, match="where clause"):
            callers[caller].execute_transaction(**transaction(f"own {caller}"))

    waits = waits_during(call, account.server.client())
    assert len(waits) > 30
    assert sorted(waits)[len(waits) * 9 // 10] < 0.1


def test_statements_after_one_that_is_denied_are_not_read(
    account: Account, callers: dict[str, Any]
) -> None:
    began = time.perf_counter()
    with pytest.raises(callers["denied"].exceptions.ClientError, match="AccessDenied"):
        callers["denied"].execute_transaction(**transaction("denied"))
    assert time.perf_counter() - began < 0.5
