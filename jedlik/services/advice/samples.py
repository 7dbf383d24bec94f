"""A look at some of a table's items: the first ones in the order of their keys' hashes, which is no
order of theirs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from jedlik.kernel.keyspaces import index_prefix
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.tables.model import TABLE_INDEX_ID, Table
from jedlik.values.keybytes import successor
from jedlik.values.stored import decode, is_sealed, size_of

SAMPLED: Final = 1000
_PAGE: Final = 100
_MILLISECONDS_FROM: Final = 10_000_000_000
"""Seconds after this are in the year 2286: a time to live like that is in milliseconds."""


@dataclass(slots=True)
class Sample:
    """Sizes of items in bytes, sorted; bytes of names and of the whole; how many had a time to live
    in milliseconds, and one that is no number."""

    sizes: list[int] = field(default_factory=list)
    names: int = 0
    total: int = 0
    ttl_milliseconds: int = 0
    ttl_no_number: int = 0

    def size_at(self, share: float) -> int:
        """The size that this share of the items is not above."""
        return self.sizes[min(len(self.sizes) - 1, int(share * len(self.sizes)))]


async def take_sample(database: Database, table: Table) -> Sample:
    """Look at up to SAMPLED items. What is sealed under a key that is gone is not looked at."""
    sample = Sample()
    prefix = index_prefix(table.id, TABLE_INDEX_ID)
    low, high, more = prefix, successor(prefix), True
    ttl = table.time_to_live.attribute if table.time_to_live is not None else None
    while more and len(sample.sizes) < SAMPLED:
        page = await database.engine.range(low, high, limit=_PAGE)
        for _, stored in page.rows:
            if not is_sealed(stored):
                _take(sample, stored, ttl)
        more = page.more
        low = page.rows[-1][0] + b"\x00" if page.rows else low
    sample.sizes.sort()
    return sample


def _take(sample: Sample, stored: bytes, ttl: str | None) -> None:
    item, size = decode(stored), size_of(stored)
    sample.sizes.append(size)
    sample.total += size
    sample.names += sum(len(name.encode()) for name in item)
    value = item.get(ttl) if ttl is not None else None
    if value is not None:
        if "N" not in value:
            sample.ttl_no_number += 1
        elif float(value["N"]) > _MILLISECONDS_FROM:
            sample.ttl_milliseconds += 1
