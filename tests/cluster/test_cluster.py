"""Three nodes on a primary with a synchronous standby, under load, during failures.

JEDLIK_CLUSTER_OPERATIONS is the least number of operations that the clients do.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import pickle
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jedlik.app.verifying import SERVICES
from jedlik.services.dynamodb.verifying.verification import Verification
from jedlik.storage.postgres.engine import PostgresEngine
from tests.cluster.history import Event, problems
from tests.cluster.load import (
    ACCOUNTS,
    BALANCE,
    REGISTERS,
    TABLE,
    Failed,
    PlainCaller,
    account_key,
    run,
    total,
)
from tests.cluster.wire import Wire
from tests.postgres import PostgresServer, make_directory, remove
from tests.servers import RunningServer, free_port

pytestmark = pytest.mark.cluster

OPERATIONS = int(os.environ.get("JEDLIK_CLUSTER_OPERATIONS", "20000"))
LEASE = 17.0
"""Seconds that are longer than any lease."""
PROCESSES = 2


class Cluster:
    """The databases and the nodes."""

    def __init__(self) -> None:
        self.directories = [make_directory(), make_directory()]
        self.primary = PostgresServer(
            self.directories[0],
            {"synchronous_standby_names": "*", "synchronous_commit": "on", "wal_level": "replica"},
        )
        self.standby = PostgresServer(self.directories[1])
        self.nodes: list[RunningServer] = []
        self.scratch: list[Path] = []

    def start(self, scratch: Path) -> None:
        """Start everything; the third node has wires to the databases that can be cut."""
        # The standby has to be there before anything can be committed.
        self.primary.settings["synchronous_standby_names"] = ""
        self.primary.initialize()
        self.primary.start()
        self.standby.copy_from(self.primary, "standby")
        self.primary.stop()
        self.primary.settings["synchronous_standby_names"] = "*"
        self.primary.start()
        self.standby.start()
        ports = [self.primary.port, self.standby.port]
        self.wires = [Wire(port) for port in ports]
        self.url = url_of(ports)
        urls = [self.url, self.url, url_of([wire.port for wire in self.wires])]
        for number, url in enumerate(urls):
            own = scratch / f"node{number}"
            own.mkdir()
            self.scratch.append(own)
            options = ("--engine", url, "--port", str(free_port()))
            self.nodes.append(RunningServer(own, *options))
            self.nodes[-1].options = options

    def kill_node(self, number: int) -> None:
        """End a node without warning and start it again."""
        self.nodes[number].kill()
        time.sleep(1.0)
        options = self.nodes[number].options
        self.nodes[number] = RunningServer(self.scratch[number], *options)
        self.nodes[number].options = options

    def stop(self) -> None:
        """End everything."""
        for node in self.nodes:
            node.process.send_signal(signal.SIGCONT)
            node.kill()
        for database in (self.primary, self.standby):
            database.kill()
        for directory in self.directories:
            remove(directory)


def url_of(ports: list[int]) -> str:
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return f"postgresql://jedlik@{hosts}/postgres?target_session_attrs=read-write"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster()
    try:
        made.start(tmp_path)
        yield made
    finally:
        made.stop()


def calling(node: RunningServer) -> Any:
    """A caller of a node, closed at the end."""
    return contextlib.closing(PlainCaller(node.port))


def prepare(caller: Any) -> None:
    """Make the table with its accounts, and another one whose items expire."""
    caller.call(
        "CreateTable",
        {
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "mark")
            ],
            "GlobalSecondaryIndexes": [index("by-mark")],
        },
    )
    for number in range(ACCOUNTS):
        item = {**account_key(number), "balance": {"N": str(BALANCE)}}
        caller.call("PutItem", {"TableName": TABLE, "Item": item})


def index(name: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": "mark", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def patiently(call: Callable[[], Any], seconds: float = 30.0) -> Any:
    """A call's result, once it succeeds."""
    end = time.monotonic() + seconds
    while True:
        try:
            return call()
        except Failed:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def wait_for(done: Any, operations: int) -> None:
    """Return when the clients have done that many more operations."""
    goal = done.value + operations
    end = time.monotonic() + 60 + operations / 50
    while done.value < goal:
        assert time.monotonic() < end, f"{goal - done.value} of {operations} are missing"
        time.sleep(0.05)


