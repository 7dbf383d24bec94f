"""Triggers over the wire: a table, its stream, a function, and a mapping between them."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.making import refusal
from tests.functions import RECORDER, create_function, create_table, lines_of
from tests.servers import RunningServer
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def functions(running_server: RunningServer) -> Iterator[Any]:
    client = running_server.client("lambda")
    yield client
    client.close()


class Trigger:
    """A table whose changes go to a function, which writes them to a file."""

    def __init__(
        self, dynamodb: Any, functions: Any, out: Path, source: str = RECORDER, **members: Any
    ) -> None:
        self.dynamodb, self.functions, self.out = dynamodb, functions, out
        self.table, self.arn = create_table(dynamodb)
        variables = {"OUT": str(out), "FAIL": str(out.with_name("fail"))}
        self.function = create_function(functions, source, Environment={"Variables": variables})
        self.members = {"StartingPosition": "TRIM_HORIZON", **members}

    def connect(self) -> dict[str, Any]:
        self.mapping: dict[str, Any] = self.functions.create_event_source_mapping(
            EventSourceArn=self.arn, FunctionName=self.function, **self.members
        )
        return self.mapping

    def put(self, key: str, number: int = 0) -> None:
        item = {"pk": {"S": key}, "n": {"N": str(number)}}
        self.dynamodb.put_item(TableName=self.table, Item=item)

    @property
    def keys(self) -> list[str]:
        return [line[0] for line in lines_of(self.out)]

    def wait_for(self, *keys: str) -> None:
        wait_until(lambda: set(keys) <= set(self.keys), f"delivery of {keys}")

    @property
    def result(self) -> str:
        found = self.functions.get_event_source_mapping(UUID=self.mapping["UUID"])
        return str(found["LastProcessingResult"])


def test_changes_arrive_in_order(dynamodb, functions, tmp_path):
    trigger = Trigger(dynamodb, functions, tmp_path / "out")
    trigger.put("before", 1)
    assert trigger.connect()["State"] == "Creating"
    trigger.put("before", 2)
    dynamodb.delete_item(TableName=trigger.table, Key={"pk": {"S": "before"}})
    trigger.put("last")
    trigger.wait_for("last")
    wait_until(lambda: len(lines_of(trigger.out)) == 4, "all of them")
    assert [line for line in lines_of(trigger.out) if line[0] == "before"] == [
        ["before", "1", "INSERT"],
        ["before", "2", "MODIFY"],
        ["before", "2", "REMOVE"],
    ]
    wait_until(lambda: trigger.result == "OK", "the result")


def test_latest_begins_now(dynamodb, functions, tmp_path):
    trigger = Trigger(dynamodb, functions, tmp_path / "out", StartingPosition="LATEST")
    trigger.put("before")
    trigger.connect()
    trigger.put("after")
    trigger.wait_for("after")
    assert trigger.keys == ["after"]


FAILING = (
    RECORDER
    + """
    if os.path.exists(os.environ["FAIL"]):
        raise ValueError("not now")
"""
)


def test_errors_and_retries_show(dynamodb, functions, tmp_path, running_server):
    trigger = Trigger(dynamodb, functions, tmp_path / "out", FAILING)
    (tmp_path / "fail").touch()
    trigger.connect()
    trigger.put("k")

    def retries() -> int:
        return int("".join(re.findall(r"retry (\d+) follows", trigger.result)) or 0)

    wait_until(lambda: retries() >= 2, "two retries")
    assert trigger.result.startswith("PROBLEM: Function call failed. ValueError: not now (shardId")
    assert f"function {trigger.function} failed: ValueError: not now" in running_server.log()
    (tmp_path / "fail").unlink()
    wait_until(lambda: trigger.result == "OK", "success")
    assert len(trigger.keys) >= 3


POISON = (
    RECORDER
    + """
    if any(line[0] == "poison" for line in lines):
        raise ValueError("poison")
