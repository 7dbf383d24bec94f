"""What restores refuse, override and leave behind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backed_up import back_up, items, recover, work
from tests.control_plane import (
    ControlPlane,
    Payload,
    attributes,
    index,
    keys,
    on_demand,
    provisioned,
    units,
)


def restore(plane: ControlPlane, arn: str, **request: Any) -> Payload:
    target = {"TargetTableName": "again", "BackupArn": arn, **request}
    return plane.call("RestoreTableFromBackup", **target)["TableDescription"]  # type: ignore[no-any-return]


def refused(plane: ControlPlane, operation: str, **request: Any) -> tuple[str, str]:
    error = plane.refusal(operation, **{"TargetTableName": "again", **request})
    assert plane.refusal("DescribeTable", TableName="again").code() == "ResourceNotFoundException"
    return error.code(), error.message.removeprefix("Invalid Request: ")


def to_point(plane: ControlPlane, **request: Any) -> tuple[str, str]:
    return refused(plane, "RestoreTableToPointInTime", **request)


def indexed(**members: Any) -> Payload:
    return on_demand(
        "music",
        "pk",
        "/sk",
        AttributeDefinitions=attributes("pk", "sk", "kind"),
        GlobalSecondaryIndexes=[index("gsi", "kind")],
        LocalSecondaryIndexes=[index("lsi", "pk", "/kind", kind="KEYS_ONLY")],
        **members,
    )


def test_requests_that_say_too_much_or_too_little(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    arn = plane.table()["TableArn"]
    latest = {"UseLatestRestorableTime": True}
    assert to_point(plane, SourceTableName="music", SourceTableArn=arn, **latest)[1] == (
        "Must provide exactly one of: sourceTableArn, sourceTableName"
    )
    assert to_point(plane, **latest)[1] == (
        "The parameter 'TableName' is required but was not present in the request"
    )
    assert to_point(plane, SourceTableName="music")[1] == (
        "Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both"
    )
    both = to_point(plane, SourceTableName="music", RestoreDateTime=1.0, **latest)[1]
    assert both.startswith("Both RestoreDateTime and UseLatestRestorableTime cannot be set")
    assert to_point(plane, SourceTableName="nothing", **latest) == (
        "TableNotFoundException",
        "Table not found: nothing",
    )
    assert to_point(plane, SourceTableArn=arn, **latest) == (
        "PointInTimeRecoveryUnavailableException",
        "Point in time recovery is not enabled for table 'music'",
    )


def test_moments_outside_of_the_window(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    recover(plane)
    plane.clock.advance(60)
    for moment in (plane.clock.now() + 1, plane.clock.now() - 62, 0.0):
        code, text = to_point(plane, SourceTableName="music", RestoreDateTime=moment)
        assert code == "InvalidRestoreTimeException"
        assert text.endswith(
            "must be within EarliestRestorableDateTime '2023-11-14T22:13:20Z' and "
            "LatestRestorableDateTime '2023-11-14T22:14:20Z'"
        )


def test_a_target_that_exists(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    arn = back_up(plane)
    error = plane.refusal("RestoreTableFromBackup", TargetTableName="music", BackupArn=arn)
    assert (error.code(), error.message) == (
        "TableAlreadyExistsException",
        "Table already exists: music",
    )
    restore(plane, arn)
    error = plane.refusal("RestoreTableFromBackup", TargetTableName="again", BackupArn=arn)
    assert error.code() == "TableInUseException"
    assert error.message == f"Table: again is already being restored from backup: {arn}"
    error = plane.refusal("RestoreTableFromBackup", TargetTableName="third", BackupArn=arn)
    assert error.code() == "BackupInUseException"
    work(plane)
    plane.call("RestoreTableFromBackup", TargetTableName="third", BackupArn=arn)


def test_a_table_that_is_being_restored(plane: ControlPlane) -> None:
    plane.call("CreateTable", **indexed())
    plane.put({"pk": {"S": "a"}, "sk": {"S": "b"}, "kind": {"S": "k"}})
    arn = back_up(plane)
    answer = restore(plane, arn)
    assert answer["TableStatus"] == "CREATING"
    summary = {
        "SourceBackupArn": arn,
        "SourceTableArn": plane.table()["TableArn"],
        "RestoreDateTime": plane.clock.now(),
        "RestoreInProgress": True,
    }
    assert answer["RestoreSummary"] == plane.table("again")["RestoreSummary"] == summary
    assert "IndexStatus" not in plane.table("again")["GlobalSecondaryIndexes"][0]
    for operation, request in (
        ("GetItem", {"Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}}),
        ("UpdateTable", {"DeletionProtectionEnabled": True}),
        ("DescribeTimeToLive", {}),
        ("CreateBackup", {"BackupName": "early"}),
        ("DescribeContinuousBackups", {}),
    ):
        error = plane.refusal(operation, TableName="again", **request)
        assert error.code() in ("ResourceNotFoundException", "TableNotFoundException"), operation
    tagged = plane.refusal("ListTagsOfResource", ResourceArn=answer["TableArn"])
    assert tagged.code() == "ResourceNotFoundException"
    in_use = "Attempt to change a resource which is still in use: "
    error = plane.refusal("DeleteTable", TableName="again")
    assert error.message == f"{in_use}Table: again is being used."
    error = plane.refusal("CreateTable", **on_demand("again"))
    assert error.message == f"{in_use}Table is being used: again"
    work(plane)
    table = plane.table("again")
    assert table["TableStatus"] == "ACTIVE"
    assert "RestoreSummary" not in table
    assert len(items(plane, "again", IndexName="lsi")) == 1
    assert plane.call("DescribeBackup", BackupArn=arn)


def test_what_a_restore_leaves_behind(plane: ControlPlane) -> None:
    plane.call(
        "CreateTable",
        **indexed(
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
            DeletionProtectionEnabled=True,
            TableClass="STANDARD_INFREQUENT_ACCESS",
            Tags=[{"Key": "a", "Value": "b"}],
            OnDemandThroughput={"MaxReadRequestUnits": 100},
        ),
    )
    recover(plane)
    restore(plane, back_up(plane))
    work(plane)
    before, after = plane.table(), plane.table("again")
    assert after["OnDemandThroughput"] == {"MaxReadRequestUnits": 100}
    assert after["KeySchema"] == before["KeySchema"]
    assert after["DeletionProtectionEnabled"] is False
    assert after["TableId"] != before["TableId"]
    for member in ("StreamSpecification", "LatestStreamArn", "TableClassSummary"):
        assert member in before
        assert member not in after
    assert not plane.call("ListTagsOfResource", ResourceArn=after["TableArn"])["Tags"]
    recovery = plane.call("DescribeContinuousBackups", TableName="again")
    description = recovery["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert description == {"PointInTimeRecoveryStatus": "DISABLED"}


def test_indexes_can_be_left_out_and_renamed(plane: ControlPlane) -> None:
    plane.call("CreateTable", **indexed())
    plane.put({"pk": {"S": "a"}, "sk": {"S": "b"}, "kind": {"S": "k"}})
    arn = back_up(plane)
    table = restore(plane, arn, GlobalSecondaryIndexOverride=[], LocalSecondaryIndexOverride=[])
    assert "GlobalSecondaryIndexes" not in table
    assert "LocalSecondaryIndexes" not in table
    assert table["AttributeDefinitions"] == attributes("pk", "sk")
    work(plane)
    renamed = index("by-kind", "kind")
    restore(plane, arn, TargetTableName="third", GlobalSecondaryIndexOverride=[renamed])
    work(plane)
    assert len(items(plane, "third", IndexName="by-kind")) == 1
    assert len(items(plane, "third", IndexName="lsi")) == 1
    for other in (
        index("gsi", "kind", kind="KEYS_ONLY"),
        {**index("gsi", "kind"), "KeySchema": keys("sk")},
    ):
        error = plane.refusal(
            "RestoreTableFromBackup",
            TargetTableName="fourth",
            BackupArn=arn,
            GlobalSecondaryIndexOverride=[other],
        )
        assert error.message == (
            "Invalid Request: Index gsi does not match a secondary index that existed in the "
            "source table and cannot be created during the restore operation"
        )


@pytest.mark.parametrize(
    ("made", "request_", "text"),
    [
        (
            on_demand(),
            {"ProvisionedThroughputOverride": units(1, 1)},
            "Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED",
        ),
        (
            provisioned(),
            {
                "BillingModeOverride": "PAY_PER_REQUEST",
                "ProvisionedThroughputOverride": units(1, 1),
            },
            (
                "Cannot override ProvisionedThroughput if BillingMode is overridden to "
                "PAY_PER_REQUEST"
            ),
        ),
        (
            on_demand(),
            {"BillingModeOverride": "PROVISIONED"},
            "Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED",
        ),
        (
            provisioned(),
            {"OnDemandThroughputOverride": {"MaxReadRequestUnits": 5}},
            (
                "Cannot override MaxReadRequestUnits for OnDemandThroughput unless "
                "BillingModeOverride is PAY_PER_REQUEST"
            ),
        ),
        (
            on_demand(),
            {"OnDemandThroughputOverride": {"MaxReadRequestUnits": 0}},
            "Requested MaxReadRequestUnits for OnDemandThroughput is outside of valid range",
        ),
    ],
)
def test_throughput_that_does_not_fit_the_mode(
    plane: ControlPlane, made: Payload, request_: Payload, text: str
) -> None:
    plane.call("CreateTable", **made)
    arn = back_up(plane)
    code, message = refused(plane, "RestoreTableFromBackup", BackupArn=arn, **request_)
    assert (code, message) == ("ValidationException", text)


def test_billing_is_overridden_both_ways(plane: ControlPlane) -> None:
    plane.call("CreateTable", **provisioned())
    arn = back_up(plane)
    restore(plane, arn, BillingModeOverride="PAY_PER_REQUEST")
    work(plane)
    table = plane.table("again")
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    other = back_up(plane, "again")
    work(plane)
    plane.call(
        "RestoreTableFromBackup",
        TargetTableName="third",
        BackupArn=other,
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride=units(7, 8),
    )
    work(plane)
    assert plane.table("third")["ProvisionedThroughput"]["WriteCapacityUnits"] == 8
