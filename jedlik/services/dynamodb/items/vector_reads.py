"""What writes read of the vector indexes of their tables.

The entry that an item has follows from the item, as that of any index. But to make it once more,
only to see whether it changes, hundreds of numbers are parsed, which takes longer than all else of
a write. So the entry itself is read, where its key is known beforehand: in an index without a HASH
attribute by the item's key, and otherwise by the item that is put, as long as it stays in its
partition. What is read there is compared and replaced without a look at the item as it was.

The last numbers of the indexes' logs are read too (see `vectors.change_log`).
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence

from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.vectors.change_log import VectorLogger
from jedlik.storage.engine import Value


class VectorReads:
    """The keys of what is read for some writes, and what becomes of their values."""

    __slots__ = ("_numbers", "keys")

    def __init__(self, writes: Sequence[ItemWrite]) -> None:
        numbers: dict[bytes, None] = {}
        entries: dict[bytes, None] = {}
        for write in writes:
            for index in write.table.vectors:
                key, image = write.key, write.action.puts
                numbers[index.log.number_key(key)] = None
                place = index.only_place(key)
                if place is None and image is not None:
                    place = index.entry_key(image.joined, key)
                if place is not None:
                    entries[place] = None
        self._numbers = len(numbers)
        self.keys = (*numbers, *entries)

    def logger(
        self, values: Sequence[Value], changes: MutableMapping[bytes, Value]
    ) -> VectorLogger:
        """What notes the changes of one run of a task, given the values of `keys`."""
        read = list(zip(self.keys, values, strict=True))
        return VectorLogger(dict(read[: self._numbers]), changes, dict(read[self._numbers :]))
