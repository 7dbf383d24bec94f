"""Changes of a table in a Kinesis stream, on the server of a published package, and in files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError

from tests.api.making import make, put_all
from tests.conftest import StartServer
from tests.servers import free_port
from tests.waiting import wait_until

pytest.importorskip("moto")
SECONDS = 60.0
ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/"
CREDENTIALS = {
    "aws_access_key_id": "someone",
    "aws_secret_access_key": "secret",
    "region_name": "us-east-1",
}


@pytest.fixture
def kinesis(tmp_path: Path) -> Iterator[Any]:
    """A client of a Kinesis server with the stream `changes`, which has two shards."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (tmp_path / "kinesis-log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    client = boto3.client("kinesis", endpoint_url=f"http://127.0.0.1:{port}", **CREDENTIALS)

    def made() -> bool:
        try:
            client.create_stream(StreamName="changes", ShardCount=2)
        except BotoCoreError:
            return False
        return True

    wait_until(made)
    yield client
    client.close()
    server.terminate()
    server.wait(SECONDS)


def records_of(kinesis: Any) -> list[dict[str, Any]]:
    found = []
    for shard in kinesis.list_shards(StreamName="changes")["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamName="changes", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found += kinesis.get_records(ShardIterator=iterator, Limit=10000)["Records"]
    return [json.loads(each["Data"]) for each in found]


def status(dynamodb: Any, table: str) -> str:
    answer = dynamodb.describe_kinesis_streaming_destination(TableName=table)
    return str(answer["KinesisDataStreamDestinations"][0]["DestinationStatus"])


@pytest.mark.crash
def test_a_server_that_is_killed_loses_no_change(
    start_server: StartServer, tmp_path: Path, kinesis: Any
) -> None:
    options = (
        *("--data", tmp_path / "data", "--workers", "2"),
        *("--kinesis-endpoint", kinesis.meta.endpoint_url),
    )
    server = start_server(*options)
    dynamodb = server.client()
    table = make(dynamodb, "pk")
    dynamodb.enable_kinesis_streaming_destination(TableName=table, StreamArn=f"{ARN}changes")
    wait_until(lambda: status(dynamodb, table) == "ACTIVE")
    put_all(dynamodb, table, [{"pk": {"S": f"{n}"}, "v": {"N": "1"}} for n in range(1000)])
    server.kill()
    server = start_server(*options)
    dynamodb = server.client()
    put_all(dynamodb, table, [{"pk": {"S": f"{n}"}, "v": {"N": "2"}} for n in range(100)])
    dynamodb.disable_kinesis_streaming_destination(TableName=table, StreamArn=f"{ARN}changes")
    wait_until(lambda: status(dynamodb, table) == "DISABLED")
    records = records_of(kinesis)
    ids: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for record in records:
        image = record["dynamodb"]["NewImage"]
        key = image["pk"]["S"]
        if ids.setdefault(record["eventID"], key) == key:
            values.setdefault(key, []).append(image["v"]["N"])
    assert len(ids) == 1100, "each change, and those that came twice have their id twice"
    assert all(sorted(each) == each for each in values.values()), "in order for each item"
    assert {key for key, each in values.items() if each[-1] == "2"} == {f"{n}" for n in range(100)}


def test_a_directory_takes_streams_as_files(start_server: StartServer, tmp_path: Path) -> None:
    place = tmp_path / "streams"
    place.mkdir()
    server = start_server("--kinesis-endpoint", place)
    dynamodb = server.client()
    table = make(dynamodb, "pk")
    dynamodb.enable_kinesis_streaming_destination(TableName=table, StreamArn=f"{ARN}changes")
    put_all(dynamodb, table, [{"pk": {"S": f"{n}"}} for n in range(20)])
    file = place / "changes.jsonl"
    wait_until(lambda: file.exists() and len(file.read_bytes().splitlines()) >= 20)
    lines = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert {each["dynamodb"]["Keys"]["pk"]["S"] for each in lines} == {f"{n}" for n in range(20)}
    assert {each["tableName"] for each in lines} == {table}
