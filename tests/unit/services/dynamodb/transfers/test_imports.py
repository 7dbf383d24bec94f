"""Imports in all formats, from valid and invalid objects."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from jedlik.kernel.keyspaces import BACKUP_JOBS, DUE_WORK
from jedlik.services.dynamodb.loops.due_jobs import DueJobs
from jedlik.services.dynamodb.transfers import import_work, input_items, input_lines
from jedlik.services.dynamodb.transfers.export_work import ExportWork
from jedlik.services.dynamodb.transfers.import_work import ImportWork
from tests.backed_up import items, maintain, recover, work, work_on_transfers
from tests.control_plane import ControlPlane, Payload, attributes, index, on_demand
from tests.stored_rows import counted, held, rows


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_work, "LINES_A_STEP", 3)
    monkeypatch.setattr(input_lines, "CHUNK", 50)


def begin(plane: ControlPlane, **request: Any) -> Payload:
    table = {"TableCreationParameters": on_demand(), "InputFormat": "DYNAMODB_JSON"}
    source = {"S3BucketSource": {"S3Bucket": "mine"}}
    answer = plane.call("ImportTable", **{**table, **source, **request})
    return answer["ImportTableDescription"]  # type: ignore[no-any-return]


def finish(plane: ControlPlane, arn: str) -> Payload:
    """Do the work of an import, every step by another process; returns what is said of it then."""
    work_on_transfers(plane)
    work(plane)
    maintain(plane)
    assert not rows(plane, BACKUP_JOBS)
    answer = plane.call("DescribeImport", ImportArn=arn)
    return answer["ImportTableDescription"]  # type: ignore[no-any-return]


def line(number: int, **members: Any) -> bytes:
    item = {"pk": {"S": f"p{number}"}, "n": {"N": str(number)}, **members}
    return json.dumps({"Item": item}).encode() + b"\n"


def indexed() -> Payload:
    return on_demand(
        AttributeDefinitions=attributes("pk", "n:N"),
        GlobalSecondaryIndexes=[index("by-n", "n")],
    )


@pytest.mark.parametrize("compression", ["GZIP", "ZSTD", "NONE"])
def test_a_table_with_an_index(plane: ControlPlane, bucket: Path, compression: str) -> None:
    lines = [line(number) for number in range(20)]
    size = len(b"".join(lines))
    for name, part in (("a", lines[:11]), ("b", lines[11:])):
        content = b"".join(part)
        if compression == "GZIP":  # two members, one behind the other
            content = gzip.compress(content[:70]) + gzip.compress(content[70:])
        if compression == "ZSTD":
            zstandard = pytest.importorskip("zstandard")
            frames = (content[:70], content[70:])
            content = b"".join(zstandard.ZstdCompressor().compress(each) for each in frames)
        (bucket / name).write_bytes(content)
    begun = begin(plane, InputCompressionType=compression, TableCreationParameters=indexed())
    assert begun["ImportStatus"] == "IN_PROGRESS"
    assert plane.table()["TableStatus"] == "CREATING"
    assert "RestoreSummary" not in plane.table()
    assert plane.refusal("Scan", TableName="music").code() == "ResourceNotFoundException"
    ended = finish(plane, begun["ImportArn"])
    assert ended["ImportStatus"] == "COMPLETED", ended
    assert (ended["ProcessedItemCount"], ended["ImportedItemCount"]) == (20, 20)
    assert ended["ErrorCount"] == 0
    assert ended["ProcessedSizeBytes"] == size
    assert len(items(plane)) == len(items(plane, IndexName="by-n")) == 20
    table = plane.run(plane.database.catalog.current("music"))
    assert table is not None
    for index_id in (0, table.indexes[0].id):
        assert counted(plane, table.id, index_id) == held(plane, table.id, index_id)


def test_several_items_on_a_line(plane: ControlPlane, bucket: Path) -> None:
    together = [line(number, text={"S": 'a "} {" ü'}).strip() for number in range(1, 4)]
    (bucket / "a").write_bytes(line(0) + b"".join(together) + b"\r\n" + line(4) + b" \n")
    (bucket / "b").write_bytes(
        b"  ".join([line(5).strip(), line(6).strip(), b'{"Item": ', line(7)])
    )
    ended = finish(plane, begin(plane)["ImportArn"])
    assert (ended["ImportedItemCount"], ended["ErrorCount"]) == (7, 1)
    assert {item["pk"]["S"] for item in items(plane)} == {f"p{number}" for number in range(7)}
    assert {"pk": {"S": "p3"}, "n": {"N": "3"}, "text": {"S": 'a "} {" ü'}} in items(plane)


def test_csv_files_are_imported(plane: ControlPlane, bucket: Path) -> None:
    (bucket / "a.csv").write_text(
        'pk;n;text\r\na;1;"one ; ""two"""\r\nb;2;\r\nc;3;"over\nlines"\r\n', newline=""
    )
    begun = begin(
        plane,
        InputFormat="CSV",
        InputFormatOptions={"Csv": {"Delimiter": ";"}},
        TableCreationParameters=indexed(),
    )
    assert finish(plane, begun["ImportArn"])["ImportStatus"] == "COMPLETED"
    assert items(plane) == sorted(
        [
            {"pk": {"S": "a"}, "n": {"N": "1"}, "text": {"S": 'one ; "two"'}},
            {"pk": {"S": "b"}, "n": {"N": "2"}},
            {"pk": {"S": "c"}, "n": {"N": "3"}, "text": {"S": "over\nlines"}},
        ],
        key=repr,
    )


