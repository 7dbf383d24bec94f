"""Checks of the items and index entries of one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from typing import Final, NamedTuple

from jedlik.base.errors import ServiceError
from jedlik.kernel.findings import Report
from jedlik.kernel.keyspaces import ID_SIZE, INDEX_PREFIX_SIZE
from jedlik.services.dynamodb.database.open_table import OpenIndex, OpenTable
from jedlik.services.dynamodb.recording.vector_entries import OpenVectorIndex
from jedlik.services.dynamodb.tables.figures import Figures
from jedlik.services.dynamodb.tables.model import DELETING, TABLE_INDEX_ID
from jedlik.services.dynamodb.verifying.catalog import CatalogFound
from jedlik.storage.engine import Reads, Row
from jedlik.values import stored
from jedlik.values.attribute import Item
from jedlik.values.canonical import canonical_item
from jedlik.values.compare import equal
from jedlik.values.image import Image

_INDEX_AT: Final = INDEX_PREFIX_SIZE - ID_SIZE


class _StoredRow(NamedTuple):
    """An item or entry that could be read."""

    place: str
    key: bytes
    value: bytes
    item: Item


_Decode = Callable[[str, bytes], Item | None]


class TableWalk:
    """Checks a table's rows during the walk, and counts them."""

    def __init__(self, table: OpenTable, catalog: CatalogFound, found: Report) -> None:
        self.table = table
        self._found = found
        self._purged = {
            id_
            for id_ in (TABLE_INDEX_ID, *(index.id for index in table.indexes))
            if catalog.is_purged(table.id, id_)
        }
        self._is_purged = catalog.is_purged
        self._indexes = {index.id: index for index in table.indexes}
        # Deletion proceeds in pieces, between which no rules hold.
        self._going = self._purged | {
            index.id
            for index in table.indexes
            if index.model.transition is not None and index.model.transition.status == DELETING
        }
        self._counted: dict[int, tuple[int, int]] = {}
        self._unknown: dict[int, int] = {}

    @property
    def items(self) -> int:
        """Items read so far."""
        return self._counted.get(TABLE_INDEX_ID, (0, 0))[0]

    @property
    def size(self) -> int:
        """Bytes of items read so far."""
        return self._counted.get(TABLE_INDEX_ID, (0, 0))[1]

    def entries_by_name(self) -> dict[str, int]:
        """Entries read so far, by the names of their indexes."""
        return {
            index.name: self._counted.get(index.id, (0, 0))[0] for index in self._indexes.values()
        }

    async def rows(self, engine: Reads, rows: Iterable[Row]) -> int:
        """Check the next rows, in key order; returns how many a due purge will remove."""
        purged = 0
        for index_id, group in groupby(rows, lambda row: _index_id(row[0])):
            of_index = list(group)
            if index_id in self._going or self._is_purged(self.table.id, index_id):
                purged += len(of_index)
            elif index_id == TABLE_INDEX_ID:
                await self._items(engine, list(self._readable("item", of_index, self._decoded)))
            elif index_id in self._indexes:
                index = self._indexes[index_id]
                decoded = partial(self._decoded, index=index)
                read = list(self._readable(f"entry of index {index.name}", of_index, decoded))
                await self._entries(engine, index, read)
            else:
                self._unknown[index_id] = self._unknown.get(index_id, 0) + len(of_index)
        return purged

    def compare_figures(self, figures: Figures) -> None:
        """Compare the counts with the counters; to be called at the end."""
        place = f"table {self.table.name}"
        for index_id, count in self._unknown.items():
            self._found(place, f"{count} entries of an index that does not exist (id {index_id})")
        names = {TABLE_INDEX_ID: "items"} | {
            index.id: f"entries of index {index.name}" for index in self._indexes.values()
        }
        for index_id in figures.keys() | self._counted.keys():
            if index_id in self._going or self._is_purged(self.table.id, index_id):
                continue
            said = figures.get(index_id, (0, 0))
            counted = self._counted.get(index_id, (0, 0))
            if said != counted:
                what = names.get(index_id, f"entries of an index that does not exist ({index_id})")
                self._found(
                    place,
                    f"its counters say {said[0]} {what} of {said[1]} bytes; "
                    f"there are {counted[0]} of {counted[1]} bytes",
                )

    def _readable(self, kind: str, rows: Iterable[Row], decoded: _Decode) -> Iterator[_StoredRow]:
        """The rows whose own bytes are valid."""
        for key, value in rows:
            place = f"table {self.table.name}, {kind} {key[INDEX_PREFIX_SIZE:].hex()}"
            item = decoded(place, value)
            index_id = _index_id(key)
            count, size = self._counted.get(index_id, (0, 0))
            self._counted[index_id] = (count + 1, size + stored.size_of(value))
            if item is not None:
                yield _StoredRow(place, key, value, item)

    def _decoded(
        self, place: str, value: bytes, index: OpenIndex | OpenVectorIndex | None = None
    ) -> Item | None:
        if stored.is_sealed(value):
            return None  # its key is not available, or it is broken, which is already reported
        try:
            if isinstance(index, OpenVectorIndex):
                item, canonical = index.attributes(value), index.attributes(value)
                canonical_item(canonical)
                size = index.accounted_size(canonical)
            else:
                item, canonical = stored.decode(value), stored.decode(value)
                size = canonical_item(canonical)
        except (ValueError, TypeError, AttributeError, ServiceError) as error:
            self._found(place, f"cannot be read: {error}")
            return None
        # Sets that were written before sets were kept in order are left unchanged.
        if not equal({"M": canonical}, {"M": item}):
            self._found(place, "holds a value that is not in its canonical form")
        if size != stored.size_of(value):
            self._found(place, f"has {size} bytes, and its header says {stored.size_of(value)}")
        return item

    async def _items(self, engine: Reads, items: list[_StoredRow]) -> None:
        expected: list[tuple[str, OpenIndex | OpenVectorIndex, bytes, bytes]] = []
        for place, key, value, item in items:
            try:
                own = self.table.key_of_item(item)
            except ServiceError as error:
                self._found(place, f"has no proper key: {error}")
                continue
            if own != key:
                self._found(place, f"belongs under {own[INDEX_PREFIX_SIZE:].hex()}")
                continue
            for index in self._indexes.values():
                if index.id not in self._going:
                    entry_key = index.entry_key(item, key)
                    if entry_key is not None:
                        expected.append((place, index, entry_key, index.entry_value(item, value)))
        await self._expiries(engine, items)
        there = await engine.read([entry_key for _, _, entry_key, _ in expected])
        for (place, index, _, wanted), entry in zip(expected, there, strict=True):
            if entry is None:
                if not index.model.backfilling:
                    self._found(place, f"has no entry in index {index.name}")
            elif entry != wanted:
                self._found(place, f"has another content than its entry in index {index.name}")

    async def _expiries(self, engine: Reads, items: list[_StoredRow]) -> None:
        """Check that every item that expires is in the expiry index."""
        expiry = self.table.expiry
        if expiry is None or expiry.model.backfilling:
            return
        expected = [
            (place, entry_key)
            for place, key, value, item in items
            if (entry_key := expiry.entry_key(Image(value, item), key)) is not None
        ]
        there = await engine.read([entry_key for _, entry_key in expected])
        for (place, _), entry in zip(expected, there, strict=True):
            if entry is None:
                self._found(place, "is not in the expiry index")

    async def _entries(
        self, engine: Reads, index: OpenIndex | OpenVectorIndex, entries: list[_StoredRow]
    ) -> None:
        """Check that each entry's item leads to it; `_items` has compared their contents."""
        owners: list[tuple[_StoredRow, bytes]] = []
        for entry in entries:
            try:
                owners.append((entry, self.table.key_of_item(entry.item)))
            except ServiceError as error:
                self._found(entry.place, f"lacks its item's key: {error}")
        there = await engine.read([item_key for _, item_key in owners])
        for (entry, item_key), value in zip(owners, there, strict=True):
            if value is None:
                self._found(entry.place, "stands for an item that does not exist")
                continue
            try:
                leads_to = index.entry_key(stored.decode(value), item_key)
            except (ValueError, TypeError, AttributeError):
                continue  # the item cannot be read, which is already reported
            if leads_to != entry.key:
                self._found(entry.place, "is not where its item's attributes lead")


def _index_id(key: bytes) -> int:
    return int.from_bytes(key[_INDEX_AT:INDEX_PREFIX_SIZE], "big")
