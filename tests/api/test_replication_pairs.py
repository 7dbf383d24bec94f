"""Pairs of regions, paused, resumed and delayed through the admin port."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from jedlik.kernel.rounds import POLL_SECONDS
from tests.servers import RunningServer
from tests.waiting import SECONDS, wait_until

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

    def put_held(self, source: Any, target: Any) -> str:
        """Put items until one does not arrive, since a sender takes a moment to notice that its
        pair was paused; returns the key of that item."""

        def held() -> str | None:
            key = f"held {uuid4()}"
            put(source, key)
            return None if arrives(target, key, 0.4) else key

        return wait_until(held)


def put(region: Any, key: str) -> None:
    region.put_item(TableName="cart", Item={"pk": {"S": key}})


def has(region: Any, key: str) -> bool:
    return "Item" in region.get_item(TableName="cart", Key={"pk": {"S": key}})


def arrives(region: Any, key: str, seconds: float = SECONDS) -> bool:
    """Whether an item comes to a region in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if has(region, key):
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
    held = regions.put_held(regions.us, regions.eu)
    regions.call("POST", "/replication/resume", pair)
    assert arrives(regions.eu, held)


def test_a_pair_is_delayed(regions: Regions) -> None:
    regions.call("POST", "/replication/delay", {"to": EU, "milliseconds": 700})

    def is_late() -> bool:
        began = time.monotonic()
        key = f"delayed {began}"
        put(regions.us, key)
        assert arrives(regions.eu, key)
        return time.monotonic() - began >= 0.7

    wait_until(is_late)
    _, answer = regions.call("POST", "/replication/delay", {})
    assert [(each["to"], each["milliseconds"]) for each in answer["pairs"]] == [(EU, 20), (US, 0)]


def test_what_means_nothing_is_refused(regions: Regions) -> None:
    assert regions.call("POST", "/replication/pause", {"to": "ap-south-1"})[0] == 400
    assert regions.call("POST", "/replication/pause", {"into": EU})[0] == 400
    assert regions.call("POST", "/replication/delay", {"milliseconds": -1})[0] == 400
    assert regions.call("GET", f"/replication?from={EU}")[1]["pairs"][0]["to"] == US


def test_what_was_sent_is_measured(regions: Regions) -> None:
    put(regions.us, "measured")
    assert arrives(regions.eu, "measured")

    def measured() -> str:
        with urllib.request.urlopen(regions.admin + "/metrics") as answer:
            text: str = answer.read().decode()
        return text if "replication_latency_seconds_count" in text else ""

    assert "jedlik_dynamo_db_pending_replication_count" in wait_until(measured)


def write_while_cut_off(regions: Regions) -> str:
    """Pause a pair, and write an item; its key, which the other region gets once it is resumed."""
    regions.call("POST", "/replication/pause", {"from": EU, "to": US})
    return regions.put_held(regions.eu, regions.us)


def is_kept_when_the_replica_has_gone(regions: Regions, key: str) -> None:
    """The replica is closed and stays until what was written there has been sent."""
    time.sleep(POLL_SECONDS + 0.2)  # so that the job which would remove it has had its turn
    assert regions.eu.describe_table(TableName="cart")["Table"]["TableStatus"] == "DELETING"
    with pytest.raises(regions.eu.exceptions.ResourceNotFoundException):
        put(regions.eu, "refused")
    with pytest.raises(regions.eu.exceptions.ResourceInUseException):
        regions.eu.delete_table(TableName="cart")
    assert not has(regions.us, key)
    regions.call("POST", "/replication/resume", {"from": EU, "to": US})
    wait_until(lambda: regions.status() is None and not regions.eu.list_tables()["TableNames"])
    assert has(regions.us, key)


def test_a_replica_is_removed_once_it_has_sent_its_last_changes(regions: Regions) -> None:
    key = write_while_cut_off(regions)
    regions.us.update_table(TableName="cart", ReplicaUpdates=[{"Delete": {"RegionName": EU}}])
    assert regions.status() == "DELETING"
    is_kept_when_the_replica_has_gone(regions, key)


def test_a_replica_that_is_deleted_where_it_is_sends_its_last_changes(regions: Regions) -> None:
    regions.replicate()
    key = write_while_cut_off(regions)
    deleted = regions.eu.delete_table(TableName="cart")["TableDescription"]
    assert deleted["TableStatus"] == "DELETING"
    assert regions.status() == "ACTIVE"
    is_kept_when_the_replica_has_gone(regions, key)