def test_csv_with_a_header_of_its_own(plane: ControlPlane, bucket: Path) -> None:
    (bucket / "a.csv").write_text("a,1\nb,2\nc,3\nd,4\n")
    (bucket / "b.csv").write_text("e,5,too many\n")
    begun = begin(plane, InputFormat="CSV", InputFormatOptions={"Csv": {"HeaderList": ["pk", "n"]}})
    ended = finish(plane, begun["ImportArn"])
    assert (ended["ImportedItemCount"], ended["ErrorCount"]) == (4, 1)
    assert {"pk": {"S": "d"}, "n": {"S": "4"}} in items(plane)


ALL_TYPES = {
    "pk": {"S": "a"},
    "n": {"N": "-1.25"},
    "big": {"N": "1E+100"},
    "digits": {"N": "12345678901234567890123456789012345678"},
    "b": {"B": "AAEC"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "list": {"L": [{"S": "x"}, {"N": "1"}]},
    "map": {"M": {"it's": {"B": "AA=="}}},
    "ss": {"SS": ["x", "y"]},
    "ns": {"NS": ["1", "200"]},
    "bs": {"BS": ["AA==", "AQ=="]},
}


@pytest.mark.parametrize("form", ["DYNAMODB_JSON", "ION"])
def test_an_export_comes_back(plane: ControlPlane, bucket: Path, form: str) -> None:
    if form == "ION":
        pytest.importorskip("amazon.ion.simpleion")
    plane.call("CreateTable", **on_demand())
    recover(plane)
    plane.put(ALL_TYPES)
    arn = plane.table()["TableArn"]
    export = plane.call(
        "ExportTableToPointInTime", TableArn=arn, S3Bucket="mine", ExportFormat=form
    )["ExportDescription"]["ExportArn"]
    work(plane)
    folder = f"AWSDynamoDB/{export.rpartition('/')[2]}/data/"
    request = {
        "InputFormat": form,
        "InputCompressionType": "GZIP",
        "S3BucketSource": {"S3Bucket": "mine", "S3KeyPrefix": folder},
        "TableCreationParameters": on_demand("again"),
    }

    async def write() -> None:
        jobs = DueJobs(plane.database, kinds=(ExportWork(plane.database),))
        while not plane.store_is_empty_under(DUE_WORK):
            await jobs.run_once()
            for task in list(jobs._running.values()):
                await task
        await jobs.stop()

    plane.run(write())
    assert finish(plane, begin(plane, **request)["ImportArn"])["ImportStatus"] == "COMPLETED"
    assert items(plane, "again") == items(plane)


def test_bad_items_are_counted_and_the_others_stay(
    plane: ControlPlane, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A line of 400 KB in chunks of 50 bytes would be put together eight thousand times.
    monkeypatch.setattr(input_lines, "CHUNK", 20_000)
    bad = [
        b'{"Item":{"other":{"S":"no key"}}}\n',
        b'{"Item":{"pk":{"N":"1"}}}\n',
        b'{"Item":{"pk":{"S":""}}}\n',
        b'{"Item":{"pk":{"S":"a"},"x":{"X":"unknown type"}}}\n',
        json.dumps({"Item": {"pk": {"S": "a"}, "x": {"S": "x" * 410_000}}}).encode() + b"\n",
    ]
    (bucket / "a").write_bytes(line(1) + b"".join(bad) + b"\n" + line(2) + line(1))
    ended = finish(plane, begin(plane)["ImportArn"])
    assert ended["ImportStatus"] == "FAILED"
    assert ended["FailureCode"] == "ItemValidationError"
    assert ended["FailureMessage"].startswith("Some of the items failed validation checks")
    assert (ended["ProcessedItemCount"], ended["ErrorCount"]) == (8, 5)
    assert ended["ImportedItemCount"] == 3
    assert plane.table()["TableStatus"] == "ACTIVE"
    assert len(items(plane)) == 2


@pytest.mark.parametrize(
    ("content", "compression"),
    [
        (line(1) + b"{no json\n" + line(2), "NONE"),
        (line(1) + b'{"NoItem": 1}\n' + line(2), "NONE"),
        (gzip.compress(line(1) * 3)[:-10], "GZIP"),
        (line(1), "GZIP"),
    ],
    # Compressed bytes have the time in them.
    ids=["no JSON", "no item", "cut off", "not compressed"],
)
def test_what_cannot_be_read_ends_its_object_alone(
    plane: ControlPlane, bucket: Path, content: bytes, compression: str
) -> None:
    (bucket / "a").write_bytes(content)
    good = line(7)
    (bucket / "b").write_bytes(gzip.compress(good) if compression == "GZIP" else good)
    ended = finish(plane, begin(plane, InputCompressionType=compression)["ImportArn"])
    assert ended["ImportStatus"] == "FAILED"
    assert ended["ErrorCount"] == 1
    assert {"pk": {"S": "p7"}, "n": {"N": "7"}} in items(plane)
    assert {"pk": {"S": "p2"}, "n": {"N": "2"}} not in items(plane)


def test_a_bucket_that_is_not_there_leaves_no_table(plane: ControlPlane, bucket: Path) -> None:
    begun = begin(plane, S3BucketSource={"S3Bucket": "nothing"})
    ended = finish(plane, begun["ImportArn"])
    assert (ended["ImportStatus"], ended["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert plane.refusal("DescribeTable", TableName="music").code() == "ResourceNotFoundException"


def test_nothing_is_counted_before_the_end(plane: ControlPlane, bucket: Path) -> None:
    (bucket / "a").write_bytes(line(1) * 2 + line(2))
    begun = begin(plane)
    jobs = DueJobs(plane.database, kinds=(ImportWork(plane.database),))

    async def some_steps() -> None:
        await jobs.run_once()
        for task in list(jobs._running.values()):
            await task
        await jobs.stop()

    plane.run(some_steps())
    shown = plane.call("DescribeImport", ImportArn=begun["ImportArn"])["ImportTableDescription"]
    assert shown["ImportStatus"] == "IN_PROGRESS"
    for member in ("ProcessedItemCount", "ImportedItemCount", "ErrorCount"):
        assert shown[member] == 0
    assert "ProcessedSizeBytes" not in shown
    ended = finish(plane, begun["ImportArn"])
    assert (ended["ProcessedItemCount"], ended["ImportedItemCount"]) == (3, 3), "writes, not keys"
    assert ended["ProcessedSizeBytes"] == len(line(1) * 2 + line(2))


def test_nothing_to_import_is_an_empty_table_and_a_line_in_the_log(
    plane: ControlPlane, bucket: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ended = finish(plane, begin(plane)["ImportArn"])
    assert (ended["ImportStatus"], ended["ProcessedSizeBytes"]) == ("COMPLETED", 0)
    assert items(plane) == []
    assert "no object of bucket" in caplog.text


def test_a_request_with_a_used_token_is_the_same_import(plane: ControlPlane, bucket: Path) -> None:
    begun = begin(plane, ClientToken="once")
    assert begin(plane, ClientToken="once")["ImportArn"] == begun["ImportArn"]
    source = {"InputFormat": "DYNAMODB_JSON", "S3BucketSource": {"S3Bucket": "mine"}}
    error = plane.refusal(
        "ImportTable", **source, ClientToken="once", TableCreationParameters=on_demand("other")
    )
    assert error.code() == "ImportConflictException"
    error = plane.refusal("ImportTable", **source, TableCreationParameters=on_demand())
    assert (error.code(), error.message) == (
        "ResourceInUseException",
        "Table already exists: music",
    )
    text = plane.invalid(
        "ImportTable",
        **source,
        TableCreationParameters=on_demand(),
        InputFormatOptions={"Csv": {"Delimiter": ","}},
    )
    assert text.endswith("InputFormatOptions for the given input format: DYNAMODB_JSON.")
    error = plane.refusal("DescribeImport", ImportArn=begun["ImportArn"][:-8] + "00000000")
    assert error.code() == "ImportNotFoundException"
    for number in range(3):
        plane.clock.advance(1)
        begin(plane, TableCreationParameters=on_demand(f"table-{number}"))
    page = plane.call("ListImports", PageSize=3)
    assert len(page["ImportSummaryList"]) == 3
    rest = plane.call("ListImports", NextToken=page["NextToken"])["ImportSummaryList"]
    assert [each["ImportArn"] for each in rest] == [begun["ImportArn"]]
    arn = begun["TableArn"]
    assert len(plane.call("ListImports", TableArn=arn)["ImportSummaryList"]) == 1
    of_exports = b"export/01700000000000-0123abcd".ljust(56).hex()
    for token in (of_exports, "00" * 56, "ff" * 56):
        text = plane.invalid("ListImports", NextToken=token)
        assert text == f"Invalid Request: Provided nextToken is invalid: {token}"


def test_a_list_has_ten_unless_it_is_said(plane: ControlPlane, bucket: Path) -> None:
    for number in range(11):
        begin(plane, TableCreationParameters=on_demand(f"table-{number}"))
        plane.clock.advance(0.1)
    page = plane.call("ListImports")
    assert len(page["ImportSummaryList"]) == 10
    assert len(plane.call("ListImports", NextToken=page["NextToken"])["ImportSummaryList"]) == 1


def test_a_token_of_an_import_that_has_ended(plane: ControlPlane, bucket: Path) -> None:
    begun = begin(plane, ClientToken="once")
    other_prefix = {"S3BucketSource": {"S3Bucket": "mine", "S3KeyPrefix": "other"}}
    again = begin(plane, ClientToken="once", **other_prefix)
    assert again["ImportArn"] == begun["ImportArn"], "a changed prefix is ignored"
    finish(plane, begun["ImportArn"])
    request = {
        "S3BucketSource": {"S3Bucket": "mine"},
        "InputFormat": "DYNAMODB_JSON",
        "ClientToken": "once",
        "TableCreationParameters": on_demand(),
    }
    error = plane.refusal("ImportTable", **request)
    assert (error.code(), error.message) == (
        "ResourceInUseException",
        "Table already exists: music",
    )
    plane.call("DeleteTable", TableName="music")
    maintain(plane)
    answer = plane.call("ImportTable", **request)["ImportTableDescription"]
    assert (answer["ImportArn"], answer["ImportStatus"]) == (begun["ImportArn"], "COMPLETED")
    assert plane.refusal("DescribeTable", TableName="music").code() == "ResourceNotFoundException"
    plane.clock.advance(8 * 3600 + 1)
    answer = plane.call("ImportTable", **request)["ImportTableDescription"]
    assert answer["ImportArn"] != begun["ImportArn"], "tokens are known for eight hours"


def test_what_can_be_done_to_a_table_that_is_being_imported(
    plane: ControlPlane, bucket: Path
) -> None:
    arn = begin(plane)["TableArn"]
    ttl = {"TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True}}
    for operation, request, code in (
        ("UpdateTable", {"DeletionProtectionEnabled": True}, "ResourceInUseException"),
        ("UpdateTimeToLive", ttl, "ResourceInUseException"),
        ("DeleteTable", {}, "ResourceInUseException"),
        ("PutItem", {"Item": {"pk": {"S": "a"}}}, "ResourceNotFoundException"),
        ("CreateBackup", {"BackupName": "early"}, "ContinuousBackupsUnavailableException"),
        (
            "UpdateContinuousBackups",
            {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
            "ContinuousBackupsUnavailableException",
        ),
    ):
        error = plane.refusal(operation, TableName="music", **request)
        assert error.code() == code, operation
    assert error.message == "Backups are being enabled for the table: music. Please retry later"
    error = plane.refusal("TagResource", ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert error.code() == "ResourceNotFoundException"
    described = plane.call("DescribeContinuousBackups", TableName="music")
    assert described["ContinuousBackupsDescription"] == {
        "ContinuousBackupsStatus": "DISABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }


def test_a_header_without_the_key(plane: ControlPlane, bucket: Path) -> None:
    (bucket / "a").write_bytes(b"name,n\nx,1\ny,2\n")
    ended = finish(plane, begin(plane, InputFormat="CSV")["ImportArn"])
    assert (ended["ImportStatus"], ended["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert (ended["ProcessedItemCount"], ended["ErrorCount"]) == (2, 2)
    assert items(plane) == []


def test_a_quoted_field_that_does_not_end(
    plane: ControlPlane, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends its object, and takes neither memory nor time that grow with the square of it."""
    monkeypatch.setattr(input_lines, "CHUNK", 1 << 20)
    monkeypatch.setattr(import_work, "LINES_A_STEP", 100_000)
    monkeypatch.setattr(input_items, "MAX_LINE_SIZE", 100_000)
    (bucket / "a").write_bytes(b'pk,n\na,1\n"b\nc",2\n"' + b"x\n" * 60_000)
    ended = finish(plane, begin(plane, InputFormat="CSV")["ImportArn"])
    assert (ended["ImportedItemCount"], ended["ErrorCount"]) == (2, 1)
    assert items(plane)[1]["pk"] == {"S": "b\nc"}


def test_what_inflates_beyond_all_measure(
    plane: ControlPlane, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zstandard = pytest.importorskip("zstandard")
    monkeypatch.setattr(input_lines, "CHUNK", 1 << 20)
    (bucket / "a").write_bytes(zstandard.compress(bytes(300 << 20)))
    tracemalloc.start()
    ended = finish(plane, begin(plane, InputCompressionType="ZSTD")["ImportArn"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (ended["ImportedItemCount"], ended["ErrorCount"]) == (0, 1)
    assert peak < 100 << 20
