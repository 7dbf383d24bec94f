"""Who may back up, restore, export, import, put in bulk and stream, operation by operation.

For each operation: it is denied unless a policy allows it, the documented minimum of permissions
suffices, an explicit Deny overrides every Allow, conditions are respected, and each call makes one
record in the audit log.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.api.accounts import TABLE_ARN, Account, allow, denied, refusal
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer

USER = "operator"
ORDERS = f"{TABLE_ARN}/Orders"
ID = "01700000000000-0123abcd"
STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/changes"
TARGET_ACTIONS = (
    "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem",
)  # fmt: skip


class Asked(NamedTuple):
    """An operation, a request, its resource, and the permissions that it needs on others.

    `tagged`: the resource is a table, so policies may depend on its tags; `tables` are those named
    in the audit log.
    """

    request: dict[str, Any]
    resource: str
    others: tuple[dict[str, Any], ...] = ()
    tagged: bool = False
    tables: tuple[str, ...] = ()


def on_table(**request: Any) -> Asked:
    return Asked({"TableName": "Orders", **request}, ORDERS, tagged=True, tables=(ORDERS,))


def on_arn(kind: str, member: str) -> Asked:
    arn = f"{ORDERS}/{kind}/{ID}"
    return Asked({member: arn}, arn)


def restored(target: str, action: str) -> tuple[dict[str, Any], ...]:
    actions = (f"dynamodb:{each}" for each in (action, *TARGET_ACTIONS))
    return (allow(*actions, on=f"{TABLE_ARN}/{target}"),)


def objects(*actions: str, prefix: str = "") -> dict[str, Any]:
    return allow(*(f"s3:{each}" for each in actions), on=f"arn:aws:s3:::mine/{prefix}*")


ALL = (allow("dynamodb:*"), allow("kinesis:*"), allow("s3:*"))
BACKUP = f"{ORDERS}/backup/{ID}"
INPUT = {"S3Bucket": "mine", "InputFormat": "DYNAMODB_JSON", "S3KeyPrefix": "nothing/"}
OPERATIONS: dict[str, Asked] = {
    "CreateBackup": on_table(BackupName="nightly"),
    "DescribeBackup": on_arn("backup", "BackupArn"),
    "DeleteBackup": on_arn("backup", "BackupArn"),
    "ListBackups": Asked({}, "*"),
    "RestoreTableFromBackup": Asked(
        {"TargetTableName": "Again", "BackupArn": BACKUP},
        BACKUP,
        restored("Again", "RestoreTableFromBackup"),
        tables=(f"{TABLE_ARN}/Again",),
    ),
    "UpdateContinuousBackups": on_table(
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    ),
    "DescribeContinuousBackups": on_table(),
    "RestoreTableToPointInTime": Asked(
        {"SourceTableName": "Orders", "TargetTableName": "Was", "RestoreDateTime": 1},
        ORDERS,
        restored("Was", "RestoreTableToPointInTime"),
        tagged=True,
        tables=(ORDERS, f"{TABLE_ARN}/Was"),
    ),
    "ExportTableToPointInTime": Asked(
        {"TableArn": ORDERS, "S3Bucket": "mine"},
        ORDERS,
        (objects("PutObject"),),
        tagged=True,
        tables=(ORDERS,),
    ),
    "DescribeExport": on_arn("export", "ExportArn"),
    "ListExports": Asked({}, "*"),
    "ImportTable": Asked(
        {
            "S3BucketSource": {"S3Bucket": "mine"},
            "InputFormat": "DYNAMODB_JSON",
            "TableCreationParameters": {
                "TableName": "Orders",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        },
        ORDERS,
        (objects("GetObject"),),
        tables=(ORDERS,),
    ),
    "DescribeImport": on_arn("import", "ImportArn"),
    "ListImports": Asked({}, "*"),
    "StartBulkPutItems": on_table(
        InputS3Configuration=INPUT,
        OutputS3Configuration={"S3Bucket": "mine", "OutputType": ["ERROR"]},
    )._replace(others=(objects("GetObject", prefix="nothing/"), objects("PutObject"))),
    "DescribeBulkOperation": on_arn("bulk-operation", "BulkOperationArn"),
    "CancelBulkOperation": on_arn("bulk-operation", "BulkOperationArn"),
    "ListBulkOperations": Asked({}, "*"),
    "EnableKinesisStreamingDestination": on_table(StreamArn=STREAM)._replace(
        others=(allow("kinesis:DescribeStream", "kinesis:PutRecords", on=STREAM),)
    ),
    "DescribeKinesisStreamingDestination": on_table(),
    "UpdateKinesisStreamingDestination": on_table(
        StreamArn=STREAM,
        UpdateKinesisStreamingConfiguration={"ApproximateCreationDateTimePrecision": "MICROSECOND"},
    ),
    "DisableKinesisStreamingDestination": on_table(StreamArn=STREAM),
}
READS = ("Describe", "List")


class Site:
    """A server that requires signatures, with an audit log, a bucket, a table and a user."""

    def __init__(self, scratch: Path) -> None:
        for name in ("bucket", "streams"):
            (scratch / name).mkdir()
        self.server = RunningServer(
            scratch, "--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY,
            "--audit-log", scratch / "audit", "--bucket", f"mine={scratch / 'bucket'}",
            "--kinesis-endpoint", scratch / "streams",
        )  # fmt: skip
        self.account = Account(self.server)
        self.account.table("Orders", None)
        self.account.admin.tag_resource(ResourceArn=ORDERS, Tags=[{"Key": "team", "Value": "shop"}])
        self.user = self.account.client(self.account.user(USER))
        self._audit = scratch / "audit"

    def records(self) -> list[dict[str, Any]]:
        """The records of the user's calls."""
        (file,) = self._audit.glob("*.jsonl")
        found = map(json.loads, file.read_text().splitlines())
        return [each for each in found if each["userIdentity"].get("userName") == USER]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("backup-access"))
    yield made
    made.server.kill()


