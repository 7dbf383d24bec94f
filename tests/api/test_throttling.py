"""Throttling as clients meet it: SDKs that retry, a server of several workers, a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.control_plane import provisioned, units
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


def spend(client: Any, table: str, end: float) -> int:
    """Write until a moment as fast as is possible; returns how many writes were admitted by then.

    Between refusals it waits, so that clients and servers find the time on a small machine.
    """
    count = 0
    while True:
        try:
            client.put_item(TableName=table, Item={"pk": {"S": "a"}})
            admitted = 1
        except client.exceptions.ProvisionedThroughputExceededException:
            admitted = 0
            time.sleep(0.02)
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
    make(client, f"retried-{mode}", 15)
    retried = 0
    for number in range(45):
        answer = client.put_item(TableName=f"retried-{mode}", Item={"pk": {"S": str(number)}})
        retried += answer["ResponseMetadata"]["RetryAttempts"]
    assert client.scan(TableName=f"retried-{mode}")["Count"] == 45
    assert retried > 0


def admitted_in_ten_seconds(clients: Sequence[Any]) -> int:
    """How many writes clients that ask for more than there is get through, all together."""
    make(clients[0], "shared", CAPACITY)
    counts: list[int] = []
    start = time.monotonic() + 3.0

    def run(client: Any) -> None:
        spend(client, "shared", start)  # what was saved, and credit
        counts.append(spend(client, "shared", start + 10.0))

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def test_workers_together_admit_what_is_provisioned(server: RunningServer) -> None:
    # Each client has a connection of its own, and so perhaps another worker.
    clients = [impatient(server) for _ in range(6)]
    assert admitted_in_ten_seconds(clients) == pytest.approx(10 * CAPACITY, rel=0.05)


def test_nodes_together_admit_what_is_provisioned(tmp_path: Path) -> None:
    engine = shared_server().new_schema()
    nodes = []
    try:
        for name in "abc":
            scratch = tmp_path / name
            scratch.mkdir()
            nodes.append(RunningServer(scratch, "--engine", engine, "--capacity", "enforced"))
        clients = [impatient(node) for node in nodes]
        assert admitted_in_ten_seconds(clients) == pytest.approx(10 * CAPACITY, rel=0.05)
    finally:
        for node in nodes:
            node.kill()


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
