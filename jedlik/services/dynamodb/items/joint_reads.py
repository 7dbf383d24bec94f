"""Reading many items from one snapshot: transactions, and batches of statements."""

from __future__ import annotations

from collections.abc import Sequence

from jedlik.base.places import Place
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.database.database import LONG_READ, Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.storage.engine import Value


async def read_together(
    database: Database, tables: Sequence[OpenTable], keys: Sequence[bytes], place: Place | None
) -> list[Value]:
    """The stored items with these keys, in their order. Takes a `place` if they are long; without
    one it was seen to that few are held at a time. Raises CatalogChanged."""
    while True:
        version, *found = await database.engine.read((CATALOG_VERSION, *keys))
        database.catalog.check(version, *tables)
        size = sum([len(value) for value in found if value is not None])
        if place is None or place.is_taken or size <= LONG_READ or await place.keep(found):
            return found
