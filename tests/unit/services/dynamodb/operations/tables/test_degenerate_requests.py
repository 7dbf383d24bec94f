"""Requests that the model allows and that say nothing, or nonsense.

Measured on the service in October 2026 (published by the authors of a controller for it): empty
structures, lists and strings, zeros and negative numbers. What is wrong with a request is said
before its table is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jedlik.services.dynamodb.inputs import checker_for
from tests.control_plane import INVALID, ControlPlane, attributes, index, on_demand, units

TABLE = "music"
MISSING = "missing"
ARN = f"arn:aws:dynamodb:us-east-1:000000000000:table/{TABLE}"
NOT_NULL = "failed to satisfy constraint: Member must not be null"
LEAST_ONE = "failed to satisfy constraint: Member must have length greater than or equal to 1"
NAME_LENGTH = "must be at least 3 characters long and at most 255 characters long"
NOTHING = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
    "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, "
    "WarmThroughput or TableClass is required"
)
NO_WARMTH = (
    f"{INVALID}WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond "
    "specified for index: by-g"
)
ONLY = (
    f"{INVALID}The only Updates for index: by-g when TableThroughputMode is PAY_PER_REQUEST can be "
    "to OnDemandThroughput, WarmThroughput"
)
DECREASE = "is lower than current WarmThroughput, decreasing WarmThroughput is not supported"


def found(*broken: str) -> str:
    """The text that counts broken constraints."""
    errors = "error" if len(broken) == 1 else "errors"
    return f"{len(broken)} validation {errors} detected: {'; '.join(broken)}"


@pytest.fixture(scope="module")
def indexed() -> Iterator[ControlPlane]:
    """A database with a table that has a global index and a policy of no kind."""
    plane = ControlPlane()
    request = on_demand(TABLE, GlobalSecondaryIndexes=[index("by-g", "g")])
    plane.call("CreateTable", **{**request, "AttributeDefinitions": attributes("pk", "g")})
    yield plane
    plane.close()


def asked(plane: ControlPlane, operation: str, payload: dict[str, Any]) -> str:
    """The text of the refusal, or "" where there is none."""
    try:
        plane.call(operation, **checker_for(operation)(payload))
    except Exception as error:
        return str(error.message) if hasattr(error, "message") else repr(error)
    return ""


def update(**members: Any) -> tuple[str, dict[str, Any]]:
    return "UpdateTable", members


def of_index(**members: Any) -> tuple[str, dict[str, Any]]:
    return update(GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "by-g", **members}}])


def create(**members: Any) -> tuple[str, dict[str, Any]]:
    return "CreateTable", {**on_demand("other"), **members}


CASES = [
    (update(), NOTHING),
    (update(AttributeDefinitions=attributes("pk")), NOTHING),
    (update(GlobalSecondaryIndexUpdates=[]), NOTHING),
    (update(OnDemandThroughput={}), NOTHING),
    (update(WarmThroughput={}), NOTHING),
    (update(OnDemandThroughput={}, BillingMode="PAY_PER_REQUEST"), ""),
    (update(WarmThroughput={}, TableClass="STANDARD"), ""),
    (update(WarmThroughput={}, DeletionProtectionEnabled=False), ""),
    (
        update(WarmThroughput={}, ProvisionedThroughput=units(1, 1)),
        (f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
        "BillingMode is PAY_PER_REQUEST"),
    ),
    (
        update(OnDemandThroughput={"MaxReadRequestUnits": 0, "MaxWriteRequestUnits": 0}),
        (f"{INVALID}Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of "
        "valid range"),
    ),
    (
        update(WarmThroughput={"ReadUnitsPerSecond": 0, "WriteUnitsPerSecond": 0}),
        f"{INVALID}Requested ReadUnitsPerSecond for WarmThroughput for table {DECREASE}",
    ),
    (update(ReplicaUpdates=[{"Create": {}}]), "One or more parameter values were invalid"),
    (update(ReplicaUpdates=[{"Update": {}}]), found(
        f"Value null at 'replicaUpdates.1.member.update.regionName' {NOT_NULL}"
    )),
    (
        ("UpdateGlobalTable", {"GlobalTableName": "other", "ReplicaUpdates": [{}]}),
        "One or more parameter values were invalid",
    ),
    (of_index(), ONLY),
    (of_index(OnDemandThroughput={}), ONLY),
    (of_index(WarmThroughput={}), NO_WARMTH),
    (
        of_index(WarmThroughput={"ReadUnitsPerSecond": -1}),
        f"{INVALID}Requested ReadUnitsPerSecond for WarmThroughput for index by-g {DECREASE}",
    ),
    (of_index(OnDemandThroughput={"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}), ""),
    (
        update(
            TableClass="STANDARD",
            GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "by-g", "WarmThroughput": {}}}],
        ),
        NO_WARMTH,
    ),
    (
        update(
            GlobalSecondaryIndexUpdates=[
                {"Update": {"IndexName": "ghost", "OnDemandThroughput": {}}}
            ]
        ),
        f"Requested resource not found: Index ghost for table {TABLE}",
    ),
    (create(AttributeDefinitions=[{}]), found(
        f"Value null at 'attributeDefinitions.1.member.attributeType' {NOT_NULL}",
        f"Value null at 'attributeDefinitions.1.member.attributeName' {NOT_NULL}",
    )),
    (create(KeySchema=[{}]), found(
        f"Value null at 'keySchema.1.member.attributeName' {NOT_NULL}",
        f"Value null at 'keySchema.1.member.keyType' {NOT_NULL}",
    )),
    (create(KeySchema=[]), found(f"Value '[]' at 'keySchema' {LEAST_ONE}")),
    (
        create(SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": ""}),
        found(f"Value '' at 'sSESpecification.kMSMasterKeyId' {LEAST_ONE}"),
    ),
    (create(Tags=[{}]), "The Tag Key provided is invalid, Key: null"),
    (
        create(ResourcePolicy="{}"),
        f"{INVALID}Invalid policy document: Syntax error at position (1,3)",
    ),
    (("DescribeContributorInsights", {"IndexName": ""}), f"IndexName {NAME_LENGTH}"),
    (
        ("UpdateContributorInsights", {"IndexName": "", "ContributorInsightsAction": "ENABLE"}),
        f"IndexName {NAME_LENGTH}",
    ),
    (
        ("RestoreTableFromBackup", {"BackupArn": "x" * 40, "TargetTableName": ""}),
        f"TableName {NAME_LENGTH}",
    ),
    (("DescribeBackup", {"BackupArn": ""}), "Invalid Backup ARN"),
    (
        ("ExportTableToPointInTime", {"TableArn": "", "S3Bucket": "bucket"}),
        "Invalid TableArn: Invalid Table ARN",
    ),
    (("UpdateTimeToLive", {"TimeToLiveSpecification": {}}), found(
        f"Value null at 'timeToLiveSpecification.attributeName' {NOT_NULL}",
        f"Value null at 'timeToLiveSpecification.enabled' {NOT_NULL}",
    )),
    (
        ("UpdateContinuousBackups", {"PointInTimeRecoverySpecification": {}}),
        found(
            "Value null at 'pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled' "
            f"{NOT_NULL}"
        ),
    ),
    (
        ("TagResource", {"ResourceArn": ARN, "Tags": []}),
        "Atleast one Tag needs to be provided as Input.",
    ),
    (
        ("TagResource", {"ResourceArn": ARN, "Tags": [{"Key": "k"}]}),
        "The Tag Value provided is invalid, Value: null",
    ),
    (
        ("UntagResource", {"ResourceArn": ARN, "TagKeys": [""]}),
        "The Tag Key provided is invalid, Key: ",
    ),
    (
        ("TagResource", {"ResourceArn": f"{ARN}/backup/017-2779fadd", "Tags": [{"Key": "k"}]}),
        f"{INVALID}Provided Arn is not a DynamoDB resource arn: {ARN}/backup/017-2779fadd",
    ),
    (("ListTagsOfResource", {"ResourceArn": ARN, "NextToken": "made up"}), ""),
    (("ListExports", {"NextToken": "zz"}), "Invalid Request: Provided nextToken is invalid: zz"),
    (
        ("ExportTableToPointInTime", {"TableArn": f"{ARN}s", "S3Bucket": "bucket"}),
        f"Table not found: {ARN}s",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked_for", "text"),
    CASES,
    ids=[f"{number}-{case[0][0]}" for number, case in enumerate(CASES)],
)
def test_texts_for_degenerate_requests(indexed: ControlPlane, asked_for: Any, text: str) -> None:
    operation, members = asked_for
    named = {} if operation == "ListExports" or "Arn" in str(members) else {"TableName": TABLE}
    assert asked(indexed, operation, {**named, **members}) == text


def test_what_is_said_of_a_table_that_is_not_there(indexed: ControlPlane) -> None:
    missing = f"Requested resource not found: Table: {MISSING} not found"
    for members, text in (
        (update()[1], NOTHING),
        (update(WarmThroughput={})[1], missing),
        (update(OnDemandThroughput={})[1], missing),
        (of_index(WarmThroughput={})[1], NO_WARMTH),
        (update(DeletionProtectionEnabled=True)[1], missing),
    ):
        assert asked(indexed, "UpdateTable", {"TableName": MISSING, **members}) == text
