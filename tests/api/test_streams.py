"""Streams over the wire, with boto3."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.making import invalid, make, put_all, refusal
from tests.kinesis_reader import Reader
from tests.servers import RunningServer

VIEW = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
METHODS = {
    "DescribeStream": "describe_stream",
    "GetShardIterator": "get_shard_iterator",
    "GetRecords": "get_records",
}


@pytest.fixture(scope="module")
def streams(running_server: RunningServer) -> Iterator[Any]:
    """A boto3 client of the streams of the shared server."""
    client = running_server.client("dynamodbstreams")
    yield client
    client.close()


def read(streams: Any, arn: str) -> list[dict[str, Any]]:
    def call(operation: str, **request: Any) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(streams, METHODS[operation])(**request)
        return answer

    return list(Reader(call, arn).poll())


def test_the_life_of_a_stream(dynamodb, streams):
    table = make(dynamodb, StreamSpecification=VIEW)
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    put_all(dynamodb, table, [{"pk": {"S": str(n)}, "b": {"B": b"\x00\xff"}} for n in range(40)])
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "7"}})
    records = read(streams, arn)
    assert [each["eventName"] for each in records].count("INSERT") == 40
    (removed,) = [each for each in records if each["eventName"] == "REMOVE"]
    assert removed["dynamodb"]["OldImage"] == {"pk": {"S": "7"}, "b": {"B": b"\x00\xff"}}
    created = removed["dynamodb"]["ApproximateCreationDateTime"]
    assert abs(dt.datetime.now(dt.UTC) - created).total_seconds() < 60
    described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert described["StreamStatus"] == "ENABLED"
    dynamodb.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
    described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert described["StreamStatus"] == "DISABLED"
    dynamodb.delete_table(TableName=table)
    assert len(read(streams, arn)) == 41
    listed = streams.list_streams(TableName=table)["Streams"]
    assert [each["StreamArn"] for each in listed] == [arn]


def test_errors_of_stream_requests(dynamodb, streams):
    table = make(dynamodb, StreamSpecification=VIEW)
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    assert refusal(streams.describe_stream, StreamArn=arn[:-1] + "x") == (
        "ValidationException",
        "Invalid StreamArn",
    )
    unknown = arn[:-23] + "2001-01-01T00:00:00.000"
    assert refusal(streams.describe_stream, StreamArn=unknown) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {unknown} not found",
    )
    assert invalid(streams.get_records, ShardIterator="x") == "Invalid ShardIterator"
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    told = invalid(
        streams.get_shard_iterator, StreamArn=arn, ShardId=shard, ShardIteratorType="MIDDLE"
    )
    assert told.startswith("1 validation error detected: Value 'MIDDLE' at 'shardIteratorType'")


def test_rotation_restart_and_another_reader(start_server):
    options = ("--stream-shards", "2", "--stream-shard-lifetime", "1")
    server = start_server(*options)
    dynamodb, streams = server.client(), server.client("dynamodbstreams")
    table = make(dynamodb, StreamSpecification=VIEW)
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    for n in range(30):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": str(n % 5)}, "n": {"N": str(n)}})
        if n % 10 == 9:
            end = time.monotonic() + 60
            known = len(streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"])
            while (
                len(streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]) == known
            ):
                assert time.monotonic() < end, "no shard was rotated"
                time.sleep(0.05)
    assert server.stop() == 0
    assert server.log() == ""
    second = start_server("--stream-shards", "4", "--stream-shard-lifetime", "1")
    found = read(second.client("dynamodbstreams"), arn)
    seen: dict[str, list[int]] = {}
    for record in found:
        body = record["dynamodb"]
        seen.setdefault(body["Keys"]["pk"]["S"], []).append(int(body["NewImage"]["n"]["N"]))
    assert seen == {str(key): list(range(key, 30, 5)) for key in range(5)}
