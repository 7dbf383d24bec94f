"""Backups found, listed and described (API reference, "BackupDescription", "ListBackups")."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from jedlik.base.errors import BackupNotFoundException
from jedlik.kernel.arns import Arns
from jedlik.kernel.backup_keys import backup_key
from jedlik.kernel.keyspaces import BACKUPS
from jedlik.kernel.rows import pages
from jedlik.services.dynamodb.backups.arns import backup_arn, named_backup
from jedlik.services.dynamodb.backups.model import SYSTEM, Backup, decode_backup
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.descriptions import key_schema, vector_settings
from jedlik.services.dynamodb.tables.model import PAY_PER_REQUEST, Index, Table
from jedlik.services.kms.records import key_arn
from jedlik.values.keybytes import successor

_PAGE_ROWS = 100


class Found(NamedTuple):
    """A backup and the key under which it is described."""

    key: bytes
    backup: Backup


def backup_not_found(arn: str) -> BackupNotFoundException:
    """The error of a BackupArn of a missing backup."""
    return BackupNotFoundException(f"Backup not found: {arn}")


async def find_backup(database: Database, arn: str) -> Found:
    """The backup of an ARN, whatever region the ARN names (observed).

    Raises ValidationException, AccessDeniedException and BackupNotFoundException.
    """
    table, backup_id = named_backup(database.arns, arn)
    key = backup_key(backup_id, table)
    (stored,) = await database.store.read((key,))
    if stored is None:
        raise backup_not_found(arn)
    return Found(key, decode_backup(stored))


async def backups_from(database: Database, low: bytes, high: bytes) -> AsyncIterator[Found]:
    """All backups with keys from `low` to below `high`, in the order in which they were made."""
    async for rows in pages(database.store, low, high, _PAGE_ROWS):
        for key, stored in rows:
            yield Found(key, decode_backup(stored))


def lowest_key(moment: float | None) -> bytes:
    """Below the keys of all backups made at `moment` or later."""
    return BACKUPS if moment is None else BACKUPS + f"{round(moment * 1000):014d}".encode()


def highest_key(moment: float | None) -> bytes:
    """Above the keys of all backups made before `moment`."""
    return successor(BACKUPS) or b"" if moment is None else lowest_key(moment)


def details(arns: Arns, backup: Backup) -> dict[str, Any]:
    """BackupDetails."""
    answer = {
        "BackupArn": backup_arn(arns, backup.table.name, backup.id),
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size,
        "BackupStatus": backup.status,
        "BackupType": backup.kind,
        "BackupCreationDateTime": backup.created_at,
    }
    if backup.expires_at is not None:
        answer["BackupExpiryDateTime"] = backup.expires_at
    return answer


def summary(arns: Arns, backup: Backup) -> dict[str, Any]:
    """BackupSummary."""
    return {
        "TableName": backup.table.name,
        "TableId": backup.table.uuid,
        "TableArn": arns.table_arn(backup.table.name),
        **details(arns, backup),
    }


def backup_description(arns: Arns, backup: Backup) -> dict[str, Any]:
    """BackupDescription."""
    return {
        "BackupDetails": details(arns, backup),
        "SourceTableDetails": _source(arns, backup),
        "SourceTableFeatureDetails": _features(arns, backup),
    }


def _source(arns: Arns, backup: Backup) -> dict[str, Any]:
    table = backup.table
    answer = {
        "TableName": table.name,
        "TableId": table.uuid,
        "TableArn": arns.table_arn(table.name),
        "TableSizeBytes": backup.size,
        "KeySchema": key_schema(table.schema),
        "TableCreationDateTime": table.created_at,
        "ProvisionedThroughput": _units(table.settings, table),
        "ItemCount": backup.items,
        "BillingMode": table.billing_mode,
    }
    if "OnDemandThroughput" in table.settings:
        answer["OnDemandThroughput"] = table.settings["OnDemandThroughput"]
    return answer


def _units(settings: dict[str, Any], table: Table) -> dict[str, int]:
    given = (
        {} if table.billing_mode == PAY_PER_REQUEST else settings.get("ProvisionedThroughput", {})
    )
    return {unit: given.get(unit, 0) for unit in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _features(arns: Arns, backup: Backup) -> dict[str, Any]:
    table = backup.table
    answer: dict[str, Any] = {}
    if backup.kind == SYSTEM:  # has none whatever its table had (observed)
        return answer
    for member, local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
        indexes = [_index(each, table) for each in table.indexes if each.local == local]
        if indexes:
            answer[member] = indexes
    if table.vector_indexes:
        answer["VectorIndexes"] = [vector_settings(index) for index in table.vector_indexes]
    stream = table.stream
    if stream is not None and stream.closed_at is None:
        answer["StreamDescription"] = {"StreamEnabled": True, "StreamViewType": stream.view_type}
    ttl = table.time_to_live
    if ttl is not None and ttl.enabled:
        answer["TimeToLiveDescription"] = {
            "TimeToLiveStatus": ttl.status(backup.created_at),
            "AttributeName": ttl.attribute,
        }
    if backup.master is not None:
        answer["SSEDescription"] = {
            "Status": "ENABLED",
            "SSEType": "KMS",
            "KMSMasterKeyArn": key_arn(arns, backup.master),
        }
    return answer


def _index(index: Index, table: Table) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection.kind}
    if index.projection.attributes:
        projection["NonKeyAttributes"] = list(index.projection.attributes)
    answer = {
        "IndexName": index.name,
        "KeySchema": key_schema(index.schema),
        "Projection": projection,
    }
    if not index.local:
        answer["ProvisionedThroughput"] = _units(index.settings, table)
        if "OnDemandThroughput" in index.settings:
            answer["OnDemandThroughput"] = index.settings["OnDemandThroughput"]
    return answer
