"""What writes read of the vector indexes of their tables.

An item's entry follows from the item, as in any index. But deriving the old entry again, only to
see whether it changes, would mean parsing hundreds of numbers, which takes longer than the rest of
a write. So the entry itself is read if its key is known in advance: in an index without a HASH
attribute from the item's key, and otherwise from the item that is put, as long as it stays in its
partition. That entry is compared and replaced without looking at the old item.

The last numbers of the indexes' logs are read too (see `recording.vector_log`).
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence

from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.recording.vector_log import VectorLogger
from jedlik.storage.engine import Value


class VectorReads:
    """The keys to read for some writes, and the use of their values."""

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
        """Logs the changes of one run of a task, given the values of `keys`."""
        read = list(zip(self.keys, values, strict=True))
        return VectorLogger(dict(read[: self._numbers]), changes, dict(read[self._numbers :]))
