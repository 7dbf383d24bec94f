"""Whatever region, account or partition an ARN names, policies decide about the resource that it
means here.

Without `--regions` an ARN's region and account make no difference, and those of backups never do.
So policies must not see the ARN as the caller wrote it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.accounts import TABLE_ARN, Account, allow, refusal
from tests.servers import RunningServer

GUARDED = f"{TABLE_ARN}/Guarded"
ELSEWHERE = (
    "arn:aws:dynamodb:eu-west-1:000000000000:table",
    "arn:aws:dynamodb:us-east-1:123456789012:table",
    "arn:aws-cn:dynamodb:us-east-1:000000000000:table",
)


@pytest.fixture(scope="module")
def backup(closed_server: RunningServer) -> str:
    """The ARN of a backup of a table that can be restored to any moment, too."""
    account = Account(closed_server)
    account.table("Guarded", None)
    account.admin.update_continuous_backups(
        TableName="Guarded",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    made = account.admin.create_backup(TableName="Guarded", BackupName="nightly")
    return str(made["BackupDetails"]["BackupArn"])


@pytest.fixture(scope="module")
def denied(closed_server: RunningServer, backup: str) -> Any:
    """A user who may do everything except with that table and its parts."""
    never = {**allow("dynamodb:*", on=[GUARDED, f"{GUARDED}/*"]), "Effect": "Deny"}
    account = Account(closed_server)
    return account.client(account.user("denied-by-arn", allow("dynamodb:*"), never))


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_a_denial_is_not_dodged(denied: Any, backup: str, elsewhere: str) -> None:
    arn = backup.replace(TABLE_ARN, elsewhere)
    table = f"{elsewhere}/Guarded"
    for call, request in (
        (denied.describe_backup, {"BackupArn": arn}),
        (denied.restore_table_from_backup, {"BackupArn": arn, "TargetTableName": "Stolen"}),
        (
            denied.restore_table_to_point_in_time,
            {
                "SourceTableArn": table,
                "TargetTableName": "Stolen",
                "UseLatestRestorableTime": True,
            },
        ),
        (denied.export_table_to_point_in_time, {"TableArn": table, "S3Bucket": "any"}),
        (denied.delete_backup, {"BackupArn": arn}),
    ):
        code, text = refusal(call, **request)
        assert code == "AccessDeniedException"
        assert f"on resource: {GUARDED}" in text
        assert text.endswith("with an explicit deny in an identity-based policy")
