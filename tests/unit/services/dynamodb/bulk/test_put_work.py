"""Bulk puts: every line is put or reported once, whichever process does which step."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from jedlik.kernel.buckets.buckets import Buckets
from jedlik.kernel.keyspaces import BULK_REPORTS
from jedlik.services.dynamodb.bulk import put_work
from jedlik.services.dynamodb.bulk.put_work import BulkPutWork
from jedlik.services.dynamodb.loops.due_jobs import DueJobs
from jedlik.services.dynamodb.transfers import input_lines
from jedlik.services.dynamodb.verifying.verification import Finding, Verification
from tests.backed_up import items
from tests.control_plane import ControlPlane, Payload, attributes, index, on_demand
from tests.stored_rows import counted, held


@pytest.fixture
def bucket(plane: ControlPlane, tmp_path: Path) -> Path:
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    plane.database.buckets = Buckets({name: str(tmp_path / name) for name in ("in", "out")})
    indexed = {
        "AttributeDefinitions": attributes("pk", "n:N"),
        "GlobalSecondaryIndexes": [index("by-n", "n")],
    }
    plane.call("CreateTable", **on_demand(**indexed))
    return tmp_path


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(put_work, "LINES_A_STEP", 3)
    monkeypatch.setattr(put_work, "CONDITIONAL_LINES_A_STEP", 2)
    monkeypatch.setattr(put_work, "BYTES_A_FILE", 500)
    monkeypatch.setattr(input_lines, "CHUNK", 50)


def request(**members: Any) -> Payload:
    return {
        "TableName": "music",
        "InputS3Configuration": {"S3Bucket": "in", "InputFormat": "DYNAMODB_JSON"},
        "OutputS3Configuration": {
            "S3Bucket": "out",
            "S3KeyPrefix": "reports/",
            "OutputType": ["ERROR", "CONDITION_CHECK_FAILURE"],
        },
        **members,
    }


def begin(plane: ControlPlane, **members: Any) -> str:
    answer = plane.call("StartBulkPutItems", **request(**members))["BulkOperationDescription"]
    assert answer["BulkOperationStatus"] == "IN_PROGRESS"
    assert "TotalInputBytes" not in answer
    return str(answer["BulkOperationArn"])


def take_steps(plane: ControlPlane, rounds: int = 1000) -> None:
    """Do what is due, every step by another process."""

    async def run() -> None:
        for _ in range(rounds):
            jobs = DueJobs(plane.database, kinds=(BulkPutWork(plane.database),))
            await jobs.run_once()
            running = list(jobs._running.values())
            for task in running:
                await task
            await jobs.stop()
            if not running:
                return

    plane.run(run())


def bulk_operation_description(plane: ControlPlane, arn: str) -> Payload:
    answer = plane.call("DescribeBulkOperation", BulkOperationArn=arn)
    return answer["BulkOperationDescription"]  # type: ignore[no-any-return]


def finish(plane: ControlPlane, arn: str) -> Payload:
    take_steps(plane)
    found: list[Finding] = []
    plane.run(Verification(plane.database.engine, found.append).run())
    assert found == []
    assert plane.store_is_empty_under(BULK_REPORTS)
    return bulk_operation_description(plane, arn)


def line(number: int, value: str = "1", **members: Any) -> bytes:
    item = {"pk": {"S": f"p{number}"}, "n": {"N": value}}
    return json.dumps({"Item": item, **members}).encode() + b"\n"


def reported(bucket: Path, kind: str) -> list[dict[str, Any]]:
    files = sorted((bucket / "out").glob(f"reports/AWSDynamoDB/*/{kind}/*.json"))
    return [json.loads(each) for file in files for each in file.read_bytes().splitlines()]


NEW = {"ConditionExpression": "attribute_not_exists(pk)"}


def test_lines_are_put_or_reported(plane: ControlPlane, bucket: Path) -> None:
    plane.put({"pk": {"S": "p3"}, "n": {"N": "0"}})
    lines = [line(number, **NEW) for number in range(8)]
    lines[5:5] = [b'{"Item": {"n": {"N": "1"}}}\n', b'{"Item": {"pk": {"S": "x"}}, "Else": 1}\n']
    (bucket / "in" / "a.gz").write_bytes(gzip.compress(b"".join(lines)))
    (bucket / "in" / "b.gz").write_bytes(gzip.compress(line(1, "2") + b"{no json\n" + line(9)))
    source = {**request()["InputS3Configuration"], "InputCompressionType": "GZIP"}
    arn = begin(plane, InputS3Configuration=source, ClientToken="once")
    ended = finish(plane, arn)
    assert ended["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS"
    assert (ended["ProcessedItemCount"], ended["FailedItemCount"]) == (12, 3)
    assert ended["ProcessedInputBytes"] == ended["TotalInputBytes"] > 100
    assert {each["pk"]["S"]: each["n"]["N"] for each in items(plane)} == {
        **{f"p{number}": "1" for number in range(8)},
        "p3": "0",
        "p1": "2",
    }
    errors = reported(bucket, "error")
    pointers = [each["itemS3Pointer"] for each in errors]
    assert [(each["key"], each["itemIndex"]) for each in pointers] == [
        ("a.gz", 5),
        ("a.gz", 6),
        ("b.gz", 1),
    ]
    assert [each["errorMessages"][0][:40] for each in errors] == [
        "One or more parameter values were invalid: "[:40],
        "The line has a member that is not known:"[:40],
        "a line is not valid JSON: unexpected character"[:40],
    ]
    (unmet,) = reported(bucket, "condition-check-failure")
    assert unmet["Item"] == {"pk": {"S": "p3"}, "n": {"N": "1"}}
    assert unmet["ExistingItem"] == {"pk": {"S": "p3"}, "n": {"N": "0"}}
    assert unmet["itemS3Pointer"] == {"bucket": "in", "key": "a.gz", "itemIndex": 3}
    (summary,) = (bucket / "out").glob("reports/AWSDynamoDB/*/manifest-summary.json")
    told = json.loads(summary.read_text())
    assert told["status"] == "COMPLETED_WITH_ERRORS"
    assert told["conditionCheckFailureCount"] == 1
    assert sum(each["itemCount"] for each in told["outputFiles"]) == 4
    table = plane.run(plane.database.catalog.current("music"))
    assert table is not None
    for index_id in (0, table.indexes[0].id):
        assert counted(plane, table.id, index_id) == held(plane, table.id, index_id)
    usage = ended["BulkOperationUsage"][0]
    sizes = 8 * (2 + 2 + 1 + 2)
    assert usage["Table"] == {"BulkPutBytes": sizes}
    assert usage["GlobalSecondaryIndexes"] == {"by-n": {"BulkPutBytes": sizes}}
    assert usage["BulkPutBytes"] == 2 * sizes


def test_a_condition_sees_what_lines_before_it_put(plane: ControlPlane, bucket: Path) -> None:
    grows = {
        "ConditionExpression": "attribute_not_exists(pk) OR #n < :n",
        "ExpressionAttributeNames": {"#n": "n"},
    }
    lines = [
        line(1, value, **grows, ExpressionAttributeValues={":n": {"N": value}})
        for value in ("1", "3", "2", "5", "4")
    ]
    (bucket / "in" / "a").write_bytes(b"".join(lines))
    ended = finish(plane, begin(plane))
    assert ended["BulkOperationStatus"] == "COMPLETED"
    assert (ended["ProcessedItemCount"], ended["FailedItemCount"]) == (5, 0)
    assert items(plane)[0]["n"] == {"N": "5"}
    unmet = reported(bucket, "condition-check-failure")
    assert [(each["Item"]["n"]["N"], each["ExistingItem"]["n"]["N"]) for each in unmet] == [
        ("2", "3"),
        ("4", "5"),
    ]


def test_a_kind_that_was_not_asked_for_is_not_reported(plane: ControlPlane, bucket: Path) -> None:
    (bucket / "in" / "a").write_bytes(line(1) + line(1, **NEW) + b'{"Item": {}}\n')
    output = {"S3Bucket": "out", "OutputType": ["CONDITION_CHECK_FAILURE"]}
    finish(plane, begin(plane, OutputS3Configuration=output))
    files = sorted(path.parent.name for path in (bucket / "out").rglob("0*.json"))
    assert files == ["condition-check-failure"]


def test_ion_files_are_put_with_their_conditions(plane: ControlPlane, bucket: Path) -> None:
    pytest.importorskip("amazon.ion")
    (bucket / "in" / "a.ion").write_text(
        '$ion_1_0 {Item:{pk:"a",n:1.}}\n'
        '{Item:{pk:"a",n:2.},ConditionExpression:"#n = :n",ExpressionAttributeNames:{\'#n\':"n"},'
        "ExpressionAttributeValues:{':n':1.}}\n"
    )
    source = {"S3Bucket": "in", "InputFormat": "ION"}
    ended = finish(plane, begin(plane, InputS3Configuration=source))
    assert (ended["BulkOperationStatus"], ended["FailedItemCount"]) == ("COMPLETED", 0)
    assert items(plane) == [{"pk": {"S": "a"}, "n": {"N": "2"}}]


def test_a_bulk_put_can_be_cancelled(plane: ControlPlane, bucket: Path) -> None:
    (bucket / "in" / "a").write_bytes(b"".join(map(line, range(50))))
    arn = begin(plane, MaxWriteRequestUnits=1024)
    take_steps(plane, rounds=2)
    answer = plane.call("CancelBulkOperation", BulkOperationArn=arn)
    ended = bulk_operation_description(plane, arn)
    if ended["BulkOperationStatus"] == "CANCELLING":
        assert answer == {"BulkOperationArn": arn, "BulkOperationStatus": "CANCELLING"}
    ended = finish(plane, arn)
    again = plane.call("CancelBulkOperation", BulkOperationArn=arn)
    assert again["BulkOperationStatus"] == ended["BulkOperationStatus"]
    assert ended["ProcessedItemCount"] == len(items(plane))


def test_a_rate_is_kept(plane: ControlPlane, bucket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_lines, "CHUNK", 1_000_000)
    made = [{"pk": {"S": f"x{number}"}, "v": {"S": "y" * 300_000}} for number in range(5)]
    (bucket / "in" / "a").write_text("\n".join(json.dumps({"Item": each}) for each in made))
    arn = begin(plane, MaxWriteRequestUnits=1024)
    take_steps(plane, rounds=1)
    assert bulk_operation_description(plane, arn)["BulkOperationStatus"] == "IN_PROGRESS", (
        "1465 units take longer"
    )
    plane.clock.advance(1.0)
    ended = finish(plane, arn)
    assert (ended["BulkOperationStatus"], ended["ProcessedItemCount"]) == ("COMPLETED", 5)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"InputS3Configuration": {"S3Bucket": "no", "InputFormat": "ION"}}, "S3NoSuchBucket"),
        ({"OutputS3Configuration": {"S3Bucket": "no", "OutputType": ["ERROR"]}}, "S3NoSuchBucket"),
    ],
)
def test_a_bucket_that_is_not_there(
    plane: ControlPlane, bucket: Path, members: Payload, code: str
) -> None:
    (bucket / "in" / "a").write_bytes(line(1))
    ended = finish(plane, begin(plane, **members))
    assert (ended["BulkOperationStatus"], ended["FailureCode"]) == ("FAILED", code)
    assert items(plane) == []


def test_a_table_that_goes_meanwhile(plane: ControlPlane, bucket: Path) -> None:
    (bucket / "in" / "a").write_bytes(b"".join(map(line, range(9))))
    arn = begin(plane)
    plane.call("DeleteTable", TableName="music")
    take_steps(plane)
    ended = bulk_operation_description(plane, arn)
    assert (ended["BulkOperationStatus"], ended["FailureCode"]) == (
        "FAILED",
        "ResourceNotFoundException",
    )


def test_what_is_refused_at_once(plane: ControlPlane, bucket: Path) -> None:
    (bucket / "in" / "a").write_bytes(line(1))
    assert plane.refusal("StartBulkPutItems", **request(TableName="none")).code() == (
        "ResourceNotFoundException"
    )
    without = {"OutputType": ["ERROR"]}
    assert "S3Bucket" in plane.invalid(
        "StartBulkPutItems", **request(OutputS3Configuration=without)
    )
    sealed = {"S3Bucket": "out", "OutputType": ["ERROR"], "S3SseAlgorithm": "KMS"}
    assert "not available" in plane.invalid(
        "StartBulkPutItems", **request(OutputS3Configuration=sealed)
    )
    arn = begin(plane, ClientToken="once")
    assert begin(plane, ClientToken="once") == arn
    other = request(ClientToken="once", MaxWriteRequestUnits=2048)
    assert plane.refusal("StartBulkPutItems", **other).code() == (
        "IdempotentParameterMismatchException"
    )
    plane.clock.advance(8 * 3600 + 1)
    assert begin(plane, ClientToken="once") != arn
    none = arn[:-8] + "00000000"
    for operation in ("DescribeBulkOperation", "CancelBulkOperation"):
        refusal = plane.refusal(operation, BulkOperationArn=none)
        assert refusal.code() == "ResourceNotFoundException"


def test_operations_are_listed_latest_first(plane: ControlPlane, bucket: Path) -> None:
    arns = []
    for _ in range(5):
        arns.append(begin(plane))
        plane.clock.advance(1)
    listed: list[str] = []
    page: Payload = {}
    while not listed or "NextToken" in page:
        token = {"NextToken": page["NextToken"]} if page else {}
        page = plane.call("ListBulkOperations", MaxResults=2, **token)
        listed += [each["BulkOperationArn"] for each in page["BulkOperationsSummaryList"]]
    assert listed == arns[::-1]
    assert "nextToken is invalid" in plane.invalid("ListBulkOperations", NextToken="f" * 16)
    plane.clock.advance(91 * 86400)
    assert plane.call("ListBulkOperations")["BulkOperationsSummaryList"] == []


def test_objects_that_are_no_input(
    plane: ControlPlane, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off, without an end of its line, deeper than JSON may be, larger than an item: each is
    reported, and the good lines of all objects are put."""
    monkeypatch.setattr(input_lines, "CHUNK", 1 << 16)
    monkeypatch.setattr(input_lines, "MAX_LINE_SIZE", 1 << 20)
    monkeypatch.setattr(put_work, "BYTES_A_FILE", 1 << 20)
    large = json.dumps({"Item": {"pk": {"S": "x" * 410_000}}}).encode() + b"\n"
    deep = b'{"Item":{"pk":{"S":"d"},"v":' + b'{"L":[' * 2000 + b"]}" * 2000 + b"}}\n"
    for name, content in (
        ("a", gzip.compress(line(1) + line(2))[:-9]),
        ("b", gzip.compress(line(3) + bytes(3 << 20))),
        ("c", gzip.compress(line(4) + deep + line(5))),
        ("d", gzip.compress(line(6) + large + line(7))),
        ("e", b""),
        ("f", b"plain"),
    ):
        (bucket / "in" / name).write_bytes(content)
    source = {**request()["InputS3Configuration"], "InputCompressionType": "GZIP"}
    ended = finish(plane, begin(plane, InputS3Configuration=source))
    assert ended["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS"
    put = {each["pk"]["S"] for each in items(plane)}
    assert put >= {f"p{number}" for number in (1, 2, 3, 4, 6, 7)}
    reasons = {each["itemS3Pointer"]["key"]: each["errorMessages"][0] for each in
               reported(bucket, "error")}  # fmt: skip
    assert reasons.keys() == {"a", "b", "c", "d", "f"}
    assert reasons["a"] == "the gzip stream ends before its end"
    assert reasons["b"] == "a line is longer than 1048576 bytes"
    assert reasons["f"].startswith("it is not compressed with gzip")
    assert ended["FailedItemCount"] == 5
