"""A read with a costly filter does not delay others."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from tests.api.accounts import Account
from tests.servers import RunningServer

LONG = {"pk": {"S": "long"}, "l": {"L": [{"N": "1"}] * 130_000}}
TIMES = 30
TESTS = " OR ".join(f"contains(l, :v{number})" for number in range(TIMES))


@pytest.fixture(scope="module")
def account(open_server: RunningServer) -> Account:
    account = Account(open_server)
    account.admin.create_table(
        TableName="Lists",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(3):
        # Not by boto3, which looks at each of the numbers.
        item = {**LONG, "pk": {"S": f"long{number}"}}
        assert open_server.call("PutItem", {"TableName": "Lists", "Item": item})[0] == 200
    account.admin.put_item(TableName="Lists", Item={"pk": {"S": "short"}})
    return account


def seconds_of(call: Any, **parameters: Any) -> float:
    began = time.perf_counter()
    call(**parameters)
    return time.perf_counter() - began


def test_a_scan_of_many_contains(account: Account) -> None:
    values = {f":v{number}": {"N": str(number + 2)} for number in range(TIMES)}
    took: list[float] = []
    scan = threading.Thread(
        target=lambda: took.append(
            seconds_of(
                account.admin.scan, TableName="Lists", FilterExpression=TESTS,
                ExpressionAttributeValues=values,
            )
        )
    )  # fmt: skip
    other = account.server.client()
    key = {"pk": {"S": "short"}}
    other.get_item(TableName="Lists", Key=key)
    scan.start()
    waited = []
    while scan.is_alive():
        waited.append(seconds_of(other.get_item, TableName="Lists", Key=key))
    scan.join()
    assert took[0] > 0.3, "otherwise this shows nothing"
    assert len(waited) > 10
    assert sorted(waited)[len(waited) * 9 // 10] < took[0] / 5
