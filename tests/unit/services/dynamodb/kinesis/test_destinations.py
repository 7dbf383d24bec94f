"""States of Kinesis destinations, and what is delivered through failures, rotation and deletion."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from jedlik.kernel.keyspaces import destinations_key
from jedlik.services.dynamodb.kinesis import delivery, sinks
from jedlik.services.dynamodb.kinesis.destinations import Destinations
from jedlik.services.dynamodb.kinesis.model import decode_destinations
from jedlik.services.dynamodb.kinesis.records import KinesisRecord
from jedlik.services.dynamodb.kinesis.sinks import DENIED, SinkFailure
from jedlik.services.dynamodb.streams import stream_reader
from jedlik.services.dynamodb.tables.stream import StreamSettings
from jedlik.services.dynamodb.verifying.verification import Finding, Verification
from tests.control_plane import ControlPlane, on_demand

ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/changes"
OTHER = "arn:aws:kinesis:us-east-1:000000000000:stream/others"
STATE = "Table is not in a valid state to enable Kinesis Streaming Destination: "
BUSY = (
    f"{STATE}EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE "
    "operation."
)
NOT_ACTIVE = f"{STATE}KinesisStreamingDestination must be ACTIVE to perform DISABLE operation."


class Streams:
    """Streams that are there, and fail as a test wants."""

    def __init__(self, *names: str) -> None:
        self.records: dict[str, list[KinesisRecord]] = {name: [] for name in names}
        self.answers: list[Callable[[int], bool] | None] = []
        """For the next calls: which records are taken, by place; None: none, with an error."""

    async def refusal(self, stream: str) -> str | None:
        return None if stream in self.records else DENIED

    async def put(self, stream: str, records: Sequence[KinesisRecord]) -> list[bool]:
        takes = self.answers.pop(0) if self.answers else lambda _place: True
        if takes is None:
            raise SinkFailure("not now")
        taken = [takes(place) for place in range(len(records))]
        self.records[stream] += [
            record for record, done in zip(records, taken, strict=True) if done
        ]
        return taken

    def read(self, stream: str = "changes") -> list[dict[str, Any]]:
        return [orjson.loads(record.data) for record in self.records[stream]]


class Server:
    """A table and the deliveries of one process."""

    def __init__(self, streams: Streams, transition_seconds: float = 0.0) -> None:
        self.plane = ControlPlane(transition_seconds)
        self.streams = streams
        self.plane.call("CreateTable", **on_demand())
        self.plane.clock.advance(transition_seconds)

    def ask(self, operation: str, arn: str = ARN, **members: Any) -> dict[str, Any]:
        name = f"{operation}KinesisStreamingDestination"
        return self.plane.call(name, TableName="music", StreamArn=arn, **members)

    def invalid(self, operation: str, arn: str = ARN, **members: Any) -> str:
        name = f"{operation}KinesisStreamingDestination"
        return self.plane.invalid(name, TableName="music", StreamArn=arn, **members)

    def states(self) -> list[tuple[str, str]]:
        answer = self.plane.call("DescribeKinesisStreamingDestination", TableName="music")
        assert answer["TableName"] == "music"
        return [
            (each["StreamArn"].rpartition("/")[2], each["DestinationStatus"])
            for each in answer["KinesisDataStreamDestinations"]
        ]

    def deliver(self, until: Callable[[], bool]) -> None:
        """Run a process's deliveries until something holds."""

        async def run() -> None:
            deliveries = Destinations(self.plane.database, None)
            deliveries._sink = self.streams
            try:
                async with asyncio.timeout(20):
                    while True:
                        await deliveries.reconcile()
                        for _ in range(20):
                            await asyncio.sleep(0.01)
                            if until():
                                return
            finally:
                await deliveries.stop()

        self.plane.run(run())

    def deliver_all(self, count: int) -> list[dict[str, Any]]:
        self.deliver(lambda: len(self.streams.records["changes"]) >= count)
        return self.streams.read()

    def enable(self) -> None:
        self.ask("Enable")
        self.plane.put({"pk": {"S": "first"}})
        self.deliver_all(1)
        self.streams.records["changes"].clear()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(stream_reader, "POLL_SECONDS", 0.02)
    made = Server(Streams("changes"))
    yield made
    made.plane.close()


