"""CreateBackup."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.kernel.backup_keys import backup_job_key, backup_key
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import key_ring_key
from jedlik.services.dynamodb.backups.arns import timed_id
from jedlik.services.dynamodb.backups.change_log import ChangeLog, LogUser
from jedlik.services.dynamodb.backups.deletion import figures_of_table
from jedlik.services.dynamodb.backups.encryption import data_key_like, put_ring, ring_of
from jedlik.services.dynamodb.backups.holds import hold
from jedlik.services.dynamodb.backups.model import USER, Backup, CopyJob
from jedlik.services.dynamodb.backups.moments import this_moment
from jedlik.services.dynamodb.backups.recovery import last_changes_of, recoverable_table
from jedlik.services.dynamodb.backups.store import details
from jedlik.services.dynamodb.encryption import key_ring
from jedlik.services.dynamodb.tables.catalog import CatalogDraft
from jedlik.services.dynamodb.tables.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import CreateBackupInput


async def create_backup(database: Database, payload: CreateBackupInput) -> Body:
    """Back up a table as of this commit; its items are copied in the background."""
    name = database.arns.table_name(payload["TableName"])
    before = recoverable_table(database, await database.catalog.current(name), name)
    ring = await ring_of(database, before)
    data_key = await data_key_like(database, ring, name)
    items, size, master = await figures_of_table(database, before)
    keys = last_changes_of(before)
    now = database.clock.now()
    backup_id = timed_id(now, database.ids.secret(4).hex())
    job_id = database.ids.uuid()

    def decide(draft: CatalogDraft) -> Backup:
        stored_ring, *last = draft.also_read
        table = recoverable_table(database, draft.table(name), name)
        if table.id != before.id or last_changes_of(table) != keys:
            raise CatalogChanged
        if key_ring.decode(stored_ring) != ring:
            raise CatalogChanged
        log = table.log or ChangeLog(draft.new_id())
        log_keys = last_changes_of(replace(table, log=log))
        moment = this_moment(log_keys, last or [None] * len(log_keys), now)
        data_id = draft.new_id()
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
        draft.put(replace(table, log=log.with_user(LogUser(job_id, moment.time))))
        draft.values.update(moment.puts)
        draft.values[key] = backup.encode()
        draft.values[backup_job_key(job_id)] = job.encode()
        put_ring(draft, data_id, name, data_key)
        hold(draft, data_id, (backup_id,))
        return backup

    also_read = (key_ring_key(before.id), *keys)
    backup = await database.catalog.change((name,), decide, also_read=also_read)
    database.wake_workers()
    return {"BackupDetails": details(database.arns, backup)}
