"""The effect of a write to an item on the entries of the table's indexes.

An index is maintained in the commit of every write to its table, from its creation in the catalog.
While it is being backfilled, entries of older items may be missing; `presence`, read under the same
lock, says whether one exists. Otherwise the counters would not stay exact.

Capacity (developer guide, "Write capacity units for secondary indexes"): an entry that appears,
disappears or changes takes one write; an entry that moves to another key takes two; an entry that
stays as it is takes none, and so does one whose attributes or sets only come in another order.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import NamedTuple, Protocol

from jedlik.services.dynamodb.database.open_table import OpenIndex, OpenTable
from jedlik.services.dynamodb.recording.vector_entries import OpenVectorIndex
from jedlik.services.dynamodb.recording.vector_log import VectorLogger
from jedlik.services.dynamodb.tables.figures import Tally
from jedlik.storage.engine import Value
from jedlik.values.attribute import Item
from jedlik.values.image import Image, same_item
from jedlik.values.stored import size_of


class IndexKind(Protocol):
    """An index of any kind, as the writes of its table use it."""

    @property
    def id(self) -> int:
        """The number under which its entries and figures are kept."""

    @property
    def projected(self) -> frozenset[str] | None:
        """Names of the attributes that entries have; None: all of the item's."""

    # Items of indexes may have `JoinedNumbers`.

    def entry_key(self, item: Item, item_key: bytes) -> bytes | None:
        """The key of a canonical item's entry; None if the item is not in the index."""

    def entry_value(self, item: Item, item_stored: bytes) -> bytes:
        """The entry of an item that is in the index; it begins with its size."""

    def same_entry(self, one: bytes, other: bytes) -> bool:
        """Whether two values of an entry have the same attributes, in whatever order."""

    def written_units(self, size: int) -> float:
        """What a write to an entry of `size` bytes consumes."""


class IndexWrite(NamedTuple):
    """What a write consumes on one index (write units, or bytes of a vector index), and the key of
    the entry."""

    written: OpenIndex | OpenVectorIndex
    units: float
    key: bytes


class _Entry(NamedTuple):
    key: bytes
    value: bytes


def _entry(index: IndexKind, key: bytes, image: Image | None) -> _Entry | None:
    if image is None:
        return None
    entry_key = index.entry_key(image.joined, key)
    if entry_key is None:
        return None
    return _Entry(entry_key, index.entry_value(image.joined, image.stored))


def _entry_before(
    index: IndexKind,
    key: bytes,
    old: Image | None,
    after: _Entry | None,
    presence: Mapping[bytes, bool],
    vector_logger: VectorLogger | None,
) -> _Entry | None:
    """The present entry of an item, which `after` is about to replace."""
    if vector_logger is not None and isinstance(index, OpenVectorIndex):
        only = index.only_place(key)
        place = only or (None if after is None else after.key)
        if place is not None and vector_logger.has_read(place):
            entry = vector_logger.entry(place)
            if entry is not None:
                return _Entry(place, entry)
            if only is not None:
                return None
    before = _entry(index, key, old)
    if before is not None and not presence.get(before.key, True):
        return None
    return before


class _Reordering:
    """Whether a write changed the order of attributes alone: in the item, in the entry of an
    index."""

    __slots__ = ("_in_item", "_new", "_old")

    def __init__(self, old: Image | None, new: Image | None) -> None:
        self._old = old
        self._new = new
        self._in_item: bool | None = None

    def in_entry(self, index: IndexKind, before: _Entry | None, after: _Entry | None) -> bool:
        """The same for the entry of an index, of which there may be twenty with all of a large
        item: then the items are compared, and once."""
        if before is None or after is None or before.key != after.key:
            return False
        if index.projected is not None:
            return index.same_entry(before.value, after.value)
        if self._in_item is None:
            old, new = self._old, self._new
            self._in_item = old is not None and new is not None and same_item(old, new)
        return self._in_item


def write_entries(
    table: OpenTable,
    key: bytes,
    old: Image | None,
    new: Image | None,
    changes: MutableMapping[bytes, Value],
    tally: Tally,
    presence: Mapping[bytes, bool],
    vector_logger: VectorLogger | None = None,
) -> list[IndexWrite]:
    """Add to `changes` and `tally` the effects on all indexes when `old` becomes `new`.

    `key` is the item's own. `presence` says whether an entry exists, by its key; an entry that it
    does not mention exists. Changed entries of vector indexes are noted by `vector_logger`, which
    has read some of the present ones.
    """
    writes = []
    reordered = _Reordering(old, new)
    for index in table.indexes:
        after = _entry(index, key, new)
        before = _entry_before(index, key, old, after, presence, vector_logger)
        if before == after:
            continue
        units = _write_entry(index, before, after, changes, tally)
        if units and not reordered.in_entry(index, before, after):
            entry = after or before
            assert entry is not None, "an index without entries takes nothing"
            writes.append(IndexWrite(index, units, entry.key))
        if vector_logger is not None and isinstance(index, OpenVectorIndex):
            for changed in {each.key for each in (before, after) if each is not None}:
                vector_logger.add(index.log, changed)
    return writes


def _write_entry(
    index: IndexKind,
    before: _Entry | None,
    after: _Entry | None,
    changes: MutableMapping[bytes, Value],
    tally: Tally,
) -> float:
    """The units that the change of one entry consumes."""
    if before is not None and after is not None and before.key == after.key:
        old_size, new_size = size_of(before.value), size_of(after.value)
        changes[after.key] = after.value
        tally.add(index.id, 0, new_size - old_size)
        return index.written_units(max(old_size, new_size))
    units = 0.0
    if before is not None:
        size = size_of(before.value)
        changes[before.key] = None
        tally.add(index.id, -1, -size)
        units += index.written_units(size)
    if after is not None:
        size = size_of(after.value)
        changes[after.key] = after.value
        tally.add(index.id, 1, size)
        units += index.written_units(size)
    return units
