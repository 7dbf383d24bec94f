"""CreateBackup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.kernel.backup_keys import backup_key
from jedlik.services.dynamodb.backups.arns import timed_id
from jedlik.services.dynamodb.backups.copy_source import (
    CopySource,
    begin_copy,
    fixed_moment,
    new_data,
)
from jedlik.services.dynamodb.backups.deletion import figures_of_table
from jedlik.services.dynamodb.backups.encryption import data_key_like
from jedlik.services.dynamodb.backups.model import USER, Backup, CopyJob
from jedlik.services.dynamodb.backups.recovery import recoverable_table
from jedlik.services.dynamodb.backups.store import details
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.change_log import ChangeLog

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import CreateBackupInput


async def create_backup(database: Database, payload: CreateBackupInput) -> Body:
    """Back up a table as of this commit; its items are copied in the background."""
    name = database.arns.table_name(payload["TableName"])
    before = recoverable_table(database, await database.catalog.current(name), name)
    source = await CopySource.read(database, before)
    data_key = await data_key_like(database, source.ring, name)
    items, size, master = await figures_of_table(database, before)
    now = database.clock.now()
    backup_id = timed_id(now, database.ids.secret(4).hex())
    job_id = database.ids.uuid()

    def decide(draft: CatalogDraft) -> Backup:
        table = source.locked(draft, now)
        log = table.log or ChangeLog(draft.new_id())
        moment = fixed_moment(draft, table.id, log, now)
        data_id = new_data(draft, name, data_key, backup_id)
        backup = Backup(
            id=backup_id,
            name=payload["BackupName"],
            kind=USER,
            data_id=data_id,
            created_at=round(now, 3),
            table=table,
            items=items,
            size=size,
            master=master,
        )
        key = backup_key(backup_id, name)
        job = CopyJob(
            id=job_id,
            source=table.id,
            target=data_id,
            source_table=name,
            log=log.id,
            since=moment.time,
            backup=key.hex(),
        )
        draft.values[key] = backup.encode()
        begin_copy(draft, table, log, moment, job)
        return backup

    backup = await database.catalog.change((name,), decide, also_read=source.also_read)
    database.wake_workers()
    return {"BackupDetails": details(database.arns, backup)}
