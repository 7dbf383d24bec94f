"""Filling the expiry index of a table that gets TTL.

It goes through the items in the order of their keys, page by page (see `kernel.page_steps`). Since
expiry entries are not counted, a page only has to skip items that were changed after it was read:
the write that changed one has put its entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from jedlik.kernel.due_work import Job
from jedlik.kernel.keyspaces import CATALOG_VERSION, backfill_key
from jedlik.kernel.leases import Lease
from jedlik.kernel.page_steps import PageSize, Span, page_step
from jedlik.services.dynamodb.background.expiry_sweep import CLOSED_SECONDS, Expiring, find_expiring
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.recording.expiry import OpenExpiry
from jedlik.services.dynamodb.tables.time_to_live import BACKFILL
from jedlik.storage.engine import Row, Value
from jedlik.values.image import Image
from jedlik.values.keybytes import successor

PAGE: Final = PageSize(rows=64, bytes=64 * 1024)
"""Some 0.8 ms of the event loop."""


class ExpiryBackfill:
    """The kind of jobs that fill an expiry index (see `due_jobs.JobKind`)."""

    name = BACKFILL

    def __init__(self, database: Database) -> None:
        self._database = database

    async def step(self, job: Job, lease: Lease) -> Sequence[Job]:
        """Put the entries of the next items. Raises LeaseLost and CatalogChanged."""
        database = self._database
        found = await find_expiring(database, job.name)
        if found is None or not found.expiry.model.backfilling:
            return []
        if not found.now:
            return [job.again(database.clock.now() + CLOSED_SECONDS)]
        if await page_step(database.engine, lease, _Entries(database, found), PAGE):
            return [job]
        await _complete(database, lease, found)
        return []


class _Entries:
    """The entries of a table's items (see PageWork)."""

    def __init__(self, database: Database, found: Expiring) -> None:
        table, self._expiry = found.table, found.expiry
        self._database = database
        self.spans: Sequence[Span] = [(table.prefix, successor(table.prefix))]
        self.expects: Mapping[bytes, Value] = {CATALOG_VERSION: table.version}
        self.cursor_key = backfill_key(table.id, self._expiry.model.id)

    def page(self, rows: Sequence[Row]) -> _PageEntries:
        """See PageWork."""
        return _PageEntries(self._expiry, rows, self._database.marks.new())


class _PageEntries:
    """The entries of a page's items (see PageChange)."""

    def __init__(self, expiry: OpenExpiry, rows: Sequence[Row], mark: bytes) -> None:
        self._expiry = expiry
        self._mark = mark
        found = [(value, expiry.entry_key(Image(value), key), key) for key, value in rows]
        self._entries = [(value, entry) for value, entry, _ in found if entry is not None]
        self.keys = [key for _, entry, key in found if entry is not None]

    def changes(self, values: Sequence[Value]) -> dict[bytes, Value]:
        """See PageChange."""
        changes: dict[bytes, Value] = {}
        for (read, entry), value in zip(self._entries, values, strict=True):
            if value == read:
                changes[entry] = b""
                self._expiry.put_job(entry, self._mark, changes)
        return changes


async def _complete(database: Database, lease: Lease, found: Expiring) -> None:
    table, expiry = found.table, found.expiry

    def decide(draft: CatalogDraft) -> None:
        lease.check(draft.also_read[0])
        current = draft.table(table.name)
        setting = None if current is None else current.time_to_live
        if current is None or setting is None or setting.id != expiry.model.id:
            return
        if setting.enabled and setting.backfilling:
            draft.put(replace(current, time_to_live=replace(setting, backfilling=False)))
        draft.values[backfill_key(table.id, expiry.model.id)] = None

    await database.catalog.change((table.name,), decide, also_read=(lease.key,))
