"""Reading before a write what it has to declare.

Indexes that are being backfilled are the one exception to "it all follows from the images": whether
the entry of an item from before the index is there yet has to be read, and its key is known only
from the image. So for tables with such an index the images are read first, the entry keys that they
lead to are declared too, and where an image has changed by the time the task runs, all is
prefetched again (`ReadSetChanged`).
"""

from __future__ import annotations

from collections.abc import Sequence

from jedlik.services.dynamodb.items.image import Image
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.tables.database import Database
from jedlik.storage.engine import Value


class ReadSetChanged(Exception):
    """An item changed between being looked at and being locked."""


async def prefetch(
    database: Database, writes: Sequence[ItemWrite]
) -> tuple[dict[bytes, Value], list[bytes]]:
    """The items as they are now, and the keys of their entries in indexes being backfilled; nothing
    if none is."""
    if not any(write.table.backfilling for write in writes):
        return {}, []
    values = await database.engine.read([write.key for write in writes])
    prefetched = {write.key: value for write, value in zip(writes, values, strict=True)}
    entries = []
    for write, value in zip(writes, values, strict=True):
        if value is not None:
            item = Image(value).item
            for index in write.table.backfilling:
                entry_key = index.entry_key(item, write.key)
                if entry_key is not None:
                    entries.append(entry_key)
    return prefetched, entries
