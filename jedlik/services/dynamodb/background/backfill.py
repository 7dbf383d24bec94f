"""Filling an index that was added to a table with items.

The problem: the table is written to meanwhile, the counters of the index must stay exact, and the
process may die at any point. The idea: writes maintain the index from the moment it is in the
catalog, so the backfill only has to add entries of items that were not written since. It goes
through the items in the order of their keys (see `kernel.page_steps`). A page's commit declares the
items *and* their entries, and under lock

    - skips items that have changed since the page was read: the write that changed one has put
      its entry;
    - skips entries that exist already (an item changed there and back);
    - puts missing entries, and counts them.

So a page that is done twice changes nothing. After the last page the catalog says that the index is
complete, and writes stop checking whether entries exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from jedlik.kernel.keyspaces import (
    CATALOG_VERSION,
    INDEX_PREFIX_SIZE,
    ITEM_SORT_OFFSET,
    backfill_key,
    counters_prefix,
)
from jedlik.kernel.leases import Lease
from jedlik.kernel.page_steps import PageSize, Span, page_step
from jedlik.services.dynamodb.background.survey import Backfill
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenIndex, OpenTable
from jedlik.services.dynamodb.items.index_entries import IndexKind
from jedlik.services.dynamodb.metering.metric_names import INDEX
from jedlik.services.dynamodb.recording.vector_entries import OpenVectorIndex
from jedlik.services.dynamodb.tables.figures import Tally
from jedlik.storage.engine import Row, Value
from jedlik.values.image import Image
from jedlik.values.keybytes import HASH_SIZE, successor
from jedlik.values.stored import size_of

PAGE: Final = PageSize(rows=64, bytes=64 * 1024)
_HASHES: Final = 256**HASH_SIZE


class _NewEntry(NamedTuple):
    """The entry of an item as it was when the page was read."""

    item_key: bytes
    item: bytes
    entry_key: bytes
    entry: bytes


class _Items:
    """The items of a table, for an index of it (see PageWork)."""

    def __init__(self, database: Database, table: OpenTable, index: IndexKind) -> None:
        self._index = index
        self._counters = counters_prefix(table.id) + database.counter_shard
        self.spans: Sequence[Span] = [(table.prefix, successor(table.prefix))]
        self.expects: Mapping[bytes, Value] = {CATALOG_VERSION: table.version}
        self.cursor_key = backfill_key(table.id, index.id)
        self.last = b""
        """The key of the last item of the last page."""

    def page(self, rows: Sequence[Row]) -> _PutEntries:
        """See PageWork."""
        self.last = rows[-1][0]
        new = [entry for row in rows for entry in _new_entries(self._index, row)]
        return _PutEntries(self._index, self._counters, new)


class _PutEntries:
    """The entries of a page's items (see PageChange)."""

    def __init__(self, index: IndexKind, counters: bytes, new: Sequence[_NewEntry]) -> None:
        self._index = index
        self._counters = counters
        self._new = new
        self.keys = (
            counters,
            *(entry.item_key for entry in new),
            *(entry.entry_key for entry in new),
        )

    def changes(self, values: Sequence[Value]) -> dict[bytes, Value]:
        """See PageChange."""
        record, *rest = values
        items, entries = rest[: len(self._new)], rest[len(self._new) :]
        changes: dict[bytes, Value] = {}
        tally = Tally()
        for new, item, entry in zip(self._new, items, entries, strict=True):
            if item == new.item and entry is None:
                changes[new.entry_key] = new.entry
                tally.add(self._index.id, 1, size_of(new.entry))
        counted = tally.applied_to(record)
        if counted is not record:
            changes[self._counters] = counted
        return changes


async def backfill_step(database: Database, lease: Lease, backfill: Backfill) -> bool:
    """Add the entries of the next items; False once the index is complete or gone.

    Raises LeaseLost, and CatalogChanged if the table has changed in the meantime.
    """
    await database.catalog.refresh()
    table = await database.catalog.find(backfill.table_name)
    index = None if table is None else _index(table, backfill.index_id)
    if table is None or index is None:
        return False
    items = _Items(database, table, index)
    if await page_step(database.engine, lease, items, PAGE):
        _show_progress(database, table, index, _share_before(items.last))
        return True
    await _complete(database, lease, table, index)
    _show_progress(database, table, index, 1.0)
    return False


def _share_before(key: bytes) -> float:
    """The share of a table's items before an item's key, as hashes are spread evenly."""
    hashed = key[INDEX_PREFIX_SIZE:ITEM_SORT_OFFSET]
    share: float = int.from_bytes(hashed, "big") / _HASHES
    return share


def _show_progress(database: Database, table: OpenTable, index: IndexKind, share: float) -> None:
    # The service documents the metric for global indexes, and besides those only vector indexes are
    # backfilled.
    if isinstance(index, OpenIndex):
        dimensions = {INDEX: index.name}
        meter = database.meters.named(table.name)
        meter.measure("OnlineIndexPercentageProgress", 100.0 * share, **dimensions)


def _index(table: OpenTable, index_id: int) -> OpenIndex | OpenVectorIndex | None:
    return next((index for index in table.backfilling if index.id == index_id), None)


def _new_entries(index: IndexKind, row: Row) -> list[_NewEntry]:
    key, stored = row
    item = Image(stored).item
    entry_key = index.entry_key(item, key)
    if entry_key is None:
        return []
    return [_NewEntry(key, stored, entry_key, index.entry_value(item, stored))]


async def _complete(
    database: Database, lease: Lease, table: OpenTable, index: OpenIndex | OpenVectorIndex
) -> None:
    def decide(draft: CatalogDraft) -> None:
        lease.check(draft.also_read[0])
        current = draft.table(table.name)
        if current is None:
            return
        filled = next((each for each in current.all_indexes if each.id == index.id), None)
        if filled is None:
            return
        draft.put(current.with_index(replace(filled, backfilling=False)))
        draft.values[backfill_key(table.id, index.id)] = None

    await database.catalog.change((table.name,), decide, also_read=(lease.key,))