def call(site: Site, operation: str) -> str:
    """The code of the error with which the user's call is refused; empty if it succeeds."""
    client = site.user
    name = next(python for python, api in client.meta.method_to_api_mapping.items()
                if api == operation)  # fmt: skip
    try:
        getattr(client, name)(**OPERATIONS[operation].request)
    except client.exceptions.ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def deny(operation: str, resource: str, **members: Any) -> dict[str, Any]:
    action = f"dynamodb:{operation}"
    return {"Effect": "Deny", "Action": action, "Resource": resource, **members}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_asks_for_its_own(site: Site, operation: str) -> None:
    asked, account = OPERATIONS[operation], site.account
    before = len(site.records())
    may = (allow(f"dynamodb:{operation}", on=asked.resource), *asked.others)
    elsewhere = allow(f"dynamodb:{operation}", on=f"{TABLE_ARN}/Other*")
    from_here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    from_afar = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    account.allow(USER, elsewhere, *asked.others)
    assert call(site, operation) == "AccessDeniedException"
    account.allow(USER, *may)
    assert call(site, operation) != "AccessDeniedException"
    account.allow(USER, *ALL, deny(operation, asked.resource))
    assert call(site, operation) == "AccessDeniedException"
    account.allow(USER, *ALL, deny(operation, "*", Condition=from_here))
    assert call(site, operation) == "AccessDeniedException"
    account.allow(USER, *ALL, deny(operation, "*", Condition=from_afar))
    assert call(site, operation) != "AccessDeniedException"
    first, second, third, fourth, fifth = site.records()[before:]
    for each in (first, second, third, fourth, fifth):
        assert each["eventName"] == operation
        assert each["readOnly"] is operation.startswith(READS)
        assert each["eventCategory"] == "Management"
        tables = tuple(found["ARN"] for found in each.get("resources", ()))
        assert tables == asked.tables
    for each in (first, third, fourth):
        assert each["errorCode"] == "AccessDeniedException"
    for each in (second, fifth):
        assert each.get("errorCode") != "AccessDeniedException"


@pytest.mark.parametrize("operation", [name for name, each in OPERATIONS.items() if each.tagged])
def test_the_tags_of_the_table_decide(site: Site, operation: str) -> None:
    asked = OPERATIONS[operation]
    for team, code in (("shop", False), ("warehouse", True)):
        of_team = {"StringEquals": {"aws:ResourceTag/team": team}}
        may = allow(f"dynamodb:{operation}", on=asked.resource, Condition=of_team)
        site.account.allow(USER, may, *asked.others)
        assert (call(site, operation) == "AccessDeniedException") is code, team


@pytest.mark.parametrize("operation", ["RestoreTableFromBackup", "RestoreTableToPointInTime"])
def test_a_restore_asks_for_each_action_on_its_target(site: Site, operation: str) -> None:
    asked = OPERATIONS[operation]
    target = f"{TABLE_ARN}/{asked.request['TargetTableName']}"
    for missing in (operation, *TARGET_ACTIONS):
        others = (f"dynamodb:{each}" for each in (operation, *TARGET_ACTIONS) if each != missing)
        site.account.allow(
            USER,
            allow(f"dynamodb:{operation}", on=asked.resource),
            allow(*others, on=target),
        )
        name = "restore_table_from_backup"
        if operation != "RestoreTableFromBackup":
            name = "restore_table_to_point_in_time"
        found = refusal(getattr(site.user, name), **asked.request)
        assert found == denied(USER, missing, target)


def test_values_of_a_filter_stay_out_of_the_audit_log(site: Site) -> None:
    site.account.allow(USER, *ALL)
    site.user.export_table_to_point_in_time(
        TableArn=ORDERS,
        S3Bucket="mine",
        FilterSpecification={
            "FilterExpression": "pk = :secret",
            "ExpressionAttributeValues": {":secret": {"S": "planted"}},
        },
    )
    record = site.records()[-1]
    shown = record["requestParameters"]["filterSpecification"]
    assert shown == {"FilterExpression": "pk = :secret", "ExpressionAttributeValues": [":secret"]}
    assert "planted" not in json.dumps(record)


@pytest.mark.parametrize(
    "operation", ["ExportTableToPointInTime", "ImportTable", "StartBulkPutItems"]
)
def test_buckets_are_read_and_written_in_the_callers_name(site: Site, operation: str) -> None:
    """Otherwise callers who may import could read the exports of others, and callers who may export
    could write over them."""
    asked = OPERATIONS[operation]
    own = allow(f"dynamodb:{operation}", on=asked.resource)
    for number in range(len(asked.others)):
        others = asked.others[:number] + asked.others[number + 1 :]
        elsewhere = {**asked.others[number], "Resource": "arn:aws:s3:::mine/elsewhere/*"}
        site.account.allow(USER, own, *others, elsewhere)
        assert call(site, operation) == "AccessDeniedException"
    # A key that may be among those that are going to be read or written denies them all.
    for denied_keys in ("*", "*/AWSDynamoDB/*/2", "*.json"):
        never = {**allow("s3:*", on=f"arn:aws:s3:::mine/{denied_keys}"), "Effect": "Deny"}
        site.account.allow(USER, *ALL, never)
        assert call(site, operation) == "AccessDeniedException"
