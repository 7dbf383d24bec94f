"""Expiry of system backups, and deletion of backups."""

from __future__ import annotations

from jedlik.kernel.backup_keys import hold_key
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.backups.holds import remove_holders
from jedlik.services.dynamodb.backups.model import Backup, decode_backup
from jedlik.services.dynamodb.backups.store import Found, backups_from, highest_key, lowest_key
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.model import Table
from jedlik.storage.engine import Value

SYSTEM_BACKUP_SECONDS = 35 * 86400.0


def forget(draft: CatalogDraft, found: Found, hold: Value, table: Table | None) -> None:
    """Remove a backup; `hold` is the record under its data's `hold_key`, `table` the one that is
    DELETING and whose items these are."""
    draft.values[found.key] = None
    remove_holders(draft, found.backup.data_id, (found.backup.id,), hold, table)


async def expired_backups(database: Database) -> list[Found]:
    """Expired system backups from which nothing is being restored."""
    now = database.clock.now()
    made_before = highest_key(now - SYSTEM_BACKUP_SECONDS + 1)
    return [
        found
        async for found in backups_from(database, lowest_key(None), made_before)
        if _is_over(found.backup, now)
    ]


def _is_over(backup: Backup, now: float) -> bool:
    return backup.expires_at is not None and backup.expires_at <= now and not backup.restoring


async def expire(database: Database, lease: Lease, found: Found) -> None:
    """Remove an expired backup. Raises LeaseLost."""
    name, data_id = found.backup.table.name, found.backup.data_id

    def decide(draft: CatalogDraft) -> None:
        record, hold, stored = draft.also_read
        lease.check(record)
        if stored is None or not _is_over(decode_backup(stored), database.clock.now()):
            return
        table = draft.table(name)
        forget(draft, found, hold, table if table is not None and table.id == data_id else None)

    also_read = (lease.key, hold_key(data_id), found.key)
    await database.catalog.change((name,), decide, also_read=also_read)
