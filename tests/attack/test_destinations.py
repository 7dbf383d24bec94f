"""Callers who may only create mappings or alarms cannot use them to write files or reach URLs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.accounts import Account, allow
from tests.api.alarm_endpoint import Endpoint, alarm
from tests.functions import create_function, create_table
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer
from tests.waiting import wait_until

READS = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
         "dynamodb:ListStreams")  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("destinations")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    found = Endpoint()
    yield found
    found.close()


@pytest.fixture(scope="module")
def site(place: Path, endpoint: Endpoint) -> Any:
    """The account of a server that requires signatures, with one directory and one URL for
    destinations."""
    (place / "allowed").mkdir()
    server = RunningServer(
        place, "--data", place / "data", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY,
        "--destination", place / "allowed", "--destination", f"{endpoint.url}/below/",
    )  # fmt: skip
    account = Account(server)
    yield account
    server.kill()


def test_nothing_is_written_elsewhere(site: Account, place: Path) -> None:
    table, stream = create_table(site.admin)
    role = site.role("worker", allow(*READS, on=stream))
    functions = site.server.client("lambda")
    source = "def handler(event, context):\n    raise ValueError\n"
    name = create_function(functions, source, Role=role)
    attacker = site.client(
        site.user("attacker", allow("lambda:CreateEventSourceMapping", on="*")), "lambda"
    )

    def create(destination: str) -> Any:
        return attacker.create_event_source_mapping(
            EventSourceArn=stream, FunctionName=name, StartingPosition="TRIM_HORIZON",
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": destination}},
        )  # fmt: skip

    victim = place / "profile"
    victim.write_text("")
    (place / "allowed" / "link").symlink_to(victim)
    inside = f"file://{place}/allowed/told"
    for elsewhere in (
        f"file://{victim}",
        f"file://{place}/allowed/../profile",
        f"file://{place}/data/store/data.mdb",
        f"http://127.0.0.1:{site.server.port}/",
    ):
        with pytest.raises(ClientError, match="is not below a place that this server was started"):
            create(elsewhere)
    with pytest.raises(ClientError, match="does not have permissions to call SendRecord"):
        create(inside)
    arn = f"arn:aws:jedlik:us-east-1:000000000000:{inside}"
    site.allow_role("worker", allow(*READS, on=stream), allow("jedlik:SendRecord", on=arn))
    assert create(inside)["State"] == "Creating"
    site.admin.put_item(TableName=table, Item={"pk": {"S": "p"}})
    assert victim.read_text() == ""


def test_alarms_call_nothing_elsewhere(site: Account, endpoint: Endpoint) -> None:
    attacker = site.client(site.user("alarming", allow("cloudwatch:*")), "cloudwatch")
    urls = [f"{endpoint.url}/{path}" for path in ("elsewhere", "below/../elsewhere", "below/here")]
    given = alarm(AlarmActions=urls)
    attacker.put_metric_alarm(**given)
    for times in (1, 2):  # what was tried the first time has been tried by the second
        for value in ("OK", "ALARM"):
            attacker.set_alarm_state(
                AlarmName=given["AlarmName"], StateValue=value, StateReason="said so"
            )
        wait_until(lambda times=times: endpoint.paths.count("/alarms/below/here") == times)
    assert set(endpoint.paths) == {"/alarms/below/here"}
