"""Backups and point-in-time recovery, as boto3 sees them, on every engine and on sealed tables."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.api.accounts import Account
from tests.api.making import make, put_all, refusal
from tests.conftest import StartServer
from tests.servers import RunningServer
from tests.waiting import wait_until

MARKER = "marker-of-the-log"


def item(number: int, text: str = "first") -> dict[str, Any]:
    return {"pk": {"S": f"p{number:03}"}, "kind": {"S": f"k{number % 3}"}, "text": {"S": text}}


def indexed(dynamodb: Any, **members: Any) -> str:
    by_kind = {
        "IndexName": "by-kind",
        "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    return make(dynamodb, "pk", also=("kind",), GlobalSecondaryIndexes=[by_kind], **members)


def recover(dynamodb: Any, table: str) -> None:
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def back_up(dynamodb: Any, table: str) -> str:
    made = dynamodb.create_backup(TableName=table, BackupName="nightly")
    return str(made["BackupDetails"]["BackupArn"])


def wait_until_there(dynamodb: Any, table: str) -> None:
    wait_until(lambda: dynamodb.describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE")


def wait_until_available(dynamodb: Any, arn: str) -> None:

    def available() -> bool:
        found = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]
        return bool(found["BackupDetails"]["BackupStatus"] == "AVAILABLE")

    wait_until(available)


def items(dynamodb: Any, table: str, **request: Any) -> list[str]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, **request)
    return sorted(json.dumps(each, sort_keys=True) for page in pages for each in page["Items"])


def expected(found: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(each, sort_keys=True) for each in found)


def test_a_backup_and_its_restore(dynamodb: Any) -> None:
    table = indexed(dynamodb)
    before = [item(number) for number in range(60)]
    put_all(dynamodb, table, before)
    arn = back_up(dynamodb, table)
    put_all(dynamodb, table, [item(number, "second") for number in range(30, 90)])
    dynamodb.restore_table_from_backup(TargetTableName=f"{table}-again", BackupArn=arn)
    wait_until_there(dynamodb, f"{table}-again")
    assert items(dynamodb, f"{table}-again") == expected(before)
    assert items(dynamodb, f"{table}-again", IndexName="by-kind") == expected(before)
    listed = dynamodb.get_paginator("list_backups").paginate(TableName=table)
    assert [each["BackupArn"] for page in listed for each in page["BackupSummaries"]] == [arn]
    dynamodb.delete_table(TableName=table)
    dynamodb.delete_backup(BackupArn=arn)
    assert refusal(dynamodb.describe_backup, BackupArn=arn)[0] == "BackupNotFoundException"


def test_a_table_as_it_was_at_a_second(dynamodb: Any) -> None:
    table = indexed(dynamodb)
    recover(dynamodb, table)
    before = [item(number) for number in range(40)]
    put_all(dynamodb, table, before)
    time.sleep(1.05)  # a time to restore has whole seconds, and must come after those writes
    moment = datetime.fromtimestamp(int(time.time()), UTC)
    time.sleep(max(0.0, moment.timestamp() + 0.01 - time.time()))
    put_all(dynamodb, table, [item(number, "second") for number in range(20, 60)])
    for number in range(10):
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": f"p{number:03}"}})
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=f"{table}-was", RestoreDateTime=moment
    )
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=f"{table}-is", UseLatestRestorableTime=True
    )
    wait_until_there(dynamodb, f"{table}-was")
    wait_until_there(dynamodb, f"{table}-is")
    assert items(dynamodb, f"{table}-was") == expected(before)
    assert items(dynamodb, f"{table}-is") == items(dynamodb, table)
    dynamodb.delete_table(TableName=table)
    listed = dynamodb.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"]
    assert [each["BackupName"] for each in listed] == [f"{table}$DeletedTableBackup"]
    dynamodb.restore_table_from_backup(
        TargetTableName=f"{table}-deleted", BackupArn=listed[0]["BackupArn"]
    )
    wait_until_there(dynamodb, f"{table}-deleted")
    assert items(dynamodb, f"{table}-deleted") == items(dynamodb, f"{table}-is")


@pytest.mark.parametrize("engine", ["lmdb", "sealed"])
def test_logs_and_backups_are_as_secret_as_their_tables(
    start_server: StartServer, tmp_path: Path, engine: str
) -> None:
    """Under a table key, and in a store that a root key encrypts."""
    options: list[Any] = ["--data", tmp_path / "data"]
    if engine == "sealed":
        (tmp_path / "root.key").write_text("2a" * 32)
        (tmp_path / "root.key").chmod(0o600)
        options += ["--root-key-file", tmp_path / "root.key"]
    server = start_server(*options)
    dynamodb = server.client()
    table = indexed(dynamodb, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    recover(dynamodb, table)
    put_all(dynamodb, table, [item(number, MARKER) for number in range(30)])
    put_all(dynamodb, table, [item(number, "changed") for number in range(30)])
    arn = back_up(dynamodb, table)
    wait_until_available(dynamodb, arn)
    dynamodb.delete_table(TableName=table)
    dynamodb.restore_table_from_backup(TargetTableName="again", BackupArn=arn)
    wait_until_there(dynamodb, "again")
    assert items(dynamodb, "again") == expected([item(each, "changed") for each in range(30)])
    described = dynamodb.describe_table(TableName="again")["Table"]
    assert described["SSEDescription"]["SSEType"] == "KMS"
    server.stop()
    stored = b"".join(
        path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()
    )
    assert MARKER.encode() not in stored
    assert b"changed" not in stored
    again = start_server(*options)
    system = again.client().list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"]
    again.client().restore_table_from_backup(
        TargetTableName="third", BackupArn=system[0]["BackupArn"]
    )
    wait_until_there(again.client(), "third")
    assert items(again.client(), "third") == items(again.client(), "again")


def test_who_may_back_up_and_restore(account: Account) -> None:
    table = make(account.admin, "pk")
    made = account.admin.create_backup(TableName=table, BackupName="nightly")
    arn, target = made["BackupDetails"]["BackupArn"], f"{table}-again"
    may = [
        {"Effect": "Allow", "Action": "dynamodb:RestoreTableFromBackup", "Resource": "*"},
        {"Effect": "Allow", "Action": "dynamodb:DescribeBackup", "Resource": arn},
    ]
    user = account.client(account.user("restores", *may))
    assert user.describe_backup(BackupArn=arn)
    code, text = refusal(user.restore_table_from_backup, TargetTableName=target, BackupArn=arn)
    assert code == "AccessDeniedException"
    assert "dynamodb:BatchWriteItem" in text
    assert refusal(user.delete_backup, BackupArn=arn)[0] == "AccessDeniedException"
    writes = ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"]
    actions = [f"dynamodb:{each}" for each in writes]
    account.allow(
        "restores",
        *may,
        {"Effect": "Allow", "Action": actions, "Resource": f"arn:aws:dynamodb:*:*:table/{target}"},
    )
    user.restore_table_from_backup(TargetTableName=target, BackupArn=arn)
    wait_until_there(account.admin, target)


def test_restores_outlive_their_worker(start_server: StartServer, tmp_path: Path) -> None:
    """One of several workers copies; the answers of all of them show its progress."""
    server: RunningServer = start_server("--data", tmp_path / "data", "--workers", "2")
    dynamodb = server.client()
    table = indexed(dynamodb)
    put_all(dynamodb, table, [item(number) for number in range(100)])
    arn = back_up(dynamodb, table)
    dynamodb.restore_table_from_backup(TargetTableName="again", BackupArn=arn)
    wait_until_there(dynamodb, "again")
    assert len(items(dynamodb, "again")) == 100
