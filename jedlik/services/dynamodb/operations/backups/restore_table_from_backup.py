"""RestoreTableFromBackup."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jedlik.base.errors import BackupInUseException
from jedlik.gateway.operation import Body
from jedlik.kernel.backup_keys import backup_job_key
from jedlik.services.dynamodb.backups.encryption import target_data_key
from jedlik.services.dynamodb.backups.model import CopyJob, decode_backup
from jedlik.services.dynamodb.backups.restoring import (
    begin_restore,
    check_restores,
    is_elsewhere,
    restore_answer,
)
from jedlik.services.dynamodb.backups.store import backup_not_found, find_backup
from jedlik.services.dynamodb.backups.targets import check_target, target_table
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.sealing.key_ring import KeyRing
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.restore import Restore

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import RestoreTableFromBackupInput


async def restore_table_from_backup(
    database: Database, payload: RestoreTableFromBackupInput
) -> Body:
    """Make a new table from a backup; it is CREATING until it has all its items.

    Raises BackupNotFoundException, BackupInUseException while another table is being restored from
    it, TableAlreadyExistsException, TableInUseException, LimitExceededException.
    """
    arn = payload["BackupArn"]
    if is_elsewhere(database, payload, arn):
        raise backup_not_found(arn)
    found = await find_backup(database, arn)
    target = target_table(database, payload, found.backup.table)
    key = await target_data_key(database, payload, found.backup.master)
    await check_restores(database)
    job_id = database.ids.uuid()

    def decide(draft: CatalogDraft) -> tuple[Table, KeyRing | None]:
        (stored,) = draft.also_read
        if stored is None:
            raise backup_not_found(arn)
        backup = decode_backup(stored)
        check_target(draft, target.name)
        if backup.restoring is not None:
            raise BackupInUseException(f"Backup is being used to restore another table: {arn}")
        restore = Restore(
            job=job_id,
            source_table_arn=database.arns.table_arn(backup.table.name),
            moment=backup.created_at,
            source_backup_arn=arn,
        )
        table, ring = begin_restore(draft, target, restore, key)
        job = CopyJob(
            id=job_id,
            source=backup.data_id,
            target=table.id,
            backup=found.key.hex(),
            target_table=table.name,
        )
        draft.values[backup_job_key(job_id)] = job.encode()
        draft.values[found.key] = replace(backup, restoring=table.name).encode()
        return table, ring

    table, ring = await database.catalog.change((target.name,), decide, also_read=(found.key,))
    return restore_answer(database, table, ring)
