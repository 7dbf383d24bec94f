"""Odd requests to metrics, scaling, DAX's control plane, transfers, the console and the admin
listener: each is answered without a server error, and costs little."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.newer_rooms import ODD, TABLE, Case, cases
from tests.attack.processor_time import cpu_seconds
from tests.servers import RunningServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

MOST_SECONDS = 2.0
"""Of the processor, for one answer."""


class Attacked:
    """A server with every feature, and directories outside of which nothing may be written."""

    def __init__(self, scratch: Path) -> None:
        self.places = [scratch / "bucket", scratch / "kinesis"]
        for each in self.places:
            each.mkdir()
        admin = scratch / "admin-port"
        bucket, kinesis = self.places
        self.server = RunningServer(
            scratch, "--memory", "--testing", "--admin-port", "0", "--admin-port-file", admin,
            "--bucket", f"backup={bucket}", "--kinesis-endpoint", kinesis, "--dax",
            "--dax-port", "0",
        )  # fmt: skip
        self.admin_port = int(admin.read_text())
        self.scratch = scratch
        self.beside = self.files()

    def files(self) -> set[Path]:
        """The files outside of these directories."""
        found = {path for path in self.scratch.rglob("*") if path.is_file()}
        return {path for path in found if not any(path.is_relative_to(p) for p in self.places)}

    def send(self, case: Case) -> None:
        port = self.admin_port if case.to_admin else self.server.port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        before = cpu_seconds(self.server)
        try:
            connection.request(case.method, case.path, case.body, case.headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        assert answer.status < 500, content[:1_000]
        assert len(content) < 1_000_000
        assert cpu_seconds(self.server) - before < MOST_SECONDS


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    attacked = Attacked(tmp_path_factory.mktemp("rooms"))
    client = attacked.server.client()
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    recovery = {"PointInTimeRecoveryEnabled": True}
    client.update_continuous_backups(TableName=TABLE, PointInTimeRecoverySpecification=recovery)
    yield attacked
    log = attacked.server.log()
    attacked.server.kill()
    assert "Traceback" not in log


@pytest.mark.parametrize(
    "odd_values", [1, pytest.param(len(ODD), marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_odd_members_paths_and_queries(attacked: Attacked, odd_values: int) -> None:
    for case in cases(odd_values):
        try:
            attacked.send(case)
        except (AssertionError, OSError, http.client.HTTPException) as failure:
            raise AssertionError(f"{str(case)[:500]}: {failure!r}") from failure
    assert TABLE in attacked.server.client().list_tables()["TableNames"]
    assert attacked.files() == attacked.beside
