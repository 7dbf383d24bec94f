"""An export and its import over the wire, by boto3."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.api.making import make, put_all
from tests.conftest import StartServer
from tests.waiting import wait_until

ITEMS = 1100
"""More than a page of an export, which ends at 1,000 rows."""


def wait(describe: Any, member: str, **request: Any) -> dict[str, Any]:
    """The description of an export or import once it has ended."""

    def ended() -> dict[str, Any] | None:
        (answer,) = (value for name, value in describe(**request).items() if "Description" in name)
        return None if answer[member] == "IN_PROGRESS" else dict(answer)

    return wait_until(ended)


def item(number: int) -> dict[str, Any]:
    return {
        "pk": {"S": f"p{number:05}"},
        "kind": {"S": f"k{number % 7}"},
        "n": {"N": str(number / 8)},
        "b": {"B": number.to_bytes(3, "big")},
        "flags": {"L": [{"BOOL": number % 2 == 0}, {"NULL": True}]},
        "sets": {"M": {"ss": {"SS": ["x", f"{number}"]}, "ns": {"NS": ["1.5", f"{number}"]}}},
    }


def scanned(dynamodb: Any, table: str, **request: Any) -> list[str]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, **request)
    return sorted(
        json.dumps(each, sort_keys=True, default=bytes.hex)
        for page in pages
        for each in page["Items"]
    )


def by_kind() -> dict[str, Any]:
    return {
        "IndexName": "by-kind",
        "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_table_goes_out_and_comes_back(
    start_server: StartServer, tmp_path: Path, workers: str
) -> None:
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    server = start_server("--bucket", f"mine={bucket}", "--workers", workers)
    dynamodb = server.client()
    table = make(dynamodb, "pk")
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    put_all(dynamodb, table, [item(number) for number in range(ITEMS)])
    export = dynamodb.export_table_to_point_in_time(
        TableArn=dynamodb.describe_table(TableName=table)["Table"]["TableArn"],
        S3Bucket="mine",
        S3Prefix="out",
    )["ExportDescription"]
    ended = wait(dynamodb.describe_export, "ExportStatus", ExportArn=export["ExportArn"])
    assert (ended["ExportStatus"], ended["ItemCount"]) == ("COMPLETED", ITEMS)
    folder = ended["ExportManifest"].removesuffix("manifest-summary.json")
    begun = dynamodb.import_table(
        S3BucketSource={"S3Bucket": "mine", "S3KeyPrefix": f"{folder}data/"},
        InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters={
            "TableName": "again",
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "kind")
            ],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "GlobalSecondaryIndexes": [by_kind()],
        },
    )["ImportTableDescription"]
    ended = wait(dynamodb.describe_import, "ImportStatus", ImportArn=begun["ImportArn"])
    assert ended["ImportStatus"] == "COMPLETED", ended
    assert ended["ImportedItemCount"] == ITEMS
    expected = scanned(dynamodb, table)
    assert scanned(dynamodb, "again") == expected
    assert scanned(dynamodb, "again", IndexName="by-kind") == expected
    assert dynamodb.describe_table(TableName="again")["Table"]["ItemCount"] == ITEMS


MANY = 100_000


@pytest.mark.slow
def test_a_hundred_thousand_items_of_all_types(start_server: StartServer, tmp_path: Path) -> None:
    """Exported in both formats and imported again: nothing is lost or changed."""
    bucket = tmp_path / "bucket"
    (bucket / "made").mkdir(parents=True)
    with (bucket / "made" / "items.json").open("wb") as file:
        for number in range(MANY):
            made = {**item(number), "b": {"B": b64encode(number.to_bytes(3, "big")).decode()}}
            file.write(json.dumps({"Item": made}).encode() + b"\n")
    server = start_server("--data", tmp_path / "data", "--bucket", f"mine={bucket}")
    dynamodb = server.client()
    prefix, compression, form = "made/", "NONE", "DYNAMODB_JSON"
    expected: list[str] = []
    for turn, following in enumerate(("DYNAMODB_JSON", "ION", "")):
        table = f"turn-{turn}"
        begun = dynamodb.import_table(
            S3BucketSource={"S3Bucket": "mine", "S3KeyPrefix": prefix},
            InputFormat=form,
            InputCompressionType=compression,
            TableCreationParameters={
                "TableName": table,
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "kind")
                ],
                "BillingMode": "PAY_PER_REQUEST",
                "GlobalSecondaryIndexes": [by_kind()],
            },
        )["ImportTableDescription"]
        ended = wait(dynamodb.describe_import, "ImportStatus", ImportArn=begun["ImportArn"])
        assert (ended["ImportStatus"], ended["ImportedItemCount"]) == ("COMPLETED", MANY), ended
        found = scanned(dynamodb, table)
        assert len(found) == MANY
        assert not expected or found == expected
        expected = found
        if following:
            dynamodb.update_continuous_backups(
                TableName=table,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
            export = dynamodb.export_table_to_point_in_time(
                TableArn=begun["TableArn"], S3Bucket="mine", S3Prefix=table, ExportFormat=following
            )["ExportDescription"]
            ended = wait(dynamodb.describe_export, "ExportStatus", ExportArn=export["ExportArn"])
            assert (ended["ExportStatus"], ended["ItemCount"]) == ("COMPLETED", MANY)
            prefix = ended["ExportManifest"].removesuffix("manifest-summary.json") + "data/"
            compression, form = "GZIP", following
