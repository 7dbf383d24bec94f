"""The permissions that operations need, and that each needs at least one."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.api.permissions import PERMISSIONS
from jedlik.services.dynamodb.shapes import OPERATIONS

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table"
MUSIC = f"{ARN}/music"
STREAMS = "arn:aws:kinesis:us-east-1:000000000000:stream"
KEY = {"pk": {"S": "a"}}

TABLE: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("GetItem", {"TableName": "music"}, [("GetItem", MUSIC)]),
    ("GetItem", {"TableName": MUSIC}, [("GetItem", MUSIC)]),
    ("Query", {"TableName": "music", "IndexName": "i"}, [("Query", f"{MUSIC}/index/i")]),
    ("Scan", {"TableName": "music", "IndexName": None}, [("Scan", MUSIC)]),
    ("CreateTable", {"TableName": "music"}, [("CreateTable", MUSIC)]),
    (
        "CreateTable",
        {"TableName": "music", "Tags": [{"Key": "a", "Value": "b"}], "ResourcePolicy": "{}"},
        [("CreateTable", MUSIC), ("TagResource", MUSIC), ("PutResourcePolicy", MUSIC)],
    ),
    ("ListTables", {}, [("ListTables", f"{ARN}/*")]),
    ("DescribeLimits", {}, [("DescribeLimits", "*")]),
    ("TagResource", {"ResourceArn": MUSIC}, [("TagResource", MUSIC)]),
    (
        "BatchGetItem",
        {"RequestItems": {"a": {"Keys": [KEY]}, "b": {"Keys": [KEY]}}},
        [("BatchGetItem", f"{ARN}/a"), ("BatchGetItem", f"{ARN}/b")],
    ),
    (
        "BatchWriteItem",
        {"RequestItems": {"a": [{"PutRequest": {"Item": KEY}}]}},
        [("BatchWriteItem", f"{ARN}/a")],
    ),
    (
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": "a"}},
                {"Update": {"TableName": "b"}},
                {"Delete": {"TableName": "c"}},
                {"ConditionCheck": {"TableName": "d"}},
            ]
        },
        [
            ("PutItem", f"{ARN}/a"),
            ("UpdateItem", f"{ARN}/b"),
            ("DeleteItem", f"{ARN}/c"),
            ("ConditionCheckItem", f"{ARN}/d"),
        ],
    ),
    (
        "TransactGetItems",
        {"TransactItems": [{"Get": {"TableName": "a"}}]},
        [("GetItem", f"{ARN}/a")],
    ),
    (
        "ExecuteStatement",
        {"Statement": 'SELECT * FROM "music"."i"'},
        [("PartiQLSelect", f"{MUSIC}/index/i")],
    ),
    (
        "BatchExecuteStatement",
        {
            "Statements": [
                {"Statement": "INSERT INTO music VALUE {'pk': 'a'}"},
                {"Statement": "UPDATE music SET a = 1 WHERE pk = 'a'"},
                {"Statement": "DELETE FROM music WHERE pk = 'a'"},
                {"Statement": "nonsense"},
            ]
        },
        [("PartiQLInsert", MUSIC), ("PartiQLUpdate", MUSIC), ("PartiQLDelete", MUSIC)],
    ),
    (
        "StartBulkPutItems",
        {
            "TableName": "music",
            "InputS3Configuration": {"S3Bucket": "lake", "S3KeyPrefix": "new/"},
            "OutputS3Configuration": {"OutputType": ["ERROR"]},
        },
        [
            ("StartBulkPutItems", MUSIC),
            ("s3:GetObject", "arn:aws:s3:::lake/new/*"),
            ("s3:PutObject", "arn:aws:s3:::lake/AWSDynamoDB/*"),
        ],
    ),
    (
        "EnableKinesisStreamingDestination",
        {"TableName": "music", "StreamArn": "arn:aws-cn:kinesis:eu-west-1:123456789012:stream/all"},
        [
            ("EnableKinesisStreamingDestination", MUSIC),
            ("kinesis:DescribeStream", f"{STREAMS}/all"),
            ("kinesis:PutRecords", f"{STREAMS}/all"),
        ],
    ),
    ("ListStreams", {}, [("ListStreams", f"{ARN}/*/stream/*")]),
    (
        "GetRecords",
        {"ShardIterator": f"{MUSIC}/stream/2024-01-31T00:00:00.000|1|abc"},
        [("GetRecords", f"{MUSIC}/stream/2024-01-31T00:00:00.000")],
    ),
]


@pytest.mark.parametrize(("operation", "payload", "expected"), TABLE)
def test_what_each_operation_asks_for(
    operation: str, payload: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    asks = PERMISSIONS[operation](Arns(), payload)
    assert [(ask.action.removeprefix("dynamodb:"), ask.resource) for ask in asks] == expected


def test_a_replica_is_asked_for_once_and_no_more_than_there_can_be() -> None:
    def asked(regions: list[str]) -> int:
        updates = [{"Create": {"RegionName": region}} for region in regions]
        payload = {"TableName": "music", "ReplicaUpdates": updates}
        return sum(1 for _ in PERMISSIONS["UpdateTable"](Arns(), payload))

    once = asked(["eu-west-1"])
    assert asked(["eu-west-1"] * 5) == once
    assert asked(["eu-west-1", "eu-west-2"]) == 2 * once - 1
    assert asked([f"r{number}" for number in range(10_000)]) < 110 * once


ID = "01700000000000-0123abcd"


@pytest.mark.parametrize(
    ("operation", "member", "rest"),
    [
        ("CancelBulkOperation", "BulkOperationArn", f"/bulk-operation/{ID}"),
        ("DeleteBackup", "BackupArn", f"/backup/{ID}"),
        ("DescribeBackup", "BackupArn", f"/backup/{ID}"),
        ("DescribeBulkOperation", "BulkOperationArn", f"/bulk-operation/{ID}"),
        ("DescribeExport", "ExportArn", f"/export/{ID}"),
        ("DescribeImport", "ImportArn", f"/import/{ID}"),
        ("ExportTableToPointInTime", "TableArn", ""),
        ("RestoreTableFromBackup", "BackupArn", f"/backup/{ID}"),
        ("RestoreTableToPointInTime", "SourceTableArn", ""),
        ("TagResource", "ResourceArn", "/stream/2024-01-31T00:00:00.000"),
    ],
)
def test_an_arn_asks_for_what_it_means(operation: str, member: str, rest: str) -> None:
    """Where regions and accounts make no difference, they make none for policies either."""
    elsewhere = f"arn:aws-cn:dynamodb:eu-west-1:123456789012:table/music{rest}"
    payload = {member: elsewhere, "TargetTableName": "restored", "S3Bucket": "any"}
    first = next(iter(PERMISSIONS[operation](Arns(), payload)))
    assert first.resource == f"{MUSIC}{rest}"


def test_an_arn_of_another_account_stays_what_it_is() -> None:
    backup = f"arn:aws:dynamodb:us-east-1:123456789012:table/music/backup/{ID}"
    (ask,) = PERMISSIONS["DeleteBackup"](Arns(only=True), {"BackupArn": backup})
    assert ask.resource == backup
    of_region = backup.replace("123456789012", "000000000000").replace("us-east-1", "eu-west-1")
    (ask,) = PERMISSIONS["DeleteBackup"](Arns(only=True), {"BackupArn": of_region})
    assert ask.resource == f"{MUSIC}/backup/{ID}", "backups are found whatever region is named"


def test_parts_of_transactions_name_the_operation_around_them() -> None:
    payload = {"TransactItems": [{"Put": {"TableName": "a"}}]}
    (ask,) = PERMISSIONS["TransactWriteItems"](Arns(), payload)
    assert ask.enclosing == "TransactWriteItems"


def test_every_operation_is_declared() -> None:
    assert set(PERMISSIONS) == {name for _, name, *_ in OPERATIONS}
