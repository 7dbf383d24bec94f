"""What is kept when a table is deleted: its system backup, and data that jobs still read.

Developer guide, "Point-in-time recovery: how it works": deleting a table with recovery enabled
makes a system backup that is kept for 35 days.
"""

from __future__ import annotations

from typing import Final

from jedlik.kernel.backup_keys import backup_key
from jedlik.services.dynamodb.backups.arns import SYSTEM_SUFFIX, timed_id
from jedlik.services.dynamodb.backups.expiry import SYSTEM_BACKUP_SECONDS
from jedlik.services.dynamodb.backups.holds import hold_deleted
from jedlik.services.dynamodb.backups.model import AVAILABLE, SYSTEM, Backup
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.sealing.key_ring import ROOT, KeyRing
from jedlik.services.dynamodb.tables.descriptions import read_figures
from jedlik.services.dynamodb.tables.model import TABLE_INDEX_ID, Table

_SUFFIX: Final = "$DeletedTableBackup"

Holdings = tuple[int, int, str | None]
"""A table's items and bytes, and the id of the key that encrypts it, if that is shown."""


def shown_master(ring: KeyRing | None) -> str | None:
    """The id of the key that encrypts a ring's table, if that is shown."""
    current = None if ring is None else ring.current
    return None if current is None or current.master == ROOT else current.master


async def figures_of(database: Database, table_name: str) -> Holdings:
    """The contents of a table that is about to be deleted."""
    table = await database.catalog.current(table_name)
    if table is None or table.log is None:
        return 0, 0, None
    return await figures_of_table(database, table)


async def figures_of_table(database: Database, table: Table) -> Holdings:
    """The contents of a table."""
    figures, _ = await read_figures(database.store, table.id)
    ring = (await database.current_rings()).rings.get(table.id) if table.sealed else None
    items, size = figures.get(TABLE_INDEX_ID, (0, 0))
    return items, size, None if ring is None else shown_master(ring.model)


def keep_for_backups(draft: CatalogDraft, table: Table, now: float, holdings: Holdings) -> Table:
    """The table that is being deleted, held if its items are still needed."""
    log = table.log
    if log is None:
        return table
    holding = [user.job for user in log.users]
    if log.recovery is not None:
        items, size, master = holdings
        backup = Backup(
            id=timed_id(now, SYSTEM_SUFFIX),
            name=table.name + _SUFFIX,
            kind=SYSTEM,
            data_id=table.id,
            created_at=round(now, 3),
            table=table,
            items=items,
            size=size,
            status=AVAILABLE,
            master=master,
            expires_at=round(now + SYSTEM_BACKUP_SECONDS, 3),
        )
        draft.values[backup_key(backup.id, table.name)] = backup.encode()
        holding.append(backup.id)
    return hold_deleted(draft, table, holding)
