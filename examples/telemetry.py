"""Readings of devices: a time series that expires (`jedlik model example telemetry`).

A day of a device is an item collection, so no partition key grows for ever and none is hot: each
device has its own. Alarms of all devices are asked for together, and their index is over shards.
"""

from __future__ import annotations

from typing import Any

from boto3.dynamodb.conditions import Key
from loading import ask, show
from modelled import did, open_model


def expire_by(table: Any, attribute: str) -> None:
    """Have items expire; said once, as the service refuses to hear it twice."""
    client = table.meta.client
    found = client.describe_time_to_live(TableName=table.name)["TimeToLiveDescription"]
    if found["TimeToLiveStatus"] == "DISABLED":
        wanted = {"AttributeName": attribute, "Enabled": True}
        client.update_time_to_live(TableName=table.name, TimeToLiveSpecification=wanted)


def main() -> None:
    """Load the sample data, store a reading, and ask what a monitor asks."""
    table = open_model("telemetry", "Telemetry of devices")
    expire_by(table, "expires")
    did("Readings expire by their attribute expires, thirty days after they were made.")

    day = "READING#d1#2026-11-28"
    items, units = ask(
        table,
        KeyConditionExpression=Key("PK").eq(day) & Key("SK").between("10:00:00", "10:01:59"),
    )
    show("Two minutes of a device", "Query", items, ("SK", "celsius"), units)
    items, units = ask(
        table, KeyConditionExpression=Key("PK").eq(day), ScanIndexForward=False, Limit=1
    )
    show("Its readings, newest first", "Query, backwards", items, ("SK", "celsius"), units)
    items, units = ask(
        table,
        IndexName="alarms",
        KeyConditionExpression=Key("GSI1PK").eq("ALARM#3"),
        ScanIndexForward=False,
    )
    show("Alarms of a shard", "Query of an index", items, ("GSI1SK", "celsius"), units)


if __name__ == "__main__":
    main()
