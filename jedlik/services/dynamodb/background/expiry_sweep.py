"""Deleting items that have expired.

A job says that items of a table expire about now (see `recording.expiry`). Its step reads them from
the table's ordered expiry index and deletes them like any other write, so that index entries,
counters and stream records follow. Whether an item is still expired is checked again under lock
(see `Expire`): one whose time was changed stays. Batches are small, since all deletions of one are
decided together while other writes wait. A step that finds nothing left to delete ends with a job
for the next entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jedlik.kernel.due_work import Job
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.write import write_items
from jedlik.services.dynamodb.recording.expiry import SWEEP, Expire, OpenExpiry, named_expiry
from jedlik.services.dynamodb.tables.model import CREATING, DELETING
from jedlik.storage.engine import Row
from jedlik.values.keybytes import successor

ITEMS_A_BATCH: Final = 64
CLOSED_SECONDS: Final = 5.0
"""Seconds until a table that cannot be written to now is tried again."""


class Expiring:
    """A table whose items may be deleted; `now` False if not at the moment."""

    __slots__ = ("expiry", "now", "table")

    def __init__(self, table: OpenTable, expiry: OpenExpiry, *, now: bool) -> None:
        self.table = table
        self.expiry = expiry
        self.now = now


async def find_expiring(database: Database, name: str) -> Expiring | None:
    """The table and expiry index that jobs of a name are about; None if either is gone."""
    table_name, expiry_id = named_expiry(name)
    await database.catalog.refresh()
    table = await database.catalog.find(table_name)
    if table is None or table.expiry is None or table.expiry.model.id != expiry_id:
        return None
    status = table.model.status(database.clock.now())
    usable = not table.model.sealed or await database.is_usable(table.id)
    return Expiring(table, table.expiry, now=usable and status not in (CREATING, DELETING))


class ExpirySweep:
    """The kind of jobs that delete what has expired (see `due_jobs.JobKind`)."""

    name = SWEEP

    def __init__(self, database: Database) -> None:
        self._database = database

    async def step(self, job: Job, _lease: Lease) -> Sequence[Job]:
        """Delete the next items that have expired. The lease need not be checked, since each item
        is checked under lock. Raises CatalogChanged."""
        database = self._database
        found = await find_expiring(database, job.name)
        if found is None:
            return []
        now = database.clock.now()
        if not found.now:
            return [job.again(now + CLOSED_SECONDS)]
        low, high = found.expiry.due(now)
        page = await database.engine.range(low, high, limit=ITEMS_A_BATCH)
        if page.rows:
            await _delete(database, found, page.rows, now)
        if page.more:
            return [job]
        return await self._next(found.expiry, high)

    async def _next(self, expiry: OpenExpiry, low: bytes) -> list[Job]:
        """The job for the first entry from `low` on."""
        page = await self._database.engine.range(low, successor(expiry.prefix), limit=1)
        if not page.rows:
            return []
        following = expiry.next_job(page.rows[0][0], self._database.marks.new())
        return [] if following is None else [following]


async def _delete(database: Database, found: Expiring, rows: Sequence[Row], now: float) -> None:
    table, expiry = found.table, found.expiry
    action = Expire(expiry.attribute, now)
    keys = dict.fromkeys(table.prefix + expiry.item_suffix(entry) for entry, _ in rows)
    writes = [ItemWrite(table, key, action, by_service=True) for key in keys]
    outcomes = await write_items(database, writes, "TimeToLive", None)
    deleted = sum(each.old is not None and each.new is None for each in outcomes)
    if deleted:
        table.meter.record("TimeToLiveDeletedItemCount", deleted)
