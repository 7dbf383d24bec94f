"""DeleteBackup."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jedlik.base.errors import BackupInUseException, ValidationException
from jedlik.gateway.operation import Body
from jedlik.kernel.backup_keys import hold_key
from jedlik.services.dynamodb.backups.expiry import forget
from jedlik.services.dynamodb.backups.model import (
    CREATING,
    DELETED,
    SYSTEM,
    Backup,
    decode_backup,
)
from jedlik.services.dynamodb.backups.store import (
    Found,
    backup_description,
    backup_not_found,
    find_backup,
)
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DeleteBackupInput


async def delete_backup(database: Database, payload: DeleteBackupInput) -> Body:
    """Delete a backup immediately; its items are purged in the background.

    Raises BackupNotFoundException, BackupInUseException, and ValidationException for a system
    backup.
    """
    arn = payload["BackupArn"]
    found = await find_backup(database, arn)

    def decide(draft: CatalogDraft) -> Backup:
        stored, hold = draft.also_read
        if stored is None:
            raise backup_not_found(arn)
        backup = decode_backup(stored)
        _check_deletable(backup, arn)
        forget(draft, Found(found.key, backup), hold, None)
        return backup

    also_read = (found.key, hold_key(found.backup.data_id))
    backup = await database.catalog.change((), decide, also_read=also_read)
    database.wake_workers()
    deleted = replace(backup, status=DELETED)
    return {"BackupDescription": backup_description(database.arns, deleted)}


def _check_deletable(backup: Backup, arn: str) -> None:
    if backup.kind == SYSTEM:
        expires = datetime.fromtimestamp(backup.expires_at or 0.0, UTC)
        raise ValidationException(
            "Invalid Request: User is not allowed to delete the system backup with arn "
            f"{arn}. It will automatically expire on {expires:%Y-%m-%dT%H:%M:%SZ}"
        )
    if backup.status == CREATING:
        raise BackupInUseException(f"Backup is being created: {arn}")
    if backup.restoring is not None:
        raise BackupInUseException(f"Backup is being used to restore table: {arn}")
