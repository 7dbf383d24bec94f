"""Reads a sample of a table's items: the first ones in the order of their keys' hashes,
unrelated to the keys' own order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from jedlik.kernel.keyspaces import index_prefix
from jedlik.services.dynamodb.capacity.units import write_units
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.model import ALL, KEYS_ONLY, TABLE_INDEX_ID, Index, Table
from jedlik.values.attribute import Item
from jedlik.values.keybytes import successor
from jedlik.values.sizes import item_size
from jedlik.values.stored import decode, is_sealed, size_of

SAMPLED: Final = 1000
_PAGE: Final = 100
_MILLISECONDS_FROM: Final = 10_000_000_000
"""Seconds after this are in the year 2286: a time to live like that is in milliseconds."""


@dataclass(slots=True)
class Entries:
    """The entries of an index for the items of a sample: bytes, and units to write each once, with
    the current projection (`size`, `units`) and with only `attributes` besides its keys."""

    attributes: frozenset[str]
    size: int = 0
    units: float = 0.0
    narrow_size: int = 0
    narrow_units: float = 0.0


@dataclass(slots=True)
class Sample:
    """Sizes of items in bytes, sorted; bytes of names and of the whole; how many had a time to live
    in milliseconds, and one that is not a number; entries of the requested indexes."""

    sizes: list[int] = field(default_factory=list)
    names: int = 0
    total: int = 0
    ttl_milliseconds: int = 0
    ttl_no_number: int = 0
    entries: dict[str, Entries] = field(default_factory=dict)

    def size_at(self, share: float) -> int:
        """The size that this share of the items does not exceed."""
        return self.sizes[min(len(self.sizes) - 1, int(share * len(self.sizes)))]


async def take_sample(
    database: Database, table: Table, wanted: Mapping[str, frozenset[str] | None]
) -> Sample:
    """Read up to SAMPLED items, without those sealed under a key that is gone.

    `wanted` has, by index, the attributes that its reads need; None for all.
    """
    sample = Sample()
    indexes = []
    for index in table.indexes:
        attributes = wanted.get(index.name)
        if attributes is not None and not index.local and index.projection.kind != KEYS_ONLY:
            keys = frozenset((*table.schema.names, *index.schema.names))
            entries = sample.entries[index.name] = Entries(attributes - keys)
            indexes.append((index, keys, entries))
    prefix = index_prefix(table.id, TABLE_INDEX_ID)
    low, high, more = prefix, successor(prefix), True
    ttl = table.time_to_live.attribute if table.time_to_live is not None else None
    while more and len(sample.sizes) < SAMPLED:
        page = await database.engine.range(low, high, limit=_PAGE)
        for _, stored in page.rows:
            if not is_sealed(stored):
                item = decode(stored)
                _take(sample, item, size_of(stored), ttl)
                for index, keys, entries in indexes:
                    if keys <= item.keys():
                        _take_entry(entries, index, keys, item)
        more = page.more
        low = page.rows[-1][0] + b"\x00" if page.rows else low
    sample.sizes.sort()
    return sample


def _take_entry(entries: Entries, index: Index, keys: frozenset[str], item: Item) -> None:
    entry = item
    if index.projection.kind != ALL:
        entry = _only(item, keys.union(index.projection.attributes))
    size, narrow = item_size(entry), item_size(_only(entry, keys | entries.attributes))
    entries.size += size
    entries.units += write_units(size)
    entries.narrow_size += narrow
    entries.narrow_units += write_units(narrow)


def _only(item: Item, names: frozenset[str]) -> Item:
    return {name: value for name, value in item.items() if name in names}


def _take(sample: Sample, item: Item, size: int, ttl: str | None) -> None:
    sample.sizes.append(size)
    sample.total += size
    sample.names += sum(len(name.encode()) for name in item)
    value = item.get(ttl) if ttl is not None else None
    if value is not None:
        if "N" not in value:
            sample.ttl_no_number += 1
        elif float(value["N"]) > _MILLISECONDS_FROM:
            sample.ttl_milliseconds += 1
