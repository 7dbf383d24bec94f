"""The Kinesis Client Library with its adapter for DynamoDB Streams, and its leases in tables
here."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients.drivers import BUILT, SOURCES, missing, run
from tests.clients.matrix import TOOLS
from tests.clients.outcomes import PASS, Outcomes
from tests.servers import REGION, RunningServer, environment

PATIENCE: Final = 240.0
APPLICATION: Final = "follower"


@pytest.fixture(scope="module")
def command() -> list[str]:
    absent = missing(TOOLS["kcl"].needs)
    if absent:
        pytest.skip(f"The KCL is not tried: {', '.join(absent)} not installed")
    target = BUILT / "kcl"
    goals = ["compile", "dependency:copy-dependencies", f"-DoutputDirectory={target}/libraries"]
    run(["mvn", "-q", "-B", f"-Dclients.target={target}", *goals], SOURCES / "kcl")
    return ["java", "-cp", f"{target}/classes:{target}/libraries/*", "Consumer"]


class Consumer:
    """A running consumer and the lines that it has written."""

    def __init__(self, command: list[str], server: RunningServer, arn: str, log: Path) -> None:
        access_key, secret_key = server.credentials
        variables = environment(
            AWS_REGION=REGION,
            AWS_ACCESS_KEY_ID=access_key,
            AWS_SECRET_ACCESS_KEY=secret_key,
            AWS_ENDPOINT_URL=server.url,
            AWS_EC2_METADATA_DISABLED="true",
        )
        self.seen: list[str] = []
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [*command, APPLICATION, arn],
                stdout=subprocess.PIPE,
                stderr=errors,
                env=variables,
                text=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self.seen.extend(line.strip() for line in self._process.stdout)

    def events(self) -> list[str]:
        """The event and the item of each line."""
        return [line.rpartition(" ")[0] for line in self.seen]

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while len(self.seen) < count:
            assert self._process.poll() is None, self._log.read_text()[-3000:]
            assert time.monotonic() < deadline, (self.seen, self._log.read_text()[-3000:])
            time.sleep(0.2)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    scratch = tmp_path / "server"
    scratch.mkdir()
    server = RunningServer(scratch, "--memory")
    yield server
    server.end_well()


def test_a_consumer_that_another_takes_over_from(
    command: list[str], server: RunningServer, tmp_path: Path
) -> None:
    dynamodb = server.client()
    arn = dynamodb.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )["TableDescription"]["LatestStreamArn"]

    def put(*numbers: int) -> None:
        for number in numbers:
            dynamodb.put_item(TableName="orders", Item={"id": {"S": str(number)}})

    put(*range(20))
    first = Consumer(command, server, arn, tmp_path / "first.log")
    try:
        first.wait_for(20)
        put(*range(20, 30))
        dynamodb.delete_item(TableName="orders", Key={"id": {"S": "0"}})
        first.wait_for(31)
        expected = [f"INSERT {number}" for number in range(30)] + ["REMOVE 0"]
        assert first.events() == expected
        wait_for_checkpoint(dynamodb, first.seen[-1].split()[-1])
    finally:
        first.kill()
    put(*range(30, 40))
    second = Consumer(command, server, arn, tmp_path / "second.log")
    try:
        second.wait_for(10)
        assert second.events() == [f"INSERT {number}" for number in range(30, 40)]
    finally:
        second.kill()
    outcomes = Outcomes("kcl", TOOLS["kcl"].version())
    outcomes.note("a consumer with its leases here, killed and followed by another", PASS)
    outcomes.keep()


def wait_for_checkpoint(dynamodb: Any, number: str) -> None:
    """Wait until the shard's lease has the number of a record."""
    deadline = time.monotonic() + PATIENCE
    while True:
        leases = dynamodb.scan(TableName=APPLICATION)["Items"]
        if number in [lease["checkpoint"]["S"] for lease in leases]:
            return
        assert time.monotonic() < deadline, leases
        time.sleep(0.2)