def test_every_change_comes_with_both_images(server: Server) -> None:
    assert server.states() == []
    answer = server.ask("Enable")
    assert answer == {
        "TableName": "music",
        "StreamArn": ARN,
        "DestinationStatus": "ENABLING",
        "EnableKinesisStreamingConfiguration": {},
    }
    assert server.states() == [("changes", "ENABLING")]
    server.plane.put({"pk": {"S": "a"}, "v": {"N": "1"}})
    server.plane.put({"pk": {"S": "a"}, "v": {"N": "2"}})
    server.plane.put({"pk": {"S": "a"}, "v": {"N": "2"}})
    server.plane.call("DeleteItem", TableName="music", Key={"pk": {"S": "a"}})
    insert, modify, remove = server.deliver_all(3)
    assert server.states() == [("changes", "ACTIVE")]
    now = server.plane.clock.now()
    assert insert["dynamodb"] == {
        "ApproximateCreationDateTime": int(now * 1000),
        "Keys": {"pk": {"S": "a"}},
        "NewImage": {"pk": {"S": "a"}, "v": {"N": "1"}},
        "SizeBytes": 3 + 3 + 3,
        "ApproximateCreationDateTimePrecision": "MILLISECOND",
    }
    assert {**insert, "dynamodb": None, "eventID": None} == {
        "awsRegion": "us-east-1",
        "eventID": None,
        "eventName": "INSERT",
        "userIdentity": None,
        "recordFormat": "application/json",
        "tableName": "music",
        "dynamodb": None,
        "eventSource": "aws:dynamodb",
    }
    assert (modify["eventName"], remove["eventName"]) == ("MODIFY", "REMOVE")
    assert modify["dynamodb"]["OldImage"]["v"] == {"N": "1"}
    assert modify["dynamodb"]["NewImage"]["v"] == {"N": "2"}
    assert "NewImage" not in remove["dynamodb"]
    assert len({each["eventID"] for each in (insert, modify, remove)}) == 3
    assert server.plane.call("ListStreams")["Streams"] == [], "no client sees the internal stream"
    assert "LatestStreamArn" not in server.plane.table()


def test_only_one_destination_is_at_work(server: Server) -> None:
    server.ask("Enable")
    assert server.invalid("Enable") == server.invalid("Enable", OTHER) == BUSY
    assert server.invalid("Disable") == NOT_ACTIVE
    update = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    assert server.invalid("Update", UpdateKinesisStreamingConfiguration=update) == (
        f"{STATE}Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE "
        f"state. TableName: music, kdsArn: {ARN}"
    )
    assert server.invalid("Update", OTHER, UpdateKinesisStreamingConfiguration=update) == (
        f"{STATE}No streaming destination with streamArn: {OTHER} found for table with tableName: "
        "music"
    )
    server.deliver(lambda: True)
    server.plane.put({"pk": {"S": "a"}})
    server.deliver_all(1)
    assert server.invalid("Enable") == BUSY
    assert server.invalid("Disable", OTHER) == NOT_ACTIVE
    assert (
        server.invalid("Disable", EnableKinesisStreamingConfiguration={})
        == "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters"
    )


def test_a_stream_that_is_not_there_fails_later(server: Server) -> None:
    for arn in (OTHER, ARN.replace("stream/", "table/")):
        assert server.ask("Enable", arn)["DestinationStatus"] == "ENABLING"
        server.deliver(lambda: "ENABLING" not in _states(server))
    described = server.plane.call("DescribeKinesisStreamingDestination", TableName="music")
    latest, before = described["KinesisDataStreamDestinations"]
    assert [latest["DestinationStatus"], before["DestinationStatus"]] == ["ENABLE_FAILED"] * 2
    assert before["DestinationStatusDescription"] == DENIED
    server.enable()
    assert [state for _, state in server.states()] == ["ACTIVE", "ENABLE_FAILED", "ENABLE_FAILED"]


