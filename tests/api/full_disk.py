"""A server and commands on a disk of a few MiB. Run as a script, with mounts of its own:
SCENARIO DIRECTORY [OPTION OF SERVE]..."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from jedlik.services.dynamodb.loops.due_jobs import FIRST_DELAY
from tests.servers import RunningServer, jedlik
from tests.waiting import wait_until

ITEMS = 400
SCHEMA = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/Music"
STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/changes"
ONGOING = ("IN_PROGRESS", "CREATING")
_dice = random.Random(1)
_servers: list[RunningServer] = []


def mount(disk: Path, options: str) -> None:
    disk.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)])
    if done.returncode:
        sys.exit(77)


def use_up(disk: Path, but: int = 0) -> Path:
    """Fill the disk, except for this many bytes; returns the file that fills it."""
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    os.truncate(ballast, ballast.stat().st_size - but)
    return ballast


def item(number: int) -> dict[str, Any]:
    """An item of some 4 KB that does not compress well."""
    text = base64.b64encode(_dice.randbytes(3000)).decode()
    return {"pk": {"S": f"p{number}"}, "text": {"S": text}}


def ended(describe: Any, **request: Any) -> dict[str, Any]:
    """The description of an export, import or bulk put once it has ended."""

    def asked() -> dict[str, Any] | None:
        answer = describe(**request)
        (found,) = (each for name, each in answer.items() if name.endswith("Description"))
        states = [each for name, each in found.items() if name.endswith("Status")]
        return None if states[0] in ONGOING else found

    return dict(wait_until(asked))


def names(directory: Path) -> list[str]:
    """The names of the files below a directory."""
    return sorted(
        path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()
    )


def started(scratch: Path, *options: str | Path) -> RunningServer:
    """A server with a table that has items and point-in-time recovery."""
    (scratch / "server").mkdir()
    server = RunningServer(scratch / "server", *options, fresh=True)
    _servers.append(server)
    dynamodb = server.client()
    dynamodb.create_table(TableName="Music", **SCHEMA)
    dynamodb.update_continuous_backups(
        TableName="Music", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    for first in range(0, ITEMS, 25):
        puts = [{"PutRequest": {"Item": item(number)}} for number in range(first, first + 25)]
        dynamodb.batch_write_item(RequestItems={"Music": puts})
    return server


def state(dynamodb: Any, table: str) -> str:
    return str(dynamodb.describe_table(TableName=table)["Table"]["TableStatus"])


def is_active(dynamodb: Any, table: str) -> bool:
    return state(dynamodb, table) == "ACTIVE"


def export(dynamodb: Any) -> dict[str, Any]:
    begun = dynamodb.export_table_to_point_in_time(TableArn=ARN, S3Bucket="full")
    return ended(dynamodb.describe_export, ExportArn=begun["ExportDescription"]["ExportArn"])


def bulk_put(dynamodb: Any) -> dict[str, Any]:
    begun = dynamodb.start_bulk_put_items(
        TableName="Music",
        InputS3Configuration={"S3Bucket": "input", "InputFormat": "DYNAMODB_JSON"},
        OutputS3Configuration={"S3Bucket": "full", "OutputType": ["ERROR"]},
    )
    arn = begun["BulkOperationDescription"]["BulkOperationArn"]
    return ended(dynamodb.describe_bulk_operation, BulkOperationArn=arn)


def put_until_refused(dynamodb: Any) -> int:
    """Put large items until one is refused for lack of room; returns how many were put."""
    for number in range(20):
        large = {"pk": {"S": f"large{number}"}, "text": {"S": "x" * 390_000}}
        try:
            dynamodb.put_item(TableName="Music", Item=large)
        except dynamodb.exceptions.InternalServerError:
            return number
    return 20


def buckets_and_streams(scratch: Path, *options: str) -> None:
    """Files besides the data: exports, reports, changes for Kinesis."""
    disk, given = scratch / "disk", scratch / "input"
    mount(disk, "size=1m")
    for each in (disk / "bucket", disk / "streams", given):
        each.mkdir()
    server = started(
        scratch, "--data", scratch / "data", "--bucket", f"full={disk / 'bucket'}",
        "--bucket", f"input={given}", "--kinesis-endpoint", disk / "streams", *options,
    )  # fmt: skip
    dynamodb = server.client()
    failed = export(dynamodb)
    assert (failed["ExportStatus"], failed["FailureCode"]) == ("FAILED", "S3ServiceError")
    assert failed["FailureMessage"].startswith("there is no room left for s3://full/")
    assert failed["FailureMessage"].endswith(": make room, or use another disk")
    assert not [name for name in names(disk) if not name.endswith("_started")]
    mount(disk, "remount,size=8m")
    whole = export(dynamodb)
    assert (whole["ExportStatus"], whole["ItemCount"]) == ("COMPLETED", ITEMS)

    lines = (json.dumps({"Item": {"no": {"S": "key"}}}) for _ in range(20_000))
    (given / "wrong.json").write_text("\n".join(lines))
    ballast = use_up(disk)
    before = names(disk)
    failed = bulk_put(dynamodb)
    assert failed["BulkOperationStatus"] == "FAILED", failed
    assert failed["FailureMessage"].endswith(": make room, or use another disk")
    new = [name for name in names(disk) if name not in before]
    assert [name.rpartition("/")[2] for name in new] == ["_started"]

    dynamodb.enable_kinesis_streaming_destination(TableName="Music", StreamArn=STREAM)
    for number in range(50):
        dynamodb.put_item(TableName="Music", Item=item(number))
    wait_until(lambda: "changes.jsonl: make room" in server.log())
    ballast.unlink()
    file = disk / "streams" / "changes.jsonl"

    def delivered() -> bool:
        changes = map(json.loads, file.read_text().splitlines() if file.exists() else ())
        return len({each["dynamodb"]["Keys"]["pk"]["S"] for each in changes}) == 50

    wait_until(delivered)
    assert server.stop() == 0


def commands(scratch: Path, *options: str) -> None:
    """`jedlik export`, `import`, `backup` and `restore` with their files on a full disk."""
    disk, data = scratch / "disk", scratch / "data"
    mount(disk, "size=1m")
    server = started(scratch, "--data", data, *options)
    key = [each for each in options if "key" in each]
    endpoint = ("--endpoint", server.url)
    for name in ("a.jsonl", "b.csv"):
        file = disk / name
        failed = jedlik("export", "Music", file, *endpoint)
        assert failed.returncode == 1
        assert f"there is no room left for {file}.part: make room" in failed.stderr
        assert failed.stderr.endswith("Run the command again to continue where it stopped\n")
        mount(disk, "remount,size=8m")
        done = jedlik("export", "Music", file, *endpoint)
        assert "of them before" in done.stdout, done.stderr
        assert names(disk) == [name]
        (scratch / name).write_bytes(file.read_bytes())
        file.unlink()
        mount(disk, "remount,size=1m")
    for command, source, target in (
        ("backup", data, disk / "copy"),
        ("restore", scratch / "copy", disk / "restored"),
    ):
        if command == "backup":
            failed = jedlik("backup", target, "--data", source, *key)
            assert jedlik("backup", scratch / "copy", "--data", source, *key).returncode == 0
        else:
            failed = jedlik("restore", source, "--data", target, *key)
        assert failed.returncode == 3
        assert f"there is no room left for {target}, and nothing was copied" in failed.stderr
        assert names(disk) == []
    some = (scratch / "a.jsonl").read_bytes().splitlines(keepends=True)[:100]
    (disk / "some.jsonl").write_bytes(b"".join(some))
    ballast = use_up(disk)
    into_some = ("import", disk / "some.jsonl", "Some", "--create", "pk", *endpoint)
    failed = jedlik(*into_some)
    assert failed.returncode == 1
    assert "there is no room left for" in failed.stderr
    assert names(disk) == ["ballast", "some.jsonl"]
    ballast.unlink()
    assert jedlik(*into_some).returncode == 0
    assert server.client().scan(TableName="Some", Select="COUNT")["Count"] == 100
    assert server.stop() == 0


class Work:
    """Two restores, an export, an import and a bulk put: each is begun, or refused as a whole if
    there is not even room to begin."""

    def __init__(self, dynamodb: Any, backup: str) -> None:
        self._dynamodb = dynamodb
        self._requests: dict[str, Callable[[], Any]] = {
            "Copy": lambda: dynamodb.restore_table_from_backup(
                TargetTableName="Copy", BackupArn=backup
            ),
            "Was": lambda: dynamodb.restore_table_to_point_in_time(
                SourceTableName="Music", TargetTableName="Was", UseLatestRestorableTime=True
            ),
            "export": lambda: dynamodb.export_table_to_point_in_time(TableArn=ARN, S3Bucket="mine"),
            "Imported": lambda: dynamodb.import_table(
                S3BucketSource={"S3Bucket": "mine", "S3KeyPrefix": "in.json"},
                InputFormat="DYNAMODB_JSON",
                TableCreationParameters={"TableName": "Imported", **SCHEMA},
            ),
            "bulk": lambda: dynamodb.start_bulk_put_items(
                TableName="Filled",
                InputS3Configuration={
                    "S3Bucket": "mine",
                    "S3KeyPrefix": "in.json",
                    "InputFormat": "DYNAMODB_JSON",
                },
                OutputS3Configuration={"S3Bucket": "mine", "OutputType": ["ERROR"]},
            ),
        }
        self.begun: dict[str, Any] = {}

    def begin(self) -> None:
        for name, request in self._requests.items():
            if name not in self.begun:
                with contextlib.suppress(self._dynamodb.exceptions.InternalServerError):
                    self.begun[name] = request()

    def check(self, items: int) -> None:
        """Check that the export, the import and the bulk put succeed."""
        arn = self.begun["export"]["ExportDescription"]["ExportArn"]
        exported = ended(self._dynamodb.describe_export, ExportArn=arn)
        assert exported["ExportStatus"] == "COMPLETED"
        arn = self.begun["Imported"]["ImportTableDescription"]["ImportArn"]
        imported = ended(self._dynamodb.describe_import, ImportArn=arn)
        assert (imported["ImportStatus"], imported["ImportedItemCount"]) == ("COMPLETED", items)
        arn = self.begun["bulk"]["BulkOperationDescription"]["BulkOperationArn"]
        put = ended(self._dynamodb.describe_bulk_operation, BulkOperationArn=arn)
        assert put["BulkOperationStatus"] == "COMPLETED", put


def data_directory(scratch: Path, *options: str) -> None:
    """Backups, restores, exports, imports and bulk puts wait until there is room, and are then
    complete."""
    disk, bucket = scratch / "disk", scratch / "bucket"
    mount(disk, "size=16m")
    bucket.mkdir()
    data = disk / "data"
    server = started(scratch, "--data", data, "--bucket", f"mine={bucket}", *options)
    dynamodb = server.client()
    lines = (json.dumps({"Item": item(number)}) for number in range(1000))
    (bucket / "in.json").write_text("\n".join(lines))
    dynamodb.create_table(TableName="Filled", **SCHEMA)
    ballast = use_up(disk, but=600 * 1024)
    made = dynamodb.create_backup(TableName="Music", BackupName="full")
    backup = made["BackupDetails"]["BackupArn"]
    work = Work(dynamodb, backup)
    work.begin()
    wait_until(lambda: "background work waits until there is room" in server.log())
    time.sleep(2 * FIRST_DELAY)  # so that all of it has tried, and waits
    as_it_was = ITEMS if "Was" in work.begun else None
    large = put_until_refused(dynamodb)
    assert large < 20
    tables = dynamodb.list_tables()["TableNames"]
    assert set(tables) - {"Music", "Filled"} == work.begun.keys() - {"export", "bulk"}
    states = {name: state(dynamodb, name) for name in tables}
    assert (states.pop("Music"), states.pop("Filled")) == ("ACTIVE", "ACTIVE")
    assert set(states.values()) <= {"CREATING"}, states
    ballast.unlink()
    mount(disk, "remount,size=64m")
    work.begin()
    work.check(1000)
    for name, count in (
        ("Copy", ITEMS),
        ("Was", as_it_was or ITEMS + large),
        ("Music", ITEMS + large),
        ("Imported", 1000),
        ("Filled", 1000),
    ):
        wait_until(partial(is_active, dynamodb, name))
        pages = dynamodb.get_paginator("scan").paginate(TableName=name, Select="COUNT")
        assert sum(page["Count"] for page in pages) == count, name
    assert server.stop() == 0
    key = [each for each in options if "key" in each]
    assert jedlik("verify", data, *key).returncode == 0


def main() -> None:
    scenario, directory, *options = sys.argv[1:]
    try:
        globals()[scenario](Path(directory), *options)
    finally:
        for server in _servers:
            server.kill()


if __name__ == "__main__":
    main()