"""
)


def test_a_poison_record_is_isolated_and_told_of(dynamodb, functions, tmp_path):
    told = tmp_path / "told.jsonl"
    trigger = Trigger(
        dynamodb,
        functions,
        tmp_path / "out",
        POISON,
        MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": f"file://{told}"}},
    )
    for key in ("a", "b", "poison", "c"):
        trigger.put(key)
    trigger.connect()
    trigger.wait_for("a", "b", "c")
    (record,) = wait_until(lambda: lines_of(told), "the record of the failure")
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["DDBStreamBatchInfo"]["batchSize"] == 1
    assert record["DDBStreamBatchInfo"]["streamArn"] == trigger.arn
    (payload,) = json.loads(record["payload"])["Records"]
    assert payload["dynamodb"]["Keys"] == {"pk": {"S": "poison"}}
    assert payload["eventSourceARN"] == trigger.arn


REPORTING = (
    RECORDER
    + """
    return {"batchItemFailures": [
        {"itemIdentifier": record["dynamodb"]["SequenceNumber"]}
        for record in event["Records"]
        if record["dynamodb"]["Keys"]["pk"]["S"] == "late" and os.path.exists(os.environ["FAIL"])
    ]}
"""
)


def test_reported_failures_come_again(dynamodb, functions, tmp_path):
    trigger = Trigger(
        dynamodb,
        functions,
        tmp_path / "out",
        REPORTING,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    (tmp_path / "fail").touch()
    for key in ("early", "late"):
        trigger.put(key)
    trigger.connect()
    wait_until(lambda: trigger.keys.count("late") >= 2, "a repetition")
    assert trigger.keys.count("early") == 1
    # The shard of the early one may be another, and say OK in between.
    wait_until(lambda: "it reported 1 failed records" in trigger.result, "the report")
    (tmp_path / "fail").unlink()
    wait_until(lambda: trigger.result == "OK", "success")


def test_a_filter_passes_only_matching_records(dynamodb, functions, tmp_path):
    pattern = {"dynamodb": {"NewImage": {"pk": {"S": [{"prefix": "yes"}]}}}}
    filters = {"Filters": [{"Pattern": json.dumps(pattern)}]}
    trigger = Trigger(dynamodb, functions, tmp_path / "out", FilterCriteria=filters)
    assert trigger.connect()["FilterCriteria"] == filters
    for key in ("no", "yes1", "nono", "yes2"):
        trigger.put(key)
    trigger.wait_for("yes1", "yes2")
    assert sorted(trigger.keys) == ["yes1", "yes2"]


def test_disable_update_enable_delete(dynamodb, functions, tmp_path):
    trigger = Trigger(dynamodb, functions, tmp_path / "out")
    uuid_ = trigger.connect()["UUID"]
    trigger.put("one")
    trigger.wait_for("one")
    wait_until(lambda: trigger.result == "OK", "the checkpoint")
    updated = functions.update_event_source_mapping(UUID=uuid_, Enabled=False, BatchSize=7)
    assert (updated["State"], updated["BatchSize"]) == ("Disabling", 7)
    assert functions.get_event_source_mapping(UUID=uuid_)["State"] == "Disabled"
    trigger.put("two")
    listed = functions.list_event_source_mappings(FunctionName=trigger.function)
    assert [each["UUID"] for each in listed["EventSourceMappings"]] == [uuid_]
    listed = functions.list_event_source_mappings(EventSourceArn=trigger.arn)
    assert [each["UUID"] for each in listed["EventSourceMappings"]] == [uuid_]
    functions.update_event_source_mapping(UUID=uuid_, Enabled=True)
    trigger.wait_for("two")
    assert trigger.keys == ["one", "two"]
    assert functions.delete_event_source_mapping(UUID=uuid_)["State"] == "Deleting"
    code, text = refusal(functions.get_event_source_mapping, UUID=uuid_)
    assert (code, text) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )


def test_delivery_goes_on_after_a_restart(start_server, tmp_path):
    server = start_server()
    trigger = Trigger(server.client(), server.client("lambda"), tmp_path / "out")
    trigger.connect()
    trigger.put("one")
    trigger.wait_for("one")
    wait_until(lambda: trigger.result == "OK", "the checkpoint")
    assert server.stop() == 0
    server = start_server(data=tmp_path / "data")
    trigger.dynamodb = server.client()
    trigger.put("two")
    trigger.wait_for("two")
    assert trigger.keys == ["one", "two"]


def test_split_shards_are_read_parents_first(start_server, tmp_path):
    lifetime = ("--stream-shards", "1", "--stream-shard-lifetime", "1")
    server = start_server(*lifetime)
    dynamodb = server.client()
    trigger = Trigger(dynamodb, server.client("lambda"), tmp_path / "out")
    trigger.connect()
    streams = server.client("dynamodbstreams")
    number = 0

    def rotated() -> bool:
        nonlocal number
        number += 1
        trigger.put("k", number)
        described = streams.describe_stream(StreamArn=trigger.arn)
        return len(described["StreamDescription"]["Shards"]) > 2

    wait_until(rotated, "two rotations")
    wait_until(lambda: len(lines_of(trigger.out)) >= number, "delivery of all")
    assert [int(line[1]) for line in lines_of(trigger.out)] == list(range(1, number + 1))


@pytest.fixture(scope="module")
def connected(dynamodb, functions, tmp_path_factory) -> Trigger:
    trigger = Trigger(dynamodb, functions, tmp_path_factory.mktemp("connected") / "out")
    trigger.connect()
    return trigger


NO_SOURCE = "Unrecognized event source. Unsupported source arn : arn:aws:s3:::bucket"
RECORD_AGE = (
    "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)"
)
TOO_MANY = "Too many filter patterns, maximum allowed 5 patterns, provided 6 patterns."


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"StartingPosition": None}, "Value null at 'startingPosition'"),
        ({"StartingPosition": "AT_TIMESTAMP"}, "Unsupported starting position for arn type: arn:"),
        (
            {"StartingPositionTimestamp": 1767225600},
            "Timestamp only valid with StartingPosition AT_TIMESTAMP",
        ),
        ({"FunctionName": "nobody"}, "Function does not exist"),
        ({"EventSourceArn": "arn:aws:s3:::bucket"}, NO_SOURCE),
        (
            {"ScalingConfig": {"MaximumConcurrency": 2}},
            "Unsupported ScalingConfig parameter for given event source mapping type.",
        ),
        (
            {"MetricsConfig": {"Metrics": ["ErrorCount"]}},
            "Invalid EventSourceMapping metrics. Expected values: [EventCount]",
        ),
        ({"TumblingWindowInSeconds": 60}, "TumblingWindowInSeconds is not available"),
        ({"MaximumRecordAgeInSeconds": 5}, RECORD_AGE),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "Invalid filter pattern definition."),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"a":["b"]}'}] * 6}}, TOO_MANY),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:1:q"}}},
            "this server tells files",
        ),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:1:q.fifo"}}},
            "FIFO-type Amazon SQS queues aren't supported as a destination.",
        ),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:events:us-east-1:1:x"}}},
            "The service specified by the TargetArn isn't supported as a destination.",
        ),
    ],
)
def test_what_mappings_are_refused(functions, connected, members, text):
    given = {
        "EventSourceArn": connected.arn,
        "FunctionName": connected.function,
        "StartingPosition": "LATEST",
        **members,
    }
    given = {name: value for name, value in given.items() if value is not None}
    code, found = refusal(functions.create_event_source_mapping, **given)
    assert code == "InvalidParameterValueException"
    assert text in found


def test_a_stream_that_is_not_there(functions, connected):
    arn = connected.arn[:-23] + "2001-01-01T00:00:00.000"
    found = refusal(
        functions.create_event_source_mapping,
        EventSourceArn=arn,
        FunctionName=connected.function,
        StartingPosition="LATEST",
    )
    assert found == ("InvalidParameterValueException", f"Stream not found: {arn}")


def test_one_mapping_of_a_stream_and_function(functions, connected):
    code, text = refusal(
        functions.create_event_source_mapping,
        EventSourceArn=connected.arn,
        FunctionName=connected.function,
        StartingPosition="LATEST",
    )
    assert code == "ResourceConflictException"
    assert connected.mapping["UUID"] in text


@pytest.mark.parametrize("call", ["get", "update", "delete"])
def test_a_mapping_that_is_not_there(functions, call):
    code, _ = refusal(getattr(functions, f"{call}_event_source_mapping"), UUID=str(uuid.uuid4()))
    assert code == "ResourceNotFoundException"


def test_a_mapping_has_the_documented_defaults(connected):
    told = {name: connected.mapping[name] for name in DEFAULTS}
    assert told == DEFAULTS


DEFAULTS = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "ParallelizationFactor": 1,
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "BisectBatchOnFunctionError": False,
    "TumblingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "DestinationConfig": {"OnFailure": {}},
    "StateTransitionReason": "User action",
    "LastProcessingResult": "No records processed",
}