def _states(server: Server) -> list[str]:
    """States as they are stored; may be asked while the loop runs."""
    reading = server.plane.database.store.read((destinations_key(1),))
    try:
        reading.send(None)
    except StopIteration as done:
        return [each.state for each in decode_destinations(done.value[0])]
    raise AssertionError("reads of the memory engine never suspend")


def test_what_was_written_before_it_is_disabled_is_delivered(server: Server) -> None:
    server.enable()
    server.plane.put(*({"pk": {"S": f"{number}"}} for number in range(30)))
    assert server.ask("Disable")["DestinationStatus"] == "DISABLING"
    server.plane.put({"pk": {"S": "later"}})
    server.deliver(lambda: "DISABLED" in _states(server))
    names = [each["dynamodb"]["Keys"]["pk"]["S"] for each in server.streams.read()]
    assert sorted(names) == sorted(map(str, range(30)))
    assert server.states() == [("changes", "DISABLED")]
    server.enable()
    assert server.states() == [("changes", "ACTIVE")], "one entry for each stream"
    server.ask("Disable")
    server.deliver(lambda: "DISABLED" in _states(server))
    server.plane.clock.advance(301)
    assert server.states() == [], "not shown for ever"


def test_times_get_finer_with_an_update(server: Server) -> None:
    server.enable()
    none = {"UpdateKinesisStreamingConfiguration": {}}
    assert server.invalid("Update", **none).endswith("cannot be null or contain only null values")
    same = {"ApproximateCreationDateTimePrecision": "MILLISECOND"}
    uuid = server.plane.table()["TableId"]
    assert server.invalid("Update", UpdateKinesisStreamingConfiguration=same) == (
        "Invalid Request: Precision is already set to the desired value of MILLISECOND for "
        f"tableId: {uuid}, kdsArn: {ARN}"
    )
    finer = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    answer = server.ask("Update", UpdateKinesisStreamingConfiguration=finer)
    assert answer["DestinationStatus"] == "UPDATING"
    server.plane.clock.advance(0.000123)
    server.plane.put({"pk": {"S": "a"}})
    (record,) = server.deliver_all(1)
    body = record["dynamodb"]
    assert body["ApproximateCreationDateTimePrecision"] == "MICROSECOND"
    assert body["ApproximateCreationDateTime"] == int(server.plane.clock.now() * 1_000_000)
    (entry,) = server.plane.call("DescribeKinesisStreamingDestination", TableName="music")[
        "KinesisDataStreamDestinations"
    ]
    assert entry["ApproximateCreationDateTimePrecision"] == "MICROSECOND"


def test_an_item_changes_in_order_whatever_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "FIRST_WAIT", 0.001)
    server.enable()
    server.streams.answers = [
        None,
        lambda place: place % 3 == 0,
        lambda place: place % 2 == 1,
        None,
        lambda place: place == 0,
    ]
    for number in range(8):
        server.plane.put(*({"pk": {"S": f"{n}"}, "v": {"N": f"{number}"}} for n in range(5)))
    records = server.deliver_all(40)
    assert len(records) == 40
    by_item: dict[str, list[int]] = {}
    for each in records:
        new = each["dynamodb"]["NewImage"]
        by_item.setdefault(new["pk"]["S"], []).append(int(new["v"]["N"]))
    assert by_item == {f"{n}": list(range(8)) for n in range(5)}
    keys = {(r.partition_key, orjson.loads(r.data)["dynamodb"]["Keys"]["pk"]["S"])
            for r in server.streams.records["changes"]}  # fmt: skip
    assert len(keys) == 5, "an item has one partition key"


