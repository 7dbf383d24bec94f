"""GetShardIterator: each type of iterator, and its refusals."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import (
    ResourceNotFoundException,
    TrimmedDataAccessException,
    ValidationException,
)
from jedlik.services.dynamodb.tables.stream import StreamSettings
from tests.control_plane import ControlPlane
from tests.streams import iterator, keep_streams, records, shards, streamed


@pytest.fixture
def arn(plane: ControlPlane) -> str:
    """A stream of one shard with records at 0, 10, 20, 30 and 40 seconds."""
    plane.database.stream_settings = StreamSettings(1, 1000)
    arn = streamed(plane)
    for n in range(5):
        plane.put({"pk": {"S": "a"}, "n": {"N": str(n)}})
        plane.clock.advance(10)
    return arn


def read(plane: ControlPlane, arn: str, kind: str, shard: int = 0, **more: Any) -> list[str]:
    """What the first page behind an iterator has."""
    text = iterator(plane, arn, shard, ShardIteratorType=kind, **more)
    page = plane.call("GetRecords", ShardIterator=text)
    return [record["dynamodb"]["NewImage"]["n"]["N"] for record in page["Records"]]


def numbers(plane: ControlPlane, arn: str) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in records(plane, arn)]


def test_the_four_types(plane: ControlPlane, arn: str) -> None:
    third = numbers(plane, arn)[2]
    assert read(plane, arn, "TRIM_HORIZON") == ["0", "1", "2", "3", "4"]
    assert read(plane, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=third) == ["2", "3", "4"]
    assert read(plane, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=third) == ["3", "4"]
    assert read(plane, arn, "LATEST") == []


def test_latest_is_what_comes_afterwards(plane: ControlPlane, arn: str) -> None:
    text = iterator(plane, arn, ShardIteratorType="LATEST")
    plane.put({"pk": {"S": "a"}, "n": {"N": "9"}})
    assert len(plane.call("GetRecords", ShardIterator=text)["Records"]) == 1


@pytest.mark.parametrize(
    ("seconds", "found"),
    [(-99, 5), (0, 5), (0.25, 5), (0.251, 4), (10, 4), (25, 2), (40.25, 1), (41, 0), (50, 0)],
)
def test_an_iterator_at_a_time_begins_with_the_first_record_from_then_on(
    plane: ControlPlane, arn: str, seconds: float, found: int
) -> None:
    time = 1_700_000_000 + seconds
    assert len(read(plane, arn, "AT_TIMESTAMP", Timestamp=time)) == found


def test_the_borders_of_a_shard_are_places_in_it(plane: ControlPlane, arn: str) -> None:
    start = shards(plane, arn)[0]["SequenceNumberRange"]["StartingSequenceNumber"]
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        assert len(read(plane, arn, kind, SequenceNumber=start)) == 5
    plane.clock.advance(1000)
    keep_streams(plane)
    closed, child = shards(plane, arn)
    end = closed["SequenceNumberRange"]["EndingSequenceNumber"]
    assert read(plane, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=end) == ["4"]
    assert read(plane, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=end) == []
    assert child["SequenceNumberRange"]["StartingSequenceNumber"] > end
    assert read(plane, arn, "TRIM_HORIZON", shard=1) == []


def refused(plane: ControlPlane, arn: str, **request: Any) -> tuple[type[Exception], str]:
    whole = {"StreamArn": arn, "ShardId": shards(plane, arn)[-1]["ShardId"], **request}
    error = plane.refusal("GetShardIterator", **whole)
    return type(error), error.message


def test_numbers_that_the_shard_does_not_have(plane: ControlPlane, arn: str) -> None:
    last = int(numbers(plane, arn)[-1])
    kind = {"ShardIteratorType": "AT_SEQUENCE_NUMBER"}
    for text in (str(last + 1), "0" * 21, "x" * 21, "9" * 40):
        expected = (ValidationException, "Invalid SequenceNumber")
        assert refused(plane, arn, SequenceNumber=text, **kind) == expected
    assert refused(plane, arn, **kind)[0] is ValidationException
    plane.clock.advance(1000)
    keep_streams(plane)
    earlier = refused(plane, arn, SequenceNumber=str(last), **kind)
    assert earlier[0] is TrimmedDataAccessException


def test_times_that_cannot_be(plane: ControlPlane, arn: str) -> None:
    kind = {"ShardIteratorType": "AT_TIMESTAMP"}
    for more in ({}, {"Timestamp": 1_700_000_051}):
        assert refused(plane, arn, **kind, **more)[0] is ValidationException


def test_streams_and_shards_that_are_not_there(plane: ControlPlane, arn: str) -> None:
    kind = {"ShardIteratorType": "LATEST"}
    assert refused(plane, arn, ShardId="shardId-" + "0" * 29, **kind) == (
        ResourceNotFoundException,
        "Requested resource not found: Shard does not exist",
    )
    other = arn.replace("music", "other")
    error = plane.refusal("DescribeStream", StreamArn=other)
    assert type(error) is ResourceNotFoundException
    assert error.message == f"Requested resource not found: Stream: {other} not found"
    for text in ("x" * 40, arn + "x", arn.replace("/stream/", "/index/"), arn[:-1]):
        error = plane.refusal("DescribeStream", StreamArn=text)
        assert (type(error), error.message) == (ValidationException, "Invalid StreamArn")


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"ShardIteratorType": "LATEST", "SequenceNumber": "1" * 21}, "SequenceNumber must not"),
        ({"ShardIteratorType": "TRIM_HORIZON", "Timestamp": 1}, "Timestamp must not"),
        ({"ShardIteratorType": "AT_TIMESTAMP"}, "Timestamp is required"),
        ({"ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}, "SequenceNumber is required"),
    ],
)
def test_parameters_belong_to_the_type(
    plane: ControlPlane, parameters: dict[str, Any], text: str
) -> None:
    """Before the stream is looked up."""
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/music/stream/2026-01-01T00:00:00.000"
    request = {"StreamArn": arn, "ShardId": "shardId-" + "0" * 30, **parameters}
    assert plane.invalid("GetShardIterator", **request).startswith(text)
