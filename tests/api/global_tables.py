"""A table and its replicas, for tests of global tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.waiting import wait_until

US, EU, AP = "us-east-1", "eu-west-1", "ap-south-1"


class World:
    """The clients of the regions, and a new table for each test."""

    def __init__(self, server: Any, clients: dict[str, Any]) -> None:
        self.server = server
        self.us, self.eu, self.ap = (clients[region] for region in (US, EU, AP))
        self.name = f"cart-{uuid4().hex[:8]}"

    def create(self, client: Any = None, **members: Any) -> None:
        (client or self.us).create_table(
            **{
                "TableName": self.name,
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
                **members,
            }
        )

    def describe(self, client: Any) -> dict[str, Any]:
        table: dict[str, Any] = client.describe_table(TableName=self.name)["Table"]
        return table

    def update(self, client: Any, **members: Any) -> dict[str, Any]:
        answer = client.update_table(TableName=self.name, **members)
        description: dict[str, Any] = answer["TableDescription"]
        return description

    def change(self, client: Any, kind: str, region: str, **members: Any) -> dict[str, Any]:
        update = {kind: {"RegionName": region, **members}}
        return self.update(client, ReplicaUpdates=[update])

    def replicas(self, client: Any) -> dict[str, str]:
        found = self.describe(client).get("Replicas", ())
        return {each["RegionName"]: each["ReplicaStatus"] for each in found}

    def wait(self, client: Any, *regions: str) -> dict[str, Any]:
        """Until these are the replicas, all of them active."""
        expected = dict.fromkeys(regions, "ACTIVE")
        wait_until(lambda: self.replicas(client) == expected)
        return self.describe(client)

    def add(self, client: Any, *regions: str) -> dict[str, Any]:
        for region in regions:
            before = self.replicas(client)
            self.change(client, "Create", region)
            table = self.wait(client, *before, region)
        return table

    def keys(self, client: Any) -> set[str]:
        items = client.scan(TableName=self.name, ConsistentRead=True)["Items"]
        return {item["pk"]["S"] for item in items}

    def put(self, client: Any, *keys: str, **more: Any) -> None:
        for key in keys:
            client.put_item(TableName=self.name, Item={"pk": {"S": key}, **more})


def refused(call: Callable[[], Any], text: str, code: str = "ValidationException") -> None:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, text)
