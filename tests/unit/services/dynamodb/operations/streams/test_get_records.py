"""GetRecords: records in order, trimmed ones, and expired iterators."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jedlik.base import turns
from jedlik.base.errors import (
    ExpiredIteratorException,
    ResourceNotFoundException,
    TrimmedDataAccessException,
    ValidationException,
)
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.services.dynamodb.tables.stream import StreamSettings
from tests.callers import occupy
from tests.control_plane import ControlPlane
from tests.streams import iterator, names, records, shards, streamed


@pytest.fixture
def one_shard(plane: ControlPlane) -> ControlPlane:
    """A database whose streams have one shard each, which is never closed."""
    plane.database.stream_settings = StreamSettings(1, 1e9)
    return plane


def item(n: int = 1, **more: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"pk": {"S": "a"}, "n": {"N": str(n)}, **more}


def run_upkeep(plane: ControlPlane) -> None:
    plane.run_jobs()


def test_the_form_of_a_record(one_shard: ControlPlane) -> None:
    arn = streamed(one_shard)
    one_shard.put(item(1))
    one_shard.clock.advance(2)
    one_shard.put(item(2))
    inserted, modified = records(one_shard, arn)
    assert inserted["eventID"] != modified["eventID"]
    assert len(inserted.pop("eventID")) == len(modified.pop("eventID")) == 32
    assert inserted == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000,
            "Keys": {"pk": {"S": "a"}},
            "NewImage": item(1),
            "SequenceNumber": "100000000000000000001",
            "SizeBytes": 3 + 6,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }
    assert modified["dynamodb"] == {
        "ApproximateCreationDateTime": 1_700_000_002,
        "Keys": {"pk": {"S": "a"}},
        "NewImage": item(2),
        "OldImage": item(1),
        "SequenceNumber": "100000000000000000002",
        "SizeBytes": 3 + 6 + 6,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }


@pytest.mark.parametrize(
    ("view", "images", "size"),
    [
        ("KEYS_ONLY", [set(), set(), set()], 3),
        ("NEW_IMAGE", [{"NewImage"}, {"NewImage"}, set()], 9),
        ("OLD_IMAGE", [set(), {"OldImage"}, {"OldImage"}], 9),
        ("NEW_AND_OLD_IMAGES", [{"NewImage"}, {"NewImage", "OldImage"}, {"OldImage"}], 15),
    ],
)
def test_each_view_has_its_images(
    plane: ControlPlane, view: str, images: list[set[str]], size: int
) -> None:
    arn = streamed(plane, view)
    plane.put(item(1), item(2))
    plane.call("DeleteItem", TableName="music", Key={"pk": {"S": "a"}})
    found = records(plane, arn)
    assert [each["eventName"] for each in found] == ["INSERT", "MODIFY", "REMOVE"]
    assert [{"NewImage", "OldImage"} & each["dynamodb"].keys() for each in found] == images
    assert found[1]["dynamodb"]["SizeBytes"] == size
    assert {each["dynamodb"]["StreamViewType"] for each in found} == {view}
    assert all("userIdentity" not in each for each in found)


def test_a_write_that_changes_nothing_makes_no_record(plane: ControlPlane) -> None:
    arn = streamed(plane)
    sets = item(1, s={"SS": ["x", "y"]})
    plane.put(sets)
    assert names(plane, arn) == ["INSERT"]
    plane.put(sets, dict(reversed(sets.items())), item(1, s={"SS": ["y", "x"]}))
    plane.call("DeleteItem", TableName="music", Key={"pk": {"S": "b"}})
    update = {"UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "1.0"}}}
    plane.call("UpdateItem", TableName="music", Key={"pk": {"S": "a"}}, **update)
    plane.refusal(
        "PutItem", TableName="music", Item=item(5), ConditionExpression="attribute_exists(x)"
    )
    assert names(plane, arn) == ["INSERT"]
    plane.put(item(1, s={"SS": ["x", "z"]}), item(2, s={"SS": ["x", "z"]}))
    assert names(plane, arn) == ["INSERT", "MODIFY", "MODIFY"]


def test_a_transaction_leaves_its_records_or_none(plane: ControlPlane) -> None:
    arn = streamed(plane)
    puts = [{"Put": {"TableName": "music", "Item": {"pk": {"S": str(n)}}}} for n in range(9)]
    never = {"Key": {"pk": {"S": "x"}}, "ConditionExpression": "attribute_exists(pk)"}
    check = {"ConditionCheck": {"TableName": "music", **never}}
    plane.refusal("TransactWriteItems", TransactItems=[*puts, check])
    assert names(plane, arn) == []
    plane.call("TransactWriteItems", TransactItems=puts, ClientRequestToken="once")
    plane.call("TransactWriteItems", TransactItems=puts, ClientRequestToken="once")
    assert names(plane, arn) == ["INSERT"] * 9


def test_pages_and_their_ends(one_shard: ControlPlane) -> None:
    arn = streamed(one_shard)
    one_shard.put(*(item(n) for n in range(5)))
    position = iterator(one_shard, arn)
    counts = []
    for _ in range(4):
        page = one_shard.call("GetRecords", ShardIterator=position, Limit=2)
        counts.append(len(page["Records"]))
        position = page["NextShardIterator"]
    assert counts == [2, 2, 1, 0]
    one_shard.put(item(9))
    assert len(one_shard.call("GetRecords", ShardIterator=position)["Records"]) == 1
    one_shard.call("UpdateTable", TableName="music", StreamSpecification={"StreamEnabled": False})
    page = one_shard.call("GetRecords", ShardIterator=position)
    assert len(page["Records"]) == 1
    assert "NextShardIterator" not in page


def test_a_page_is_no_larger_than_a_megabyte_unless_one_record_is(one_shard: ControlPlane) -> None:
    arn = streamed(one_shard)
    large = {"S": "x" * 300_000}
    one_shard.put(*(item(n, large=large) for n in range(4)))
    sizes = []
    position: str | None = iterator(one_shard, arn)
    while position is not None and (not sizes or sizes[-1]):
        page = one_shard.call("GetRecords", ShardIterator=position)
        sizes.append(len(page["Records"]))
        position = page["NextShardIterator"]
    assert sizes == [2, 1, 1, 0]


def test_iterators_expire_after_fifteen_minutes(plane: ControlPlane) -> None:
    position = iterator(plane, streamed(plane))
    plane.clock.advance(900)
    position = plane.call("GetRecords", ShardIterator=position)["NextShardIterator"]
    plane.clock.advance(900.5)
    error = plane.refusal("GetRecords", ShardIterator=position)
    assert type(error) is ExpiredIteratorException


def test_texts_that_are_no_iterators(plane: ControlPlane) -> None:
    good = iterator(plane, streamed(plane))
    arn, form, code = good.split("|")
    altered = code[:-1] + ("A" if code[-1] != "A" else "B")
    for text in ("x", "a|b|c", f"{arn}|2|{code}", f"{arn}|{form}|{altered}", f"{arn}x|1|{code}",
                 f"{arn}|1|", f"{arn}|1|é", "||"):  # fmt: skip
        error = plane.refusal("GetRecords", ShardIterator=text)
        assert (type(error), error.message) == (ValidationException, "Invalid ShardIterator"), text


def test_a_limit_above_a_thousand(plane: ControlPlane) -> None:
    position = iterator(plane, streamed(plane))
    assert plane.call("GetRecords", ShardIterator=position, Limit=1000)["Records"] == []
    assert plane.invalid("GetRecords", ShardIterator=position, Limit=1001) == (
        "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 1000"
    )


def test_records_are_trimmed_after_a_day(one_shard: ControlPlane) -> None:
    plane = one_shard
    arn = streamed(plane)
    plane.put(item(1), item(2))
    plane.clock.advance(86_000)
    plane.put(item(3))
    oldest = iterator(plane, arn)
    at_first = records(plane, arn)[0]["dynamodb"]["SequenceNumber"]
    second = records(plane, arn)[1]["dynamodb"]["SequenceNumber"]
    stale = iterator(plane, arn, ShardIteratorType="AFTER_SEQUENCE_NUMBER", SequenceNumber=at_first)
    behind = iterator(plane, arn, ShardIteratorType="AFTER_SEQUENCE_NUMBER", SequenceNumber=second)
    plane.clock.advance(399)
    run_upkeep(plane)
    assert len(records(plane, arn)) == 3
    plane.clock.advance(1)
    run_upkeep(plane)
    assert [each["dynamodb"]["NewImage"] for each in records(plane, arn)] == [item(3)]
    assert len(plane.call("GetRecords", ShardIterator=oldest)["Records"]) == 1
    assert len(plane.call("GetRecords", ShardIterator=behind)["Records"]) == 1
    error = plane.refusal("GetRecords", ShardIterator=stale)
    assert type(error) is TrimmedDataAccessException
    assert error.message == "The data you are trying to access has been trimmed."
    shard_id = shards(plane, arn)[0]["ShardId"]
    error = plane.refusal(
        "GetShardIterator",
        StreamArn=arn,
        ShardId=shard_id,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=at_first,
    )
    assert type(error) is TrimmedDataAccessException


def test_everything_trimmed_is_noticed_too(one_shard: ControlPlane) -> None:
    plane = one_shard
    arn = streamed(plane)
    plane.put(item(1))
    plane.clock.advance(86_400)
    stale = iterator(plane, arn, ShardIteratorType="AT_TIMESTAMP", Timestamp=1_700_000_000)
    plane.put(item(2))
    second = iterator(plane, arn, ShardIteratorType="LATEST")
    run_upkeep(plane)
    assert len(plane.call("GetRecords", ShardIterator=stale)["Records"]) == 1
    assert plane.call("GetRecords", ShardIterator=second)["Records"] == []


def test_a_disabled_stream_is_read_for_a_day_and_gone_then(plane: ControlPlane) -> None:
    arn = streamed(plane)
    plane.put(item(1))
    plane.call("UpdateTable", TableName="music", StreamSpecification={"StreamEnabled": False})
    plane.put(item(2))
    plane.clock.advance(86_399)
    run_upkeep(plane)
    assert names(plane, arn) == ["INSERT"]
    position = iterator(plane, arn)
    plane.clock.advance(1)
    run_upkeep(plane)
    for operation, request in (
        ("DescribeStream", {"StreamArn": arn}),
        ("GetRecords", {"ShardIterator": position}),
    ):
        error = plane.refusal(operation, **request)
        assert type(error) is ResourceNotFoundException
        assert error.message == f"Requested resource not found: Stream: {arn} not found"
    assert plane.call("ListStreams")["Streams"] == []


def test_a_deleted_tables_stream_can_be_read_and_a_new_table_has_another(
    plane: ControlPlane,
) -> None:
    first = streamed(plane)
    plane.put(item(1))
    plane.call("DeleteTable", TableName="music")
    second = streamed(plane)
    assert second != first
    plane.put(item(2), item(3))
    assert names(plane, first) == ["INSERT"]
    assert names(plane, second) == ["INSERT", "MODIFY"]
    listed = [each["StreamArn"] for each in plane.call("ListStreams", TableName="music")["Streams"]]
    assert listed == [first, second]


def test_others_have_their_turn_between_records(
    one_shard: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 6
    arn = streamed(one_shard)
    one_shard.put(*(item(number, long={"S": "x" * 20_000}) for number in range(count)))
    monkeypatch.setattr(turns.Turns, "over", True)
    places = one_shard.database.long_reads
    asked = {"ShardIterator": iterator(one_shard, arn)}

    async def run() -> tuple[int, Any]:
        seen = 0
        last = await occupy(places)  # records of 120 KB wait for one
        reading = asyncio.ensure_future(OPERATIONS["GetRecords"](one_shard.database, asked))
        await asyncio.sleep(0.02)
        assert not reading.done()
        places.give_back(last)
        while not reading.done():
            seen += 1
            await asyncio.sleep(0)
        return seen, await reading

    seen, answer = one_shard.run(run())
    assert answer.count(b'"eventID"') == count
    assert seen >= count
