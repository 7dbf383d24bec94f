"""DescribeStream: states, shards and pages of them."""

from __future__ import annotations

import pytest

from jedlik.base.errors import ResourceNotFoundException, ValidationException
from jedlik.services.dynamodb.tables.stream import StreamSettings
from tests.control_plane import ControlPlane, Payload
from tests.streams import keep_streams, shards, streamed


def describe(plane: ControlPlane, arn: str, **more: object) -> Payload:
    answer: Payload = plane.call("DescribeStream", StreamArn=arn, **more)["StreamDescription"]
    return answer


def rotate(plane: ControlPlane, count: int = 4) -> None:
    """Write to every shard, and let a shard's lifetime pass."""
    plane.put(*({"pk": {"S": str(n)}, "t": {"N": str(plane.clock.now())}} for n in range(99)))
    plane.database.stream_settings = StreamSettings(count, 100)
    plane.clock.advance(100)
    keep_streams(plane)


@pytest.fixture(autouse=True)
def _four_shards(plane: ControlPlane) -> None:
    plane.database.stream_settings = StreamSettings(4, 4 * 3600.0)


def test_one_shard_unless_more_are_asked_for(plane: ControlPlane) -> None:
    plane.database.stream_settings = StreamSettings()
    assert len(shards(plane, streamed(plane))) == 1


def test_a_new_stream(plane: ControlPlane) -> None:
    arn = streamed(plane, "KEYS_ONLY")
    found = describe(plane, arn)
    listed = found.pop("Shards")
    assert found == {
        "StreamArn": arn,
        "StreamLabel": "2023-11-14T22:13:20.250",
        "StreamStatus": "ENABLED",
        "StreamViewType": "KEYS_ONLY",
        "CreationRequestDateTime": 1_700_000_000.25,
        "TableName": "music",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }
    assert (
        arn == f"arn:aws:dynamodb:us-east-1:000000000000:table/music/stream/{found['StreamLabel']}"
    )
    assert len(listed) == 4
    for shard in listed:
        assert 28 <= len(shard.pop("ShardId")) <= 65
        assert shard == {"SequenceNumberRange": {"StartingSequenceNumber": "100000000000000000000"}}


def test_states_of_a_stream(slow_plane: ControlPlane) -> None:
    arn = streamed(slow_plane)
    assert describe(slow_plane, arn)["StreamStatus"] == "ENABLING"
    slow_plane.clock.advance(10)
    assert describe(slow_plane, arn)["StreamStatus"] == "ENABLED"
    slow_plane.call("UpdateTable", TableName="music", StreamSpecification={"StreamEnabled": False})
    assert describe(slow_plane, arn)["StreamStatus"] == "DISABLING"
    assert slow_plane.table()["TableStatus"] == "UPDATING"
    slow_plane.clock.advance(10)
    assert describe(slow_plane, arn)["StreamStatus"] == "DISABLED"
    assert slow_plane.table()["TableStatus"] == "ACTIVE"


def test_rotation_gives_each_shard_a_child(plane: ControlPlane) -> None:
    arn = streamed(plane)
    rotate(plane)
    listed = shards(plane, arn)
    parents, children = listed[:4], listed[4:]
    assert [child["ParentShardId"] for child in children] == [each["ShardId"] for each in parents]
    for parent, child in zip(parents, children, strict=True):
        end = parent["SequenceNumberRange"]["EndingSequenceNumber"]
        assert child["SequenceNumberRange"].keys() == {"StartingSequenceNumber"}
        assert int(child["SequenceNumberRange"]["StartingSequenceNumber"]) > int(end)


def test_young_shards_and_empty_ones_are_not_rotated(plane: ControlPlane) -> None:
    arn = streamed(plane)
    plane.database.stream_settings = StreamSettings(4, 100)
    plane.clock.advance(200)
    keep_streams(plane)
    assert len(shards(plane, arn)) == 4
    plane.put({"pk": {"S": "a"}})
    keep_streams(plane)
    assert len(shards(plane, arn)) == 5
    plane.put({"pk": {"S": "a"}, "n": {"N": "1"}})
    plane.clock.advance(99)
    keep_streams(plane)
    assert len(shards(plane, arn)) == 5


def test_shards_split_until_there_are_as_many_as_there_should_be(plane: ControlPlane) -> None:
    plane.database.stream_settings = StreamSettings(2, 100)
    arn = streamed(plane)
    rotate(plane, 3)
    listed = shards(plane, arn)
    first, second = (shard["ShardId"] for shard in listed[:2])
    assert [shard["ParentShardId"] for shard in listed[2:]] == [first, first, second]
    rotate(plane, 1)
    assert len(shards(plane, arn)) == 8, "they are never merged"


def test_children_of_one_shard(plane: ControlPlane) -> None:
    plane.database.stream_settings = StreamSettings(1, 100)
    arn = streamed(plane)
    rotate(plane, 2)
    parent, *children = shards(plane, arn)
    only = {"Type": "CHILD_SHARDS", "ShardId": parent["ShardId"]}
    assert describe(plane, arn, ShardFilter=only)["Shards"] == children
    childless = {"Type": "CHILD_SHARDS", "ShardId": children[0]["ShardId"]}
    assert describe(plane, arn, ShardFilter=childless)["Shards"] == []
    unknown = {"Type": "CHILD_SHARDS", "ShardId": "shardId-" + "0" * 29}
    error = plane.refusal("DescribeStream", StreamArn=arn, ShardFilter=unknown)
    assert type(error) is ResourceNotFoundException
    error = plane.refusal("DescribeStream", StreamArn=arn, ShardFilter={"Type": "CHILD_SHARDS"})
    assert type(error) is ValidationException


def test_shards_come_in_pages(plane: ControlPlane) -> None:
    arn = streamed(plane)
    rotate(plane)
    everything = shards(plane, arn)
    found = []
    start: dict[str, str] = {}
    while True:
        page = describe(plane, arn, Limit=3, **start)
        found.append(page["Shards"])
        if "LastEvaluatedShardId" not in page:
            break
        start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}
    assert [len(each) for each in found] == [3, 3, 2]
    assert [shard for each in found for shard in each] == everything
    assert "at 'limit'" in plane.invalid("DescribeStream", StreamArn=arn, Limit=101)


def test_old_shards_leave_the_stream(plane: ControlPlane) -> None:
    arn = streamed(plane)
    rotate(plane)
    plane.clock.advance(86_399)
    keep_streams(plane)
    assert len(shards(plane, arn)) == 8
    plane.clock.advance(1)
    keep_streams(plane)
    left = shards(plane, arn)
    assert len(left) == 4
    assert all("ParentShardId" in shard for shard in left)