def test_shards_are_rotated_and_the_store_stays_sound(server: Server) -> None:
    server.plane.database.stream_settings = StreamSettings(shards=2, shard_lifetime=10.0)
    server.enable()
    for turn in range(3):
        server.plane.put(*({"pk": {"S": f"{n}"}, "v": {"N": f"{turn}"}} for n in range(6)))
        server.plane.clock.advance(11)
        server.plane.run_jobs()
    records = server.deliver_all(18)
    assert [each["dynamodb"]["NewImage"]["v"]["N"] for each in records if
            each["dynamodb"]["Keys"]["pk"]["S"] == "3"] == ["0", "1", "2"]  # fmt: skip
    found: list[Finding] = []
    server.plane.run(Verification(server.plane.database.engine, found.append).run())
    assert found == []


def test_a_deleted_table_hands_on_what_was_written(server: Server) -> None:
    server.enable()
    server.plane.put({"pk": {"S": "last"}})
    server.plane.call("DeleteTable", TableName="music")
    (record,) = server.deliver_all(1)
    assert record["dynamodb"]["Keys"] == {"pk": {"S": "last"}}
    server.deliver(lambda: server.plane.store_is_empty_under(b"\x12"))


def test_states_last_as_long_as_transitions() -> None:
    server = Server(Streams("changes"), transition_seconds=5.0)
    server.ask("Enable")
    server.deliver(lambda: True)
    assert server.states() == [("changes", "ENABLING")]
    server.plane.clock.advance(5.1)
    server.deliver(lambda: "ACTIVE" in _states(server))
    update = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    server.ask("Update", UpdateKinesisStreamingConfiguration=update)
    assert server.states() == [("changes", "UPDATING")]
    assert server.invalid("Disable") == NOT_ACTIVE
    server.plane.clock.advance(5.1)
    assert server.states() == [("changes", "ACTIVE")]
    for _ in range(2):
        assert server.ask("Disable")["DestinationStatus"] == "DISABLING"
    assert server.states() == [("changes", "DISABLING")]
    server.plane.close()


def test_a_table_that_is_being_deleted_gets_no_destination_and_keeps_its_own() -> None:
    server = Server(Streams("changes"), transition_seconds=5.0)
    server.ask("Enable")
    server.plane.clock.advance(5.1)
    server.deliver(lambda: "ACTIVE" in _states(server))
    server.plane.call("DeleteTable", TableName="music")
    assert server.states() == [("changes", "DISABLING")]
    for arn in (ARN, f"{ARN}2"):
        assert server.invalid("Enable", arn) == BUSY
        assert server.invalid("Disable", arn) == NOT_ACTIVE
    server.plane.close()


def test_one_that_is_being_deleted_without_a_destination_gets_none() -> None:
    server = Server(Streams("changes"), transition_seconds=5.0)
    server.plane.call("DeleteTable", TableName="music")
    assert server.invalid("Enable") == BUSY
    assert server.states() == []
    server.plane.close()


def test_without_an_endpoint_the_entry_says_so(server: Server) -> None:
    server.streams = sinks.NoSink()  # type: ignore[assignment]
    server.ask("Enable")
    server.deliver(lambda: "ENABLE_FAILED" in _states(server))
    answer = server.plane.call("DescribeKinesisStreamingDestination", TableName="music")
    (entry,) = answer["KinesisDataStreamDestinations"]
    assert "--kinesis-endpoint" in entry["DestinationStatusDescription"]


def test_the_entry_does_not_name_what_is_behind_a_stream(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.streams = sinks.DirectorySink(tmp_path / "gone")  # type: ignore[assignment]
    server.ask("Enable")
    server.deliver(lambda: "ENABLE_FAILED" in _states(server))
    answer = server.plane.call("DescribeKinesisStreamingDestination", TableName="music")
    (entry,) = answer["KinesisDataStreamDestinations"]
    assert entry["DestinationStatusDescription"] == sinks.UNREACHABLE
    assert f"the directory {tmp_path / 'gone'} does not exist" in caplog.text
