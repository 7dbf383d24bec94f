"""Reading in advance, for writes that cannot know all keys which they have to declare.

Everything that a write changes follows from the images, with one exception: in an index that is
being backfilled, the entry of an older item may exist or not. That has to be read, under a key that
is known only from the image. So for tables with such an index the images are read first, and the
keys of their entries are declared too. If an image has changed by the time the task runs,
everything is prefetched again (`ReadSetChanged`).
"""

from __future__ import annotations

from collections.abc import Sequence

from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.storage.engine import Value
from jedlik.values.image import Image


class ReadSetChanged(Exception):
    """An item changed between being read and being locked."""


async def prefetch(
    database: Database, writes: Sequence[ItemWrite]
) -> tuple[dict[bytes, Value], list[bytes]]:
    """The present items, and the keys of their entries in indexes that are being backfilled; empty
    if there are no such indexes."""
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
