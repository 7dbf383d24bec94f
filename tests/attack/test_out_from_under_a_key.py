"""A user who may do everything with tables, but not use their keys, gets no items."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.accounts import TABLE_ARN, Account, allow
from tests.api.tables_under_keys import THROUGH, is_denied, put_under
from tests.servers import RunningServer


@pytest.fixture(scope="module")
def account(closed_server: RunningServer) -> Account:
    return Account(closed_server)


@pytest.fixture(scope="module")
def key(account: Account) -> str:
    return str(account.server.client("kms").create_key()["KeyMetadata"]["Arn"])


@pytest.fixture(scope="module")
def backup(account: Account, key: str) -> str:
    """The ARN of a backup of the table Vault, which is under the key."""
    put_under(account.admin, "Vault", key)
    account.admin.update_continuous_backups(
        TableName="Vault", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    made = account.admin.create_backup(TableName="Vault", BackupName="sealed")
    return str(made["BackupDetails"]["BackupArn"])


OVERRIDES: tuple[dict[str, Any], ...] = (
    {},
    {"SSESpecificationOverride": {"Enabled": False}},
    {"SSESpecificationOverride": {"Enabled": True, "SSEType": "KMS"}},
)


def restores(client: Any, backup: str) -> list[tuple[Any, dict[str, Any]]]:
    latest = {"UseLatestRestorableTime": True}
    return [
        (client.restore_table_from_backup, {"BackupArn": backup}),
        (client.restore_table_to_point_in_time, {"SourceTableName": "Vault", **latest}),
        (
            client.restore_table_to_point_in_time,
            {"SourceTableArn": f"{TABLE_ARN}/Vault", **latest},
        ),
    ]


@pytest.mark.parametrize("override", OVERRIDES)
def test_nothing_is_restored(account: Account, backup: str, override: dict[str, Any]) -> None:
    name = f"no-key-{OVERRIDES.index(override)}"
    client = account.client(account.user(name, allow("dynamodb:*")))
    for call, request in restores(client, backup):
        assert is_denied(call, TargetTableName="Opened", **request, **override)


def test_who_may_use_it_restores_and_puts_under_it_by_more(
    account: Account, key: str, backup: str
) -> None:
    own = account.user("has-key", allow("dynamodb:*"), allow("kms:Decrypt", on=key, **THROUGH))
    client = account.client(own)
    restore = {"TargetTableName": "Opened", "BackupArn": backup}
    assert is_denied(client.restore_table_from_backup, **restore)
    account.allow("has-key", allow("dynamodb:*"), allow("kms:*", on=key, **THROUGH))
    made = client.restore_table_from_backup(**restore)["TableDescription"]
    assert made["SSEDescription"]["KMSMasterKeyArn"] == key


def test_no_import_is_put_under_a_key_that_may_not_be_used(account: Account, key: str) -> None:
    client = account.client(account.user("imports", allow("dynamodb:*", "s3:*")))
    parameters = account.request(
        "Imported", None, SSESpecification={
            "Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key,
        },
    )  # fmt: skip
    source = {"S3BucketSource": {"S3Bucket": "any"}, "InputFormat": "DYNAMODB_JSON"}
    assert is_denied(client.import_table, TableCreationParameters=parameters, **source)
