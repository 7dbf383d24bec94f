"""The recipes of docs/migrating.md, run exactly as on the page, from which their commands are
read."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.conftest import StartServer
from tests.docs.pages import text
from tests.servers import ROOT, RunningServer, environment, free_port

pytestmark = pytest.mark.slow

PAGE = text("migrating.md")
ORDERS: dict[str, Any] = {
    "TableName": "Orders",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


def commands(*parts: str) -> str:
    """The lines of the code block that contains all of these texts."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$|((?:^ {4}[^\n]*\n)+)", PAGE, re.MULTILINE | re.DOTALL)
    (found,) = ["".join(each) for each in blocks if all(part in "".join(each) for part in parts)]
    return found


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """An environment in which `jedlik` is a command."""
    folder = tmp_path / "commands"
    folder.mkdir()
    (folder / "jedlik").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m jedlik "$@"\n')
    (folder / "jedlik").chmod(0o755)
    return environment(
        PATH=f"{folder}{os.pathsep}{os.environ['PATH']}", PYTHONPATH=str(ROOT),
        AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1",
        AWS_EC2_METADATA_DISABLED="true",
    )  # fmt: skip


def run(script: str, folder: Path, variables: dict[str, str]) -> str:
    """The output of commands. Fails the test if one of them fails."""
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=variables,
                          capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def running(
    command: str, folder: Path, variables: dict[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """A command that keeps running: from its first line of output until SIGTERM."""
    process = subprocess.Popen(command.split(), cwd=folder, env=variables, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Jedlik")
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def filled(server: RunningServer, items: int = 30) -> None:
    client = server.client()
    client.create_table(**ORDERS)
    for number in range(items):
        client.put_item(TableName="Orders", Item={"id": {"S": str(number)}, "n": {"N": "1"}})


def items_of(server: RunningServer) -> list[Any]:
    items = server.client().scan(TableName="Orders")["Items"]
    return sorted(items, key=lambda item: int(item["id"]["S"]))


def test_from_dynamodb_local_by_its_own_options(tmp_path: Path, variables: dict[str, str]) -> None:
    in_memory, on_disk = commands("-inMemory", "-dbPath").split("\n")[:2]
    port = free_port()
    (tmp_path / "data").mkdir()
    for line in (in_memory.replace("8000", str(port)), f"{on_disk} -port {port}"):
        with running(line.strip(), tmp_path, variables) as process:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/")
            assert connection.getresponse().status == 200
            connection.close()
        assert process.returncode == 0
    assert (tmp_path / "data" / "format").exists()


def test_from_dynamodb_local_with_its_data(
    start_server: StartServer, tmp_path: Path, variables: dict[str, str]
) -> None:
    theirs, ours = start_server("--memory"), start_server("--memory")
    filled(theirs)
    copy = commands("jedlik export Orders", "9000").replace("8000", str(theirs.port))
    run(copy.replace("9000", str(ours.port)), tmp_path, variables)
    assert items_of(ours) == items_of(theirs)


def test_from_localstack(
    start_server: StartServer, tmp_path: Path, variables: dict[str, str]
) -> None:
    """Another server with S3 and DynamoDB takes its place."""
    ours = start_server("--memory")
    others = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    others.start()
    try:
        _, port = others.get_host_and_port()
        given = commands("AWS_ENDPOINT_URL=", "4566")
        given = given.replace("localhost:4566", f"127.0.0.1:{port}").replace("8000", str(ours.port))
        program = (
            "import boto3; boto3.client('s3').create_bucket(Bucket='things'); "
            f"boto3.client('dynamodb').create_table(**{ORDERS!r})"
        )
        run(f'{given}\n"{sys.executable}" -c "{program}"', tmp_path, variables)
        elsewhere: dict[str, Any] = {
            "endpoint_url": f"http://127.0.0.1:{port}", "region_name": "us-east-1",
            "aws_access_key_id": "test", "aws_secret_access_key": "test",
        }  # fmt: skip
        bucket = boto3.client("s3", **elsewhere).list_buckets()["Buckets"][0]
        assert bucket["Name"] == "things"
        assert boto3.client("dynamodb", **elsewhere).list_tables()["TableNames"] == []
        assert ours.client().list_tables()["TableNames"] == ["Orders"]
    finally:
        others.stop()


def test_from_a_production_export(
    start_server: StartServer, tmp_path: Path, variables: dict[str, str]
) -> None:
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    production = start_server("--memory", "--bucket", f"exports={bucket}")
    filled(production)
    client = production.client()
    client.update_continuous_backups(
        TableName="Orders",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    table = client.describe_table(TableName="Orders")["Table"]["TableArn"]
    export = client.export_table_to_point_in_time(TableArn=table, S3Bucket="exports")
    arn = export["ExportDescription"]["ExportArn"]
    deadline = time.monotonic() + 60
    while client.describe_export(ExportArn=arn)["ExportDescription"]["ExportStatus"] != "COMPLETED":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    (data,) = bucket.glob("AWSDynamoDB/*/data")
    shutil.copytree(data, tmp_path / "export")  # as `aws s3 cp --recursive` does
    _, _, given = commands("aws s3 cp", "jedlik serve").partition("\n")
    port = free_port()
    given = given.replace("--data laptop", f"--data laptop --port {port}") + "kill $!; wait $!"
    run(given, tmp_path, {**variables, "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{port}"})
    assert items_of(start_server("--data", tmp_path / "laptop")) == items_of(production)
