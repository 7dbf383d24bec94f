"""TTL over the wire, with boto3."""

from __future__ import annotations

import time
from typing import Any

from tests.api.making import invalid, make, put_all
from tests.waiting import wait_until


def enable(dynamodb: Any, table: str, enabled: bool = True) -> Any:
    specification = {"Enabled": enabled, "AttributeName": "ttl"}
    return dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)


def keys(dynamodb: Any, table: str) -> set[str]:
    return {item["pk"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}


def test_items_expire_within_seconds(dynamodb):
    table = make(dynamodb)
    now = int(time.time())
    put_all(dynamodb, table, [{"pk": {"S": f"old {n}"}, "ttl": {"N": str(now)}} for n in range(60)])
    answer = enable(dynamodb, table)
    assert answer["TimeToLiveSpecification"] == {"Enabled": True, "AttributeName": "ttl"}
    described = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    put_all(
        dynamodb,
        table,
        [
            {"pk": {"S": "soon"}, "ttl": {"N": str(now + 1)}},
            {"pk": {"S": "later"}, "ttl": {"N": str(now + 3600)}},
            {"pk": {"S": "text"}, "ttl": {"S": str(now - 9)}},
            {"pk": {"S": "ancient"}, "ttl": {"N": str(now - 6 * 365 * 86400)}},
        ],
    )
    wait_until(lambda: keys(dynamodb, table) == {"later", "text", "ancient"})
    assert dynamodb.describe_table(TableName=table)["Table"]["ItemCount"] == 3


def test_errors_of_time_to_live(dynamodb):
    table = make(dynamodb)
    request = {"TableName": table}
    on = {"Enabled": True, "AttributeName": "ttl"}
    enable(dynamodb, table)
    told = invalid(dynamodb.update_time_to_live, **request, TimeToLiveSpecification=on)
    assert told == "TimeToLive is already enabled"
    other = {"Enabled": True, "AttributeName": "other"}
    told = invalid(dynamodb.update_time_to_live, **request, TimeToLiveSpecification=other)
    assert told == (
        "TimeToLive is active on a different AttributeName: current AttributeName is ttl"
    )
    enable(dynamodb, table, enabled=False)
    off = {"Enabled": False, "AttributeName": "ttl"}
    told = invalid(dynamodb.update_time_to_live, **request, TimeToLiveSpecification=off)
    assert told == "TimeToLive is already disabled"