def break_things(cluster: Cluster, done: Any, part: int) -> None:
    """All failures, with `part` operations between them."""
    wait_for(done, part)
    cluster.kill_node(1)
    wait_for(done, part)
    # An index is to be filled in while nodes come and go.
    with calling(cluster.nodes[0]) as caller:
        patiently(
            lambda: caller.call(
                "UpdateTable",
                {
                    "TableName": TABLE,
                    "AttributeDefinitions": [{"AttributeName": "mark", "AttributeType": "S"}],
                    "GlobalSecondaryIndexUpdates": [{"Create": index("by-mark-too")}],
                },
            )
        )
    for wire in cluster.wires:
        wire.cut()
    time.sleep(9)
    for wire in cluster.wires:
        wire.mend()
    wait_for(done, part)
    stopped = cluster.nodes[1].process
    stopped.send_signal(signal.SIGSTOP)
    time.sleep(LEASE)
    stopped.send_signal(signal.SIGCONT)
    wait_for(done, part)
    cluster.primary.kill()
    cluster.standby.promote()
    wait_for(done, part)
    cluster.kill_node(0)
    wait_for(done, part)


def test_nothing_is_lost_and_nothing_is_half_done(cluster: Cluster, tmp_path: Path) -> None:
    with calling(cluster.nodes[0]) as caller:
        prepare(caller)
    context = multiprocessing.get_context("spawn")
    stop, done = context.Event(), context.Value("q", 0)
    ports = [node.port for node in cluster.nodes]
    results = [tmp_path / f"result{number}" for number in range(PROCESSES)]
    clients = [
        context.Process(target=run, args=(f"client{number}-", ports, stop, done, result))
        for number, result in enumerate(results)
    ]
    for client in clients:
        client.start()
    try:
        break_things(cluster, done, OPERATIONS // 6)
        if done.value < OPERATIONS:
            wait_for(done, OPERATIONS - done.value)
    finally:
        stop.set()
        for client in clients:
            client.join(60)
            client.kill()
    events: list[Event] = []
    found: list[str] = []
    failures: Counter[str] = Counter()
    for result in results:
        of_process = pickle.loads(result.read_bytes())
        events += of_process[0]
        found += of_process[1]
        failures.update(of_process[2])
    with calling(cluster.nodes[2]) as caller:
        final = {
            number: patiently(lambda n=number: register(caller, n)) for number in range(REGISTERS)
        }
        found += problems(events, final)
        if (balance := patiently(lambda: total(caller))) != ACCOUNTS * BALANCE:
            found.append(f"the accounts hold {balance}")
    found += asyncio.run(verified(cluster.url))
    print(f"{len(events)} operations recorded, {sum(failures.values())} failed")
    for failure, count in failures.most_common(8):
        print(f"{count:6} {failure}")
    assert found == [], found[:20]
    assert done.value >= OPERATIONS


def register(caller: Any, number: int) -> int:
    key = {"pk": {"S": f"register{number}"}}
    answer = caller.call("GetItem", {"TableName": TABLE, "Key": key, "ConsistentRead": True})
    return int(answer.get("Item", {"n": {"N": "0"}})["n"]["N"])


async def verified(url: str) -> list[str]:
    """The findings of `jedlik verify`, once the nodes are idle."""
    engine = PostgresEngine(url)
    found: list[str] = []
    summary = await Verification(
        engine,
        lambda finding: found.append(f"{finding.place}: {finding.problem}"),
        services=SERVICES,
    ).run()
    await engine.close()
    assert summary.keys > REGISTERS
    return found
