"""Three regions on three servers, all written to, while servers are killed and connections cut.

JEDLIK_REGION_WRITES is the least number of writes that the clients do. All run on one machine, so
there is one clock: of two writes of an item the one that began after the other was answered is the
later one, and must not lose to it. Once everything is repaired, the regions have the same items.
"""

from __future__ import annotations

import itertools
import math
import os
import random
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from jedlik.auth.signing import SigningCredentials
from jedlik.kernel.remote.client import DYNAMODB, RemoteClient, RemoteError, Unreachable
from tests.certificates import make
from tests.cluster.wire import Wire
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer, free_port

pytestmark = pytest.mark.cluster

WRITES = int(os.environ.get("JEDLIK_REGION_WRITES", "20000"))
NAMES = ("ap-south-1", "eu-west-1", "us-east-1")
TABLE = "cart"
KEYS = 400
ITEMS_A_CALL = 20
CLIENTS_A_REGION = 2
SETTLING = 180.0
CLOCK_GRAIN = 0.002
"""Seconds by which two processes of one machine may read its clock differently, and versions of an
item be ahead of it."""


class Write(NamedTuple):
    """A write of an item: its value (None deletes), and when it began and was answered (seconds
    since the epoch; never, if no one knows whether it was done)."""

    value: str | None
    began: float
    answered: float


