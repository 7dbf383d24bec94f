"""Throttling as clients experience it: SDKs that retry, a server of several workers, a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.control_plane import attributes, index, provisioned, units
from tests.postgres import shared_server
from tests.servers import RunningServer

CAPACITY = 40


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    scratch = tmp_path_factory.mktemp("throttling")
    server = RunningServer(
        scratch, "--data", scratch / "data", "--capacity", "enforced", "--workers", "2"
    )
    yield server
    server.kill()


def impatient(server: RunningServer) -> Any:
    """A client that never retries."""
    return server.client()


def make(client: Any, name: str, write: int) -> None:
    client.create_table(**provisioned(name, ProvisionedThroughput=units(write, write)))


def put_a_hundred(client: Any, table: str) -> None:
    for _ in range(100):
        client.put_item(TableName=table, Item={"pk": {"S": "a"}})


class Load:
    """How steady a load was: the number of seconds with refusals, and the longest time of an
    answer."""

    def __init__(self) -> None:
        self.refused: set[int] = set()
        self.longest = 0.0

    @property
    def is_steady(self) -> bool:
        """Whether more was requested throughout the ten seconds, and answered in time. If the
        machine was too busy for that, the figures say nothing about the server."""
        return len(self.refused) >= 10 and self.longest < 0.5


def spend(client: Any, table: str, end: float, load: Load) -> int:
    """Write as fast as possible until a moment; returns the number of admitted writes.

    It pauses after refusals, so that a small machine has time for clients and servers.
    """
    count = 0
    while True:
        asked = time.monotonic()
        try:
            client.put_item(TableName=table, Item={"pk": {"S": "a"}})
            admitted = 1
        except client.exceptions.ProvisionedThroughputExceededException:
            admitted = 0
            load.refused.add(int(asked))
            time.sleep(0.02)
        load.longest = max(load.longest, time.monotonic() - asked)
        if time.monotonic() >= end:
            return count
        count += admitted


def test_the_error_as_boto3_has_it(server: RunningServer) -> None:
    client = impatient(server)
    make(client, "shown", 1)
    with pytest.raises(client.exceptions.ProvisionedThroughputExceededException) as raised:
        put_a_hundred(client, "shown")
    assert raised.value.response["ThrottlingReasons"] == [
        {
            "reason": "TableWriteProvisionedThroughputExceeded",
            "resource": "arn:aws:dynamodb:us-east-1:000000000000:table/shown",
        }
    ]
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("mode", ["standard", "adaptive"])
def test_retries_succeed(server: RunningServer, mode: str) -> None:
    client = server.client(retries={"mode": mode, "max_attempts": 12})
    make(client, f"retried-{mode}", 5)
    retried = 0
    for number in range(20):
        answer = client.put_item(TableName=f"retried-{mode}", Item={"pk": {"S": str(number)}})
        retried += answer["ResponseMetadata"]["RetryAttempts"]
    assert client.scan(TableName=f"retried-{mode}")["Count"] == 20
    assert retried > 0


class Spending:
    """Clients of one server, or of several nodes, that request more than a table's capacity."""

    def __init__(self, servers: Sequence[RunningServer], table: str) -> None:
        # Each client has a connection of its own, and so perhaps another worker.
        self._clients = [impatient(server) for server in servers for _ in range(6 // len(servers))]
        self._table = table
        self._counts: list[int] = []
        self.load = Load()
        make(self._clients[0], table, CAPACITY)

    def threads(self, start: float) -> list[threading.Thread]:
        """Threads that spend from now on, and count for ten seconds from `start` on."""
        return [
            threading.Thread(target=self._run, args=(client, start)) for client in self._clients
        ]

    def _run(self, client: Any, start: float) -> None:
        spend(client, self._table, start, Load())  # what was saved, and credit
        self._counts.append(spend(client, self._table, start + 10.0, self.load))

    @property
    def admitted(self) -> int:
        return sum(self._counts)


def spent(places: Sequence[Sequence[RunningServer]], table: str) -> list[Spending]:
    """The number of writes admitted in ten seconds, at several servers at the same time."""
    spending = [Spending(servers, table) for servers in places]
    start = time.monotonic() + 3.0
    threads = [thread for each in spending for thread in each.threads(start)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return spending


@pytest.mark.slow
def test_processes_together_admit_what_is_provisioned(tmp_path: Path) -> None:
    """One worker, four workers and three nodes, at the same time: within 5% in one of three rounds.

    If other work delays a client or a server, their ten seconds differ, so single rounds may
    deviate by more; budgets that did not agree would deviate in every round.
    """
    engine = shared_server().new_schema()
    started: list[RunningServer] = []
    try:
        for name in ("worker", "workers", "a", "b", "c"):
            scratch = tmp_path / name
            scratch.mkdir()
            options = {
                "worker": ("--memory",), "workers": ("--data", scratch / "data", "--workers", "4"),
            }.get(name, ("--engine", engine))  # fmt: skip
            started.append(RunningServer(scratch, *options, "--capacity", "enforced"))
        worker, workers, *nodes = started
        missed = []
        for table in ("first", "second", "third"):
            spending = spent(([worker], [workers], nodes), table)
            admitted = [each.admitted for each in spending]
            assert max(admitted) <= 15 * CAPACITY
            if admitted == pytest.approx([10 * CAPACITY] * 3, rel=0.05):
                return
            if all(each.load.is_steady for each in spending):
                missed.append(admitted)
        if not missed:
            pytest.skip("this machine is too busy for a steady load")
        pytest.fail(f"{10 * CAPACITY} units were provisioned, and {missed} admitted")
    finally:
        for server in started:
            server.kill()


def test_by_default_nothing_is_throttled(running_server: RunningServer) -> None:
    """By default capacity is only counted, however little is provisioned."""
    client = running_server.client()
    by_g = index("by-g", "g", ProvisionedThroughput=units(1, 1))
    request = provisioned(
        "barely", ProvisionedThroughput=units(1, 1), GlobalSecondaryIndexes=[by_g],
        AttributeDefinitions=attributes("pk", "g"),
    )  # fmt: skip
    client.create_table(**request)
    item = {"pk": {"S": "a"}, "g": {"S": "g"}, "text": {"S": "x" * 100_000}}
    put = {"PutRequest": {"Item": item}}
    for _ in range(20):
        client.put_item(TableName="barely", Item=item)
        assert not client.batch_write_item(RequestItems={"barely": [put]})["UnprocessedItems"]
        client.transact_write_items(TransactItems=[{"Put": {"TableName": "barely", "Item": item}}])
        client.scan(TableName="barely", ConsistentRead=True)
    metrics = running_server.client("cloudwatch").list_metrics(
        Namespace="AWS/DynamoDB", Dimensions=[{"Name": "TableName", "Value": "barely"}]
    )["Metrics"]
    names = {each["MetricName"] for each in metrics}
    assert "ConsumedWriteCapacityUnits" in names
    assert not [name for name in names if "Throttle" in name]


def test_a_restart_forgets_no_debt(tmp_path: Path) -> None:
    options = ("--data", tmp_path / "data", "--capacity", "enforced")
    server = RunningServer(tmp_path, *options)
    client = impatient(server)
    make(client, "owing", 2)
    client.put_item(TableName="owing", Item={"pk": {"S": "a"}, "text": {"S": "x" * 300_000}})
    server.stop()
    server = RunningServer(tmp_path, *options)
    client = impatient(server)
    codes = set()
    for _ in range(10):
        try:
            client.put_item(TableName="owing", Item={"pk": {"S": "a"}})
        except ClientError as error:
            codes.add(error.response["Error"]["Code"])
        time.sleep(0.05)
    assert codes == {"ProvisionedThroughputExceededException"}
    server.kill()
