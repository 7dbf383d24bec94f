"""Exports, full and incremental, with their files, manifests and failures."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from jedlik.services.dynamodb.transfers import export_work
from tests.backed_up import recover
from tests.control_plane import ControlPlane, Payload, on_demand
from tests.unit.services.dynamodb.transfers.exporting import ARN, data, export, finish

ID = "AWSDynamoDB/{}"


def item(number: int, text: str = "x") -> dict[str, Any]:
    return {"pk": {"S": f"p{number}"}, "text": {"S": text}}


def test_a_full_export(plane: ControlPlane, bucket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_work, "ROWS_A_FILE", 3)
    monkeypatch.setattr(export_work, "ROWS_A_PAGE", 3)
    plane.call("CreateTable", **on_demand())
    recover(plane)
    plane.put(*(item(number) for number in range(10)))
    begun = export(plane, S3Prefix="daily/", ClientToken="once")
    assert begun["ExportStatus"] == "IN_PROGRESS"
    assert begun["ExportFormat"] == "DYNAMODB_JSON"
    assert begun["S3SseAlgorithm"] == "AES256"
    assert "ItemCount" not in begun
    plane.put(item(3, "later"), item(11))
    ended = finish(plane, begun["ExportArn"])
    assert ended["ExportStatus"] == "COMPLETED"
    assert ended["ItemCount"] == 10
    assert ended["BilledSizeBytes"] == 90
    export_id = begun["ExportArn"].rpartition("/")[2]
    assert ended["ExportManifest"] == f"daily/AWSDynamoDB/{export_id}/manifest-summary.json"
    found = data(bucket, ended["ExportManifest"])
    assert sorted(json.loads(line)["Item"]["pk"]["S"] for line in found) == [
        f"p{number}" for number in range(10)
    ]
    assert {json.loads(line)["Item"]["text"]["S"] for line in found} == {"x"}
    folder = bucket / "daily/AWSDynamoDB" / export_id
    assert (folder / "_started").read_bytes() == b""
    assert len(list((folder / "data").iterdir())) == 4
    summary = json.loads((folder / "manifest-summary.json").read_bytes())
    assert summary["version"] == "2020-06-30"
    assert summary["exportType"] == "FULL_EXPORT"
    assert summary["exportTime"] == "2023-11-14T22:13:20.250Z"
    assert export(plane, S3Prefix="daily/", ClientToken="once")["ExportArn"] == begun["ExportArn"]
    error = plane.refusal(
        "ExportTableToPointInTime", TableArn=ARN, S3Bucket="mine", ClientToken="once"
    )
    assert error.code() == "ExportConflictException"


def test_one_file_is_made_at_a_time(
    plane: ControlPlane, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.call("CreateTable", **on_demand())
    recover(plane)
    plane.put(item(0))
    exports = [export(plane, S3Prefix=str(number)) for number in range(3)]
    make = export_work.data_file
    going_on, most = 0, 0

    def data_file(lines: Any) -> Any:
        nonlocal going_on, most
        going_on += 1
        most = max(most, going_on)
        time.sleep(0.05)  # long enough for the others to come to this
        going_on -= 1
        return make(lines)

    monkeypatch.setattr(export_work, "data_file", data_file)
    finish(plane, exports[0]["ExportArn"])
    for each in exports:
        ended = plane.call("DescribeExport", ExportArn=each["ExportArn"])["ExportDescription"]
        assert (ended["ExportStatus"], ended["ItemCount"]) == ("COMPLETED", 1)
    assert most == 1


def test_an_export_in_ion(plane: ControlPlane, bucket: Path) -> None:
    plane.call("CreateTable", **on_demand())
    recover(plane)
    plane.put({"pk": {"S": "a"}, "n": {"N": "600"}, "set": {"SS": ["x"]}})
    ended = finish(plane, export(plane, ExportFormat="ION")["ExportArn"])
    assert data(bucket, ended["ExportManifest"]) == [
        b'$ion_1_0 {Item:{pk:"a",n:6d2,set:$dynamodb_SS::["x"]}}'
    ]


def test_what_changed_in_a_window(plane: ControlPlane, bucket: Path) -> None:
    plane.call("CreateTable", **on_demand())
    recover(plane)
    plane.put(item(0), item(1), item(2))
    plane.clock.advance(60)
    begin = plane.clock.now()
    plane.put(item(1, "first"), item(3), item(4))
    plane.clock.advance(10)
    plane.put(item(1, "second"), item(5))
    plane.call("DeleteItem", TableName="music", Key={"pk": {"S": "p2"}})
    plane.call("DeleteItem", TableName="music", Key={"pk": {"S": "p4"}})
    changed_at = plane.clock.now()
    plane.clock.advance(1000)
    end = plane.clock.now()
    plane.put(item(0, "after the window"), item(3, "after the window"))
    plane.clock.advance(1)
    window = {"ExportFromTime": begin, "ExportToTime": end}
    request = {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": window}
    ended = finish(plane, export(plane, **request)["ExportArn"])
    assert ended["BilledSizeBytes"] == 10_000_000
    found = {
        line["Keys"]["pk"]["S"]: line
        for line in map(json.loads, data(bucket, ended["ExportManifest"]))
    }
    assert sorted(found) == ["p1", "p2", "p3", "p5"]
    assert found["p1"] == {
        "Metadata": {"WriteTimestampMicros": str(round(changed_at * 1_000_000))},
        "Keys": {"pk": {"S": "p1"}},
        "OldImage": item(1),
        "NewImage": item(1, "second"),
    }
    assert "NewImage" not in found["p2"]
    assert found["p2"]["OldImage"] == item(2)
    assert "OldImage" not in found["p3"]
    assert found["p3"]["NewImage"] == item(3)
    window["ExportViewType"] = "NEW_IMAGE"
    ended = finish(plane, export(plane, **request)["ExportArn"])
    assert not any(b"OldImage" in line for line in data(bucket, ended["ExportManifest"]))


def test_a_bucket_that_is_not_there_fails_the_export(plane: ControlPlane, bucket: Path) -> None:
    plane.call("CreateTable", **on_demand())
    recover(plane)
    plane.put(item(1))
    ended = finish(plane, export(plane, S3Bucket="nothing")["ExportArn"])
    assert ended["ExportStatus"] == "FAILED"
    assert ended["FailureCode"] == "S3NoSuchBucket"
    assert ended["FailureMessage"].startswith(
        "The specified bucket does not exist: start the server"
    )
    assert "ExportManifest" not in ended
    assert ended["EndTime"] == plane.clock.now()


def test_exports_are_listed_with_their_table(plane: ControlPlane, bucket: Path) -> None:
    plane.call("CreateTable", **on_demand())
    recover(plane)
    arns = []
    for _ in range(3):
        arns.append(export(plane)["ExportArn"])
        plane.clock.advance(1)
    page = plane.call("ListExports", TableArn=ARN, MaxResults=2)
    assert [each["ExportArn"] for each in page["ExportSummaries"]] == arns[:0:-1]
    rest = plane.call("ListExports", TableArn=ARN, NextToken=page["NextToken"])
    assert [each["ExportArn"] for each in rest["ExportSummaries"]] == arns[:1]
    assert "NextToken" not in rest
    recover(plane, PointInTimeRecoveryEnabled=False)
    plane.call("DeleteTable", TableName="music")
    assert {finish(plane, arn)["ExportStatus"] for arn in arns} == {"COMPLETED"}
    assert plane.call("ListExports", TableArn=ARN)["ExportSummaries"] == []
    stream = f"{ARN}/stream/2023-11-14T22:13:20.250"
    assert plane.invalid("ListExports", TableArn=stream).endswith("tableArn is not a valid ARN")
    assert len(plane.call("ListExports")["ExportSummaries"]) == 3
    plane.clock.advance(90 * 86400 + 3)
    assert plane.call("ListExports")["ExportSummaries"] == []
    assert plane.refusal("DescribeExport", ExportArn=arns[0]).code() == "ExportNotFoundException"


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        ({"TableArn": "music"}, "ValidationException", "tableArn is not a valid ARN"),
        (
            {"TableArn": f"{ARN}/index/by-kind"},
            "ValidationException",
            "Invalid Request: Table ARN is invalid.",
        ),
        (
            {"TableArn": f"{ARN}/stream/2023-11-14T22:13:20.250"},
            "ValidationException",
            "Invalid Request: Table ARN is invalid.",
        ),
        (
            {"ExportType": "INCREMENTAL_EXPORT"},
            "ValidationException",
            "Incremental Export Specification expected when export type is set as Incremental",
        ),
        (
            {"IncrementalExportSpecification": {"ExportFromTime": 0}},
            "ValidationException",
            "Export Type expected to be Incremental Export when incremental export",
        ),
        ({"S3SseKmsKeyId": "k"}, "ValidationException", "KMS Key Id is not supported"),
        ({"ExportTime": 0}, "InvalidExportTimeException", "Export Time is invalid"),
        ({"ExportTime": 2e9}, "InvalidExportTimeException", "Export Time is invalid"),
        (
            {"FilterSpecification": {}},
            "ValidationException",
            "Invalid FilterSpecification: The specification can not be empty",
        ),
        (
            {
                "ExportType": "INCREMENTAL_EXPORT",
                "IncrementalExportSpecification": {"ExportFromTime": 0},
            },
            "InvalidExportTimeException",
            (
                "Incremental export period from time cannot be less than the table creation time : "
                "2023-11-14T22:13:20Z"
            ),
        ),
    ],
)
def test_invalid_exports_are_refused(
    plane: ControlPlane, request_: Payload, code: str, text: str
) -> None:
    plane.call("CreateTable", **on_demand())
    recover(plane)
    error = plane.refusal(
        "ExportTableToPointInTime", **{"TableArn": ARN, "S3Bucket": "mine", **request_}
    )
    assert error.code() == code
    assert text in error.message


def test_without_recovery_there_is_no_export(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    error = plane.refusal("ExportTableToPointInTime", TableArn=ARN, S3Bucket="mine")
    assert error.code() == "PointInTimeRecoveryUnavailableException"
    assert error.message == "Point in time recovery is not enabled for table 'music'"
    error = plane.refusal(
        "ExportTableToPointInTime",
        TableArn=ARN,
        S3Bucket="mine",
        ExportType="INCREMENTAL_EXPORT",
        IncrementalExportSpecification={"ExportFromTime": 0},
    )
    assert error.code() == "InvalidExportTimeException", "what it is from is looked at before"


def test_a_moment_before_recovery_was_on(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    plane.clock.advance(60)
    recover(plane)
    moment = plane.clock.now() - 30
    error = plane.refusal(
        "ExportTableToPointInTime", TableArn=ARN, S3Bucket="mine", ExportTime=moment
    )
    assert (error.code(), error.message) == (
        "InvalidExportTimeException",
        "Point in Time Recovery is not available for specified export time",
    )
