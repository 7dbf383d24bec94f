"""CreateBackup, DescribeBackup, ListBackups, DeleteBackup, and the backup a deletion makes."""

from __future__ import annotations

import pytest

from jedlik.base.errors import (
    BackupInUseException,
    BackupNotFoundException,
    TableNotFoundException,
    ValidationException,
)
from jedlik.kernel.arns import Arns
from jedlik.kernel.keyspaces import BACKUPS, HOLDS, ITEMS
from tests.backed_up import back_up, items, maintain, recover, work
from tests.control_plane import INVALID, ControlPlane, attributes, index, on_demand, units
from tests.stored_rows import rows

DAY = 86400


def names(plane: ControlPlane, **request: object) -> list[str]:
    return [each["BackupName"] for each in plane.call("ListBackups", **request)["BackupSummaries"]]


def test_a_backup_says_what_it_is_of(plane: ControlPlane) -> None:
    plane.call(
        "CreateTable",
        TableName="music",
        AttributeDefinitions=attributes("pk", "sk", "kind"),
        KeySchema=on_demand("music", "pk", "/sk")["KeySchema"],
        ProvisionedThroughput=units(5, 6),
        GlobalSecondaryIndexes=[index("gsi", "kind", ProvisionedThroughput=units(2, 3))],
        LocalSecondaryIndexes=[index("lsi", "pk", "/kind", kind="KEYS_ONLY")],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    plane.call(
        "UpdateTimeToLive",
        TableName="music",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"},
    )
    plane.put({"pk": {"S": "a"}, "sk": {"S": "b"}})
    answer = plane.call("CreateBackup", TableName="music", BackupName="nightly")["BackupDetails"]
    assert answer["BackupStatus"] == "CREATING"
    assert answer["BackupType"] == "USER"
    assert answer["BackupCreationDateTime"] == plane.clock.now()
    assert "BackupExpiryDateTime" not in answer
    work(plane)
    described = plane.call("DescribeBackup", BackupArn=answer["BackupArn"])["BackupDescription"]
    assert described["BackupDetails"] == {**answer, "BackupStatus": "AVAILABLE"}
    source = described["SourceTableDetails"]
    table = plane.table()
    assert source == {
        "TableName": "music",
        "TableId": table["TableId"],
        "TableArn": table["TableArn"],
        "TableSizeBytes": 6,
        "KeySchema": table["KeySchema"],
        "TableCreationDateTime": table["CreationDateTime"],
        "ProvisionedThroughput": units(5, 6),
        "ItemCount": 1,
        "BillingMode": "PROVISIONED",
    }
    features = described["SourceTableFeatureDetails"]
    assert features["StreamDescription"] == {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    assert features["TimeToLiveDescription"]["AttributeName"] == "until"
    assert features["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == units(2, 3)
    assert "ProvisionedThroughput" not in features["LocalSecondaryIndexes"][0]


def test_lists_are_filtered_and_paged(plane: ControlPlane) -> None:
    arns = []
    for table in ("music", "films"):
        plane.call("CreateTable", **on_demand(table))
    for number in range(4):
        arns.append(back_up(plane, ("music", "films")[number % 2], f"b{number}"))
        plane.clock.advance(1)
    assert names(plane) == ["b0", "b1", "b2", "b3"]
    assert names(plane, TableName="films") == ["b1", "b3"]
    assert names(plane, TableName="nothing") == []
    assert names(plane, BackupType="SYSTEM") == []
    start = plane.clock.now() - 4
    assert names(plane, TimeRangeLowerBound=start + 1, TimeRangeUpperBound=start + 3) == [
        "b1",
        "b2",
    ]
    page = plane.call("ListBackups", Limit=3)
    assert page["LastEvaluatedBackupArn"] == arns[2]
    assert names(plane, ExclusiveStartBackupArn=arns[2]) == ["b3"]
    assert "LastEvaluatedBackupArn" not in plane.call("ListBackups", Limit=4)
    error = plane.refusal("ListBackups", TimeRangeLowerBound=2, TimeRangeUpperBound=1)
    assert error.message == (
        f"{INVALID}Time range lower bound must be less than or equal to upper bound"
    )


def test_a_deleted_backup_is_gone_with_its_items(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put({"pk": {"S": "a"}})
    arn = back_up(plane)
    error = plane.refusal("DeleteBackup", BackupArn=arn)
    assert type(error) is BackupInUseException
    work(plane)
    assert len(rows(plane, ITEMS)) == 2
    deleted = plane.call("DeleteBackup", BackupArn=arn)["BackupDescription"]
    assert deleted["BackupDetails"]["BackupStatus"] == "DELETED"
    for operation in ("DescribeBackup", "DeleteBackup"):
        error = plane.refusal(operation, BackupArn=arn)
        assert type(error) is BackupNotFoundException
        assert error.message == f"Backup not found: {arn}"
    maintain(plane)
    assert len(rows(plane, ITEMS)) == 1
    assert not rows(plane, BACKUPS)
    assert not rows(plane, HOLDS)


@pytest.mark.parametrize(
    ("arn", "text"),
    [
        ("arn:aws:dynamodb:us-east-1:000000000000:table/music", "Invalid Backup ARN"),
        ("arn:aws:dynamodb:us-east-1:000000000000:table/music/backup/1", "Invalid Backup ARN"),
        ("x" * 48, "Invalid Backup ARN"),
        ("arn:aws:sns:us-east-1:000000000000:topic", "Invalid Request: BackupArn is not valid"),
    ],
)
def test_an_arn_of_something_else(plane: ControlPlane, arn: str, text: str) -> None:
    error = plane.refusal("DescribeBackup", BackupArn=arn)
    assert type(error) is ValidationException
    assert error.message == text


def test_an_arn_of_elsewhere() -> None:
    """Where regions and accounts make a difference: the account does, the region when restoring."""
    plane = ControlPlane()
    plane.database.arns = Arns(only=True)
    plane.call("CreateTable", **on_demand())
    recover(plane)
    arn = back_up(plane)
    work(plane)
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    described = plane.call("DescribeBackup", BackupArn=elsewhere)["BackupDescription"]
    assert described["BackupDetails"]["BackupArn"] == elsewhere
    assert plane.invalid("ListBackups", ExclusiveStartBackupArn=elsewhere) == (
        "Invalid Request: The supplied ExclusiveStartBackupArn does not match the region"
    )
    for unknown in (arn.replace("us-east-1", "xx-fake-1"), arn.replace("aws", "aws-cn")):
        for operation in ("DescribeBackup", "DeleteBackup"):
            text = plane.invalid(operation, BackupArn=unknown)
            assert text == "Invalid Request: BackupArn is not valid"
    nowhere = plane.refusal("DescribeBackup", BackupArn=arn.replace("us-east-1", ""))
    assert nowhere.code() == "AccessDeniedException"
    target = {"TargetTableName": "again"}
    cross_region = "sseSpecificationOverride must be provided for cross-region restores"
    assert plane.invalid("RestoreTableFromBackup", BackupArn=elsewhere, **target).endswith(
        cross_region
    )
    encrypted = {"SSESpecificationOverride": {"Enabled": True, "SSEType": "KMS"}, **target}
    error = plane.refusal("RestoreTableFromBackup", BackupArn=elsewhere, **encrypted)
    assert error.code() == "BackupNotFoundException"
    source = plane.table()["TableArn"]
    latest = {"UseLatestRestorableTime": True, **target}
    there = source.replace("us-east-1", "eu-west-1")
    text = plane.invalid("RestoreTableToPointInTime", SourceTableArn=there, **latest)
    assert text.endswith(cross_region)
    foreign = source.replace("000000000000", "111111111111")
    text = plane.invalid("RestoreTableToPointInTime", SourceTableArn=foreign, **latest)
    assert text == (
        "This action is only supported by accounts that match the resource owner\u2019s account."
    )
    for operation, member, kind in (
        ("DescribeBackup", "BackupArn", "backup"),
        ("DeleteBackup", "BackupArn", "backup"),
        ("DescribeExport", "ExportArn", "export"),
        ("DescribeImport", "ImportArn", "import"),
        ("DescribeBulkOperation", "BulkOperationArn", "bulk-operation"),
    ):
        given = {member: f"{foreign}/{kind}/01700000000000-0123abcd"}
        error = plane.refusal(operation, **given)
        assert (error.code(), error.message) == ("AccessDeniedException", "Access is denied")
    error = plane.refusal("ExportTableToPointInTime", TableArn=there, S3Bucket="mine")
    assert (error.code(), error.message) == (
        "TableNotFoundException",
        f"Table not found: {there}",
    )
    error = plane.refusal("ExportTableToPointInTime", TableArn=foreign, S3Bucket="mine")
    assert (error.code(), error.message) == ("AccessDeniedException", "Access is denied")
    plane.close()


def test_tables_that_are_not_there(plane: ControlPlane) -> None:
    error = plane.refusal("CreateBackup", TableName="music", BackupName="nightly")
    assert type(error) is TableNotFoundException
    assert error.message == "Table not found: music"


def test_a_backup_outlives_its_table(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put({"pk": {"S": "a"}})
    arn = back_up(plane)
    plane.call("DeleteTable", TableName="music")
    plane.call("CreateTable", **on_demand())
    maintain(plane)
    work(plane)
    maintain(plane)
    plane.call("RestoreTableFromBackup", TargetTableName="again", BackupArn=arn)
    work(plane)
    assert items(plane, "again") == [{"pk": {"S": "a"}}]
    assert items(plane, "music") == []


def test_a_deleted_table_with_recovery_leaves_a_backup(plane: ControlPlane) -> None:
    plane.call(
        "CreateTable",
        **on_demand(
            AttributeDefinitions=attributes("pk", "kind"),
            GlobalSecondaryIndexes=[index("gsi", "kind")],
        ),
    )
    recover(plane)
    plane.put({"pk": {"S": "a"}, "kind": {"S": "k"}})
    plane.call("DeleteTable", TableName="music")
    maintain(plane)
    assert len(rows(plane, ITEMS)) == 1, "the index is purged, the item is not"
    assert names(plane) == []
    (summary,) = plane.call("ListBackups", BackupType="ALL")["BackupSummaries"]
    assert summary["BackupName"] == "music$DeletedTableBackup"
    assert summary["BackupType"] == "SYSTEM"
    assert summary["BackupStatus"] == "AVAILABLE"
    arn = summary["BackupArn"]
    assert arn.endswith("-00000000")
    described = plane.call("DescribeBackup", BackupArn=arn)["BackupDescription"]
    assert described["SourceTableFeatureDetails"] == {}, "says nothing of its index"
    assert summary["BackupExpiryDateTime"] == plane.clock.now() + 35 * DAY
    error = plane.refusal("DeleteBackup", BackupArn=arn)
    assert error.message == (
        f"Invalid Request: User is not allowed to delete the system backup with arn {arn}. "
        "It will automatically expire on 2023-12-19T22:13:20Z"
    )
    plane.call("RestoreTableFromBackup", TargetTableName="music", BackupArn=arn)
    work(plane)
    assert items(plane) == items(plane, IndexName="gsi") == [{"pk": {"S": "a"}, "kind": {"S": "k"}}]
    plane.clock.advance(35 * DAY - 1)
    work(plane)
    assert len(rows(plane, BACKUPS)) == 1
    plane.clock.advance(1)
    work(plane)
    maintain(plane)
    assert not rows(plane, BACKUPS)
    assert len(rows(plane, ITEMS)) == 2


def test_a_deletion_that_takes_its_time_leaves_a_backup_too() -> None:
    plane = ControlPlane(transition_seconds=5)
    plane.call("CreateTable", **on_demand())
    plane.clock.advance(6)
    recover(plane)
    plane.put({"pk": {"S": "a"}})
    plane.call("DeleteTable", TableName="music")
    maintain(plane)
    plane.clock.advance(6)
    maintain(plane)
    assert plane.refusal("DescribeTable", TableName="music").code() == "ResourceNotFoundException"
    assert len(rows(plane, ITEMS)) == 1
    plane.close()
