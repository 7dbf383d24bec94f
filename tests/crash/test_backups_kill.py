"""`kill -9` in the middle of backups and restores, while the table is written to.

However many kills there are, a restored table becomes ACTIVE with exactly the items of its moment,
and a backup that was being made is completed.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.crash.kills import verify
from tests.servers import RunningServer, post

KILLS = min(int(os.environ.get("JEDLIK_TEST_KILLS", "50")), 50) // 10 or 1
ITEMS = 6000
SECONDS = 120.0
TABLE = {
    "TableName": "Load",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "kind")
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-kind",
            "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


def write(server: RunningServer, first: int, count: int, version: int) -> None:
    for start in range(first, first + count, 25):
        puts = [
            {
                "PutRequest": {
                    "Item": {
                        "pk": {"S": f"p{number}"},
                        "kind": {"S": f"k{number % 7}"},
                        "version": {"N": str(version)},
                    }
                }
            }
            for number in range(start, min(start + 25, first + count))
        ]
        with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
            answer = post(connection, "BatchWriteItem", {"RequestItems": {"Load": puts}})
        assert answer[0] == 200, answer


def versions(dynamodb: Any, table: str, **request: Any) -> dict[str, str]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, **request)
    return {each["pk"]["S"]: each["version"]["N"] for page in pages for each in page["Items"]}


def workers(dice: random.Random) -> tuple[str, str]:
    """One process or several: their engines differ."""
    return "--workers", dice.choice("12")


@pytest.mark.crash
def test_restores_survive_kills(tmp_path: Path) -> None:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    dice = random.Random(seed)
    options = ("--data", tmp_path / "data")
    server = RunningServer(tmp_path, *options, *workers(dice))
    server.client().create_table(**TABLE)
    server.client().update_continuous_backups(
        TableName="Load",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    write(server, 0, ITEMS, 0)
    for kill in range(1, KILLS + 1):
        dynamodb = server.client()
        expected = versions(dynamodb, "Load")
        made = dynamodb.create_backup(TableName="Load", BackupName=f"backup-{kill}")
        arn = made["BackupDetails"]["BackupArn"]
        dynamodb.restore_table_from_backup(TargetTableName=f"copy-{kill}", BackupArn=arn)
        dynamodb.restore_table_to_point_in_time(
            SourceTableName="Load", TargetTableName=f"was-{kill}", UseLatestRestorableTime=True
        )
        write(server, dice.randrange(ITEMS), 25 * dice.randrange(1, 30), kill)
        time.sleep(dice.random() / 2)
        server.kill()
        server = RunningServer(tmp_path, *options, *workers(dice))
        dynamodb = server.client()
        for name in (f"copy-{kill}", f"was-{kill}"):
            wait_until_there(dynamodb, name)
            assert versions(dynamodb, name) == expected
            assert versions(dynamodb, name, IndexName="by-kind") == expected
    assert server.stop() == 0
    verify(tmp_path / "data")


@pytest.mark.crash
def test_exports_and_imports_survive_kills(tmp_path: Path) -> None:
    """An export has every item once, and its manifests; an import makes the same table from it."""
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    dice = random.Random(seed)
    (tmp_path / "bucket").mkdir()
    bucket = f"mine={tmp_path / 'bucket'}"
    options = ("--data", tmp_path / "data", "--bucket", bucket)
    server = RunningServer(tmp_path, *options, *workers(dice))
    server.client().create_table(**TABLE)
    server.client().update_continuous_backups(
        TableName="Load",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    write(server, 0, ITEMS, 0)
    for kill in range(1, KILLS + 1):
        dynamodb = server.client()
        expected = versions(dynamodb, "Load")
        arn = dynamodb.describe_table(TableName="Load")["Table"]["TableArn"]
        export = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="mine")
        export_arn = export["ExportDescription"]["ExportArn"]
        time.sleep(dice.random() / 2)
        server.kill()
        server = RunningServer(tmp_path, *options, *workers(dice))
        ended = wait_for_end(server.client().describe_export, "Export", ExportArn=export_arn)
        assert (ended["ExportStatus"], ended["ItemCount"]) == ("COMPLETED", ITEMS)
        folder = ended["ExportManifest"].removesuffix("manifest-summary.json")
        members = {name: TABLE[name] for name in TABLE if name != "TableName"}
        begun = server.client().import_table(
            S3BucketSource={"S3Bucket": "mine", "S3KeyPrefix": f"{folder}data/"},
            InputFormat="DYNAMODB_JSON",
            InputCompressionType="GZIP",
            TableCreationParameters={"TableName": f"imported-{kill}", **members},
        )
        import_arn = begun["ImportTableDescription"]["ImportArn"]
        time.sleep(dice.random() / 2)
        server.kill()
        server = RunningServer(tmp_path, *options, *workers(dice))
        ended = wait_for_end(server.client().describe_import, "ImportTable", ImportArn=import_arn)
        assert (ended["ImportStatus"], ended["ImportedItemCount"]) == ("COMPLETED", ITEMS), ended
        assert versions(server.client(), f"imported-{kill}") == expected
        by_kind = versions(server.client(), f"imported-{kill}", IndexName="by-kind")
        assert by_kind == expected
        write(server, dice.randrange(ITEMS - 100), 100, kill)
    assert server.stop() == 0
    verify(tmp_path / "data")


@pytest.mark.crash
def test_bulk_puts_survive_kills(tmp_path: Path) -> None:
    """Every line is put once: each has a condition that its own put makes false, so a second put
    would fail."""
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    dice = random.Random(seed)
    (tmp_path / "bucket").mkdir()
    new = {"ConditionExpression": "attribute_not_exists(pk)"}
    bucket = f"mine={tmp_path / 'bucket'}"
    options = ("--data", tmp_path / "data", "--bucket", bucket)
    server = RunningServer(tmp_path, *options, *workers(dice))
    server.client().create_table(**TABLE)
    for kill in range(1, KILLS + 1):
        with (tmp_path / "bucket" / f"in-{kill}").open("w") as file:
            for number in range(ITEMS):
                item = {
                    "pk": {"S": f"{kill}-{number}"},
                    "kind": {"S": f"k{number % 7}"},
                    "version": {"N": "1"},
                }
                file.write(json.dumps({"Item": item, **new}) + "\n")
        begun = server.client().start_bulk_put_items(
            TableName="Load",
            InputS3Configuration={
                "S3Bucket": "mine", "S3KeyPrefix": f"in-{kill}", "InputFormat": "DYNAMODB_JSON",
            },
            OutputS3Configuration={
                "S3Bucket": "mine", "OutputType": ["ERROR", "CONDITION_CHECK_FAILURE"],
            },
        )  # fmt: skip
        arn = begun["BulkOperationDescription"]["BulkOperationArn"]
        time.sleep(dice.random() / 2)
        server.kill()
        server = RunningServer(tmp_path, *options, *workers(dice))
        ended = wait_for_end(
            server.client().describe_bulk_operation, "BulkOperation", BulkOperationArn=arn
        )
        assert (ended["BulkOperationStatus"], ended["ProcessedItemCount"]) == ("COMPLETED", ITEMS)
        assert not list((tmp_path / "bucket").glob("AWSDynamoDB/*/condition-check-failure"))
        assert len(versions(server.client(), "Load")) == kill * ITEMS
    assert server.stop() == 0
    verify(tmp_path / "data")


def wait_for_end(describe: Any, what: str, **request: Any) -> dict[str, Any]:
    end = time.monotonic() + SECONDS
    while True:
        found: dict[str, Any] = describe(**request)[f"{what}Description"]
        status = next(value for name, value in found.items() if name.endswith("Status"))
        if status != "IN_PROGRESS":
            return found
        assert time.monotonic() < end
        time.sleep(0.1)


def wait_until_there(dynamodb: Any, name: str) -> None:
    end = time.monotonic() + SECONDS
    while dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] != "ACTIVE":
        assert time.monotonic() < end, f"{name} does not become ACTIVE"
        time.sleep(0.1)
