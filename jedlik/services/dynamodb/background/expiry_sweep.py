"""Deleting items that have expired, and filling the expiry index of a table that gets TTL.

The sweep reads what is due from the ordered expiry index and deletes it through the path that every
write takes, so that index entries, counters and stream records follow. Whether an item is still
expired is looked at once more under lock (see `Expire`): one whose time was moved stays. A batch is
small, as its deletions are decided in one go while others wait.

The backfill goes through a table's items in the order of their keys, as that of an index does (see
`backfill`); since nothing counts expiry entries, it only has to leave alone what was changed after
it was read: whoever changed it has brought its entry in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import CATALOG_VERSION, backfill_key
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.background.loop import LeasedLoop
from jedlik.services.dynamodb.items.expiry import Expire, OpenExpiry
from jedlik.services.dynamodb.items.image import Image
from jedlik.services.dynamodb.items.open_table import OpenTable
from jedlik.services.dynamodb.items.write import ItemWrite, write_items
from jedlik.services.dynamodb.tables.catalog import CatalogDraft
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.tables.model import CREATING, DELETING
from jedlik.storage.engine import Changes, Row, Value
from jedlik.values.keybytes import successor

ITEMS_A_BATCH: Final = 64
ROWS_A_STEP: Final = 128
BYTES_A_STEP: Final = 128 * 1024
_TABLES_A_TURN: Final = 20


class ExpirySweep(LeasedLoop):
    """Expiry of the items of all tables with TTL of one database."""

    lease_name: ClassVar[str] = "expiry"

    def __init__(self, database: Database, interval: float = 1.0) -> None:
        super().__init__(database, interval)
        self._version: Value = b"none yet"
        self._tables: list[str] = []
        self._backfills: list[str] = []

    async def _round(self) -> bool:
        database = self._database
        await self._refresh()
        due = [name for name in self._tables if await _is_due(database, name)]
        backfills = [name for name in self._backfills if await _expiring(database, name)]
        if not (due or backfills) or not await self._hold():
            return False
        try:
            for name in due:
                await self._steps(_sweep_step, _Sweep(name, database.clock.now()))
            for name in backfills:
                await self._steps(_backfill_step, name)
        except CatalogChanged:
            return not self._stopping.is_set()
        return bool(backfills) and not self._stopping.is_set()

    async def _refresh(self) -> None:
        """Look for tables with TTL again if the catalog has changed."""
        database = self._database
        (version,) = await database.engine.read((CATALOG_VERSION,))
        if version == self._version:
            return
        self._tables, self._backfills = [], []
        after = ""
        while tables := await database.catalog.all(after, _TABLES_A_TURN):
            for table in tables:
                setting = table.time_to_live
                if setting is not None and setting.enabled:
                    self._tables.append(table.name)
                    if setting.backfilling:
                        self._backfills.append(table.name)
            after = tables[-1].name
            await asyncio.sleep(0)
        self._version = version


class _Sweep:
    """A sweep through what is due at one moment, and how far it has come."""

    def __init__(self, table_name: str, now: float) -> None:
        self.table_name = table_name
        self.now = now
        self.after = b""


async def _expiring(database: Database, name: str) -> tuple[OpenTable, OpenExpiry] | None:
    """A table with TTL whose items may be deleted; None where there is none any more."""
    await database.catalog.refresh()
    table = await database.catalog.find(name)
    if table is None or table.expiry is None:
        return None
    if table.model.status(database.clock.now()) in (CREATING, DELETING):
        return None
    if table.model.sealed and not await database.is_usable(table.id):
        return None
    return table, table.expiry


async def _is_due(database: Database, name: str) -> bool:
    found = await _expiring(database, name)
    if found is None:
        return False
    low, high = found[1].due(database.clock.now())
    return bool((await database.engine.range(low, high, limit=1)).rows)


async def _sweep_step(database: Database, _lease: Lease, sweep: _Sweep) -> bool:
    """Delete the next expired items; False once there are none left. Raises CatalogChanged."""
    found = await _expiring(database, sweep.table_name)
    if found is None:
        return False
    table, expiry = found
    low, high = expiry.due(sweep.now)
    page = await database.engine.range(max(low, sweep.after), high, limit=ITEMS_A_BATCH)
    if not page.rows:
        return False
    sweep.after = page.rows[-1][0] + b"\x00"
    action = Expire(expiry.attribute, sweep.now)
    keys = dict.fromkeys(table.prefix + expiry.item_suffix(entry) for entry, _ in page.rows)
    writes = [ItemWrite(table, key, action, by_service=True) for key in keys]
    outcomes = await write_items(database, writes)
    deleted = sum(each.old is not None and each.new is None for each in outcomes)
    if deleted:
        table.meter.record("TimeToLiveDeletedItemCount", deleted)
    return page.more


class _PutExpiries:
    """One page's commit of a backfill."""

    def __init__(
        self,
        version: Value,
        lease: Lease,
        table: OpenTable,
        expiry: OpenExpiry,
        rows: Sequence[Row],
    ) -> None:
        self._version = version
        self._lease = lease
        self._progress_key = backfill_key(table.id, expiry.model.id)
        self._progress = rows[-1][0]
        owed = [(row, expiry.entry_key(Image(row[1]), row[0])) for row in rows]
        self._owed = [(row, entry) for row, entry in owed if entry is not None]
        self.keys = (CATALOG_VERSION, lease.key, *(row[0] for row, _ in self._owed))

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        version, lease, *items = values
        if version != self._version:
            raise CatalogChanged
        self._lease.check(lease)
        changes: dict[bytes, Value] = {
            entry: b""
            for (row, entry), item in zip(self._owed, items, strict=True)
            if item == row[1]
        }
        changes[self._progress_key] = self._progress
        return Changes(changes, None)


async def _backfill_step(database: Database, lease: Lease, table_name: str) -> bool:
    """Put the entries of the next items; False once the index is complete, or gone.

    Raises LeaseLost and CatalogChanged.
    """
    found = await _expiring(database, table_name)
    if found is None or not found[1].model.backfilling:
        return False
    table, expiry = found
    engine = database.engine
    version = database.catalog.version
    (done,) = await engine.read((backfill_key(table.id, expiry.model.id),))
    page = await engine.range(
        table.prefix if done is None else done + b"\x00",
        successor(table.prefix),
        limit=ROWS_A_STEP,
        max_bytes=BYTES_A_STEP,
    )
    if page.rows:
        await engine.write(_PutExpiries(version, lease, table, expiry, page.rows))
    if page.more:
        return True
    await _complete(database, lease, table, expiry)
    return False


async def _complete(database: Database, lease: Lease, table: OpenTable, expiry: OpenExpiry) -> None:
    def decide(draft: CatalogDraft) -> None:
        lease.check(draft.beside[0])
        current = draft.table(table.name)
        setting = None if current is None else current.time_to_live
        if current is None or setting is None or setting.id != expiry.model.id:
            return
        if setting.enabled and setting.backfilling:
            draft.put(replace(current, time_to_live=replace(setting, backfilling=False)))
        draft.values[backfill_key(table.id, expiry.model.id)] = None

    await database.catalog.change((table.name,), decide, beside=(lease.key,))