class Regions:
    """The servers, each behind wires of its own to the others."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.ports = {name: free_port() for name in NAMES}
        self.certificate, self.trust = make(scratch / "tls")
        self.wires = {
            (origin, target): Wire(self.ports[target])
            for origin, target in itertools.permutations(NAMES, 2)
        }
        self.servers = {name: self.start(name) for name in NAMES}

    def start(self, name: str) -> RunningServer:
        """Start a region's server on its data."""
        peers = [
            part
            for other in NAMES
            if other != name
            for part in ("--peer", f"{other}=https://127.0.0.1:{self.wires[name, other].port}")
        ]
        place = self.scratch / name
        place.mkdir(exist_ok=True)
        return RunningServer(
            place,
            *("--data", place / "data", "--port", str(self.ports[name]), "--region", name),
            *("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY),
            *("--tls-cert", self.certificate, "--peer-ca", self.trust, *peers),
            trust=self.trust,
        )

    def caller(self, name: str) -> RemoteClient:
        """Calls a region's server, wherever its process is."""
        url = f"https://127.0.0.1:{self.ports[name]}"
        credentials = SigningCredentials(ACCESS_KEY, SECRET_KEY)
        trusted = ssl.create_default_context(cafile=str(self.trust))
        return RemoteClient(DYNAMODB, url, name, credentials, trusted)

    def create(self) -> None:
        """Make the table in one region, and replicas of it in the others."""
        caller = self.caller(NAMES[0])
        caller.call(
            "CreateTable",
            {
                "TableName": TABLE,
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        )
        for name in NAMES[1:]:
            update = [{"Create": {"RegionName": name}}]
            caller.call("UpdateTable", {"TableName": TABLE, "ReplicaUpdates": update})
            end = time.monotonic() + 60
            while not self._is_active(caller, name):
                assert time.monotonic() < end, f"{name} does not become active"
                time.sleep(0.1)
        caller.close()

    @staticmethod
    def _is_active(caller: RemoteClient, name: str) -> bool:
        replicas = caller.call("DescribeTable", {"TableName": TABLE})["Table"].get("Replicas", ())
        return any(
            each["RegionName"] == name and each["ReplicaStatus"] == "ACTIVE" for each in replicas
        )

    def items(self, name: str) -> dict[str, str]:
        """The items of a region."""
        caller = self.caller(name)
        found: dict[str, str] = {}
        request: dict[str, Any] = {"TableName": TABLE, "ConsistentRead": True}
        while True:
            page = caller.call("Scan", request)
            found |= {item["pk"]["S"]: item["v"]["S"] for item in page["Items"]}
            if "LastEvaluatedKey" not in page:
                caller.close()
                return found
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def close(self) -> None:
        for server in self.servers.values():
            server.kill()


class Client(threading.Thread):
    """Writes items in one region until enough was written; records its writes of each."""

    def __init__(self, regions: Regions, name: str, number: int, enough: threading.Event) -> None:
        super().__init__(daemon=True)
        self._caller = regions.caller(name)
        self._who = f"{name}/{number}"
        self._random = random.Random(self._who)
        self._enough = enough
        self.written: dict[str, list[Write]] = {}
        self.answered = 0

    def run(self) -> None:
        for number in itertools.count():
            if self._enough.is_set():
                break
            keys = self._random.sample(range(KEYS), ITEMS_A_CALL)
            self._write({f"item-{key}": f"{self._who}/{number}" for key in keys})
        self._caller.close()

    def _write(self, values: dict[str, str]) -> None:
        requests = []
        given: dict[str, str | None] = {}
        for key, value in values.items():
            deleted = self._random.random() < 0.2
            given[key] = None if deleted else value
            item = {"pk": {"S": key}, "v": {"S": value}}
            requests.append(
                {"DeleteRequest": {"Key": {"pk": {"S": key}}}}
                if deleted
                else {"PutRequest": {"Item": item}}
            )
        began = time.time()
        try:
            answer = self._caller.call("BatchWriteItem", {"RequestItems": {TABLE: requests}})
            assert not answer["UnprocessedItems"]
            answered = time.time()
            self.answered += len(requests)
        except (RemoteError, Unreachable):
            answered = math.inf
            time.sleep(0.1)
        for key, value in given.items():
            self.written.setdefault(key, []).append(Write(value, began, answered))


@pytest.fixture
def regions(tmp_path: Path) -> Iterator[Regions]:
    regions = Regions(tmp_path)
    yield regions
    regions.close()


def break_things(regions: Regions, chance: random.Random) -> str:
    """Kill a server or cut a connection, and repair it a moment later. Returns what was broken."""
    if chance.random() < 0.5:
        name = chance.choice(NAMES)
        regions.servers[name].kill()
        time.sleep(chance.uniform(0.1, 1.0))
        regions.servers[name] = regions.start(name)
        return f"killed {name}"
    way = chance.choice([*regions.wires])
    regions.wires[way].cut()
    time.sleep(chance.uniform(0.5, 4.0))
    regions.wires[way].mend()
    return f"cut the way from {way[0]} to {way[1]}"


def test_nothing_is_lost_but_to_a_later_writer(regions: Regions) -> None:
    regions.create()
    enough = threading.Event()
    clients = [
        Client(regions, name, number, enough)
        for name in NAMES
        for number in range(CLIENTS_A_REGION)
    ]
    for client in clients:
        client.start()
    chance = random.Random(20261129)
    broken = []
    while (done := sum(client.answered for client in clients)) < WRITES:
        assert all(client.is_alive() for client in clients)
        broken.append(break_things(regions, chance))
        time.sleep(0.5)
    enough.set()
    for client in clients:
        client.join(60)
    started = time.monotonic()
    held = [regions.items(name) for name in NAMES]
    while held[1:] != held[:-1]:
        assert time.monotonic() - started < SETTLING, "the regions do not become equal"
        time.sleep(0.25)
        held = [regions.items(name) for name in NAMES]
    print(f"{done} writes; {', '.join(broken)}; equal after {time.monotonic() - started:.1f} s")
    unsure = 0
    for key in {key for client in clients for key in client.written}:
        writes = [write for client in clients for write in client.written.get(key, ())]
        unsure += sum(write.answered == math.inf for write in writes)
        check(key, held[0].get(key), writes)
    print(f"{unsure} writes without an answer")


def test_a_write_that_was_lost_is_found() -> None:
    first, later = Write("first", 1.0, 2.0), Write("later", 3.0, 4.0)
    check("item", "later", [first, later])
    check("item", "first", [first, later._replace(began=1.5)])
    check("item", "first", [first, later._replace(answered=math.inf)])
    for value in ("first", None, "other"):
        with pytest.raises(AssertionError):
            check("item", value, [first, later])


def check(key: str, value: str | None, writes: list[Write]) -> None:
    """Check that an item's value was written, and by no write after whose answer another one
    began."""
    of_value = [write for write in writes if write.value == value]
    assert of_value or value is None, f"{key} is {value}, which was never written"
    latest = max((write.began for write in writes if write.answered < math.inf), default=-math.inf)
    end = max((write.answered for write in of_value), default=-math.inf)
    assert latest <= end + CLOCK_GRAIN, f"{key} is {value}, and a later write of it was lost"
