"""Pairs of regions, paused, resumed and delayed through the admin port."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import RunningServer
from tests.waiting import wait_until

US, EU = "us-east-1", "eu-west-1"


class Regions:
    """A server with two regions, and a table with a replica."""

    def __init__(self, scratch: Path) -> None:
        port_file = scratch / "admin"
        self.server = RunningServer(
            scratch,
            *("--memory", "--regions", f"{US},{EU}", "--replication-delay", f"{EU}=20ms"),
            *("--admin-port", "0", "--admin-port-file", port_file),
        )
        self.admin = f"http://127.0.0.1:{port_file.read_text().strip()}"
        self.us, self.eu = (self.server.client_in(region) for region in (US, EU))
        self.us.create_table(
            TableName="cart",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.replicate()

    def replicate(self) -> None:
        """Add the replica, and wait until it is active."""
        self.us.update_table(TableName="cart", ReplicaUpdates=[{"Create": {"RegionName": EU}}])
        wait_until(lambda: self.status() == "ACTIVE")

    def status(self) -> str | None:
        replicas = self.us.describe_table(TableName="cart")["Table"].get("Replicas") or [{}]
        status: str | None = replicas[0].get("ReplicaStatus")
        return status

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.admin + path, data, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def arrives(self, key: str, seconds: float) -> bool:
        """Whether an item comes to the other region in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if "Item" in self.eu.get_item(TableName="cart", Key={"pk": {"S": key}}):
                return True
            time.sleep(0.01)
        return False


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Regions]:
    regions = Regions(tmp_path_factory.mktemp("pairs"))
    yield regions
    assert regions.server.stop() == 0, regions.server.log()


def test_a_pair_is_paused_and_resumed(regions: Regions) -> None:
    pair = {"from": US, "to": EU}
    status, answer = regions.call("POST", "/replication/pause", pair)
    assert status == 200
    assert answer == {"pairs": [{**pair, "paused": True, "milliseconds": 20}]}
    time.sleep(0.15)
    regions.us.put_item(TableName="cart", Item={"pk": {"S": "paused"}})
    assert not regions.arrives("paused", 0.4)
    regions.call("POST", "/replication/resume", pair)
    assert regions.arrives("paused", 5.0)


def test_a_pair_is_delayed(regions: Regions) -> None:
    regions.call("POST", "/replication/delay", {"to": EU, "milliseconds": 700})
    time.sleep(0.15)
    began = time.monotonic()
    regions.us.put_item(TableName="cart", Item={"pk": {"S": "delayed"}})
    assert regions.arrives("delayed", 5.0)
    assert time.monotonic() - began >= 0.7
    _, answer = regions.call("POST", "/replication/delay", {})
    assert [(each["to"], each["milliseconds"]) for each in answer["pairs"]] == [(EU, 20), (US, 0)]


def test_what_means_nothing_is_refused(regions: Regions) -> None:
    assert regions.call("POST", "/replication/pause", {"to": "ap-south-1"})[0] == 400
    assert regions.call("POST", "/replication/pause", {"into": EU})[0] == 400
    assert regions.call("POST", "/replication/delay", {"milliseconds": -1})[0] == 400
    assert regions.call("GET", f"/replication?from={EU}")[1]["pairs"][0]["to"] == US


def test_what_was_sent_is_measured(regions: Regions) -> None:
    regions.us.put_item(TableName="cart", Item={"pk": {"S": "measured"}})
    assert regions.arrives("measured", 5.0)

    def measured() -> str:
        with urllib.request.urlopen(regions.admin + "/metrics") as answer:
            text: str = answer.read().decode()
        return text if "replication_latency_seconds_count" in text else ""

    assert "jedlik_dynamo_db_pending_replication_count" in wait_until(measured)


def write_while_cut_off(regions: Regions, key: str) -> None:
    """Write an item that the other region does not get before the pair is resumed."""
    regions.call("POST", "/replication/pause", {"from": EU, "to": US})
    time.sleep(0.2)  # a sender looks at its pair ten times a second
    regions.eu.put_item(TableName="cart", Item={"pk": {"S": key}})


def is_kept_when_the_replica_has_gone(regions: Regions, key: str) -> None:
    """The replica is closed and stays until what was written there has been sent."""
    time.sleep(1.2)  # longer than jobs are looked for
    assert regions.eu.describe_table(TableName="cart")["Table"]["TableStatus"] == "DELETING"
    with pytest.raises(regions.eu.exceptions.ResourceNotFoundException):
        regions.eu.put_item(TableName="cart", Item={"pk": {"S": "refused"}})
    with pytest.raises(regions.eu.exceptions.ResourceInUseException):
        regions.eu.delete_table(TableName="cart")
    assert "Item" not in regions.us.get_item(TableName="cart", Key={"pk": {"S": key}})
    regions.call("POST", "/replication/resume", {"from": EU, "to": US})
    wait_until(lambda: regions.status() is None and not regions.eu.list_tables()["TableNames"])
    assert "Item" in regions.us.get_item(TableName="cart", Key={"pk": {"S": key}})


def test_a_replica_is_removed_once_it_has_sent_its_last_changes(regions: Regions) -> None:
    write_while_cut_off(regions, "before the removal")
    regions.us.update_table(TableName="cart", ReplicaUpdates=[{"Delete": {"RegionName": EU}}])
    assert regions.status() == "DELETING"
    is_kept_when_the_replica_has_gone(regions, "before the removal")


def test_a_replica_that_is_deleted_where_it_is_sends_its_last_changes(regions: Regions) -> None:
    regions.replicate()
    write_while_cut_off(regions, "before the deletion")
    deleted = regions.eu.delete_table(TableName="cart")["TableDescription"]
    assert deleted["TableStatus"] == "DELETING"
    assert regions.status() == "ACTIVE"
    is_kept_when_the_replica_has_gone(regions, "before the deletion")
