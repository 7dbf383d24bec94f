"""The latest changes of a vector index, with which processes keep their vectors current.

The problem: a search needs vectors in memory, every process has its own, and any process of any
node may write. Reading all entries again whenever one has changed would make searches as slow as
without vectors in memory. So each commit that changes an entry records this here: which entry, but
not how, since the entry is read again anyway. A reader remembers its position, sees with one read
whether there are further changes, and reads the entries that changed.

There are a few shards, by the hash of the item's partition key, so that nodes that write different
items seldom conflict. Changes of a shard are numbered from 1 without gaps. Only the latest
`CHANGES` of a shard are kept: a change's place is its number modulo that, so it replaces the one
that many before it. Nothing needs to be trimmed, and the size of a log is bounded. A reader that
has fallen further behind reads all entries again, like one that starts. A row is

    offset 0  8 bytes  the change's number, big-endian
           8           the entry's key after the prefix of the index
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Final

from jedlik.kernel.keyspaces import (
    INDEX_PREFIX_SIZE,
    NUMBER_SIZE,
    VECTOR_CHANGES,
    VECTOR_NUMBERS,
    VECTORS_IN_USE,
    table_log_prefix,
)
from jedlik.storage.engine import Value
from jedlik.values.keybytes import HASH_SIZE

VECTOR_LOGS: Final = (VECTOR_NUMBERS, VECTOR_CHANGES, VECTORS_IN_USE)
"""The keyspaces of the logs, by the ids of table and index, and of what else goes by those."""
LOG_SHARDS: Final = 4
CHANGES: Final = 1 << 15
"""Changes of a shard that are kept: those of an index occupy some ten MB, and at 2,000 writes a
second a reader may pause for a minute."""
_PLACE_SIZE: Final = 4
_ITEM_AT: Final = INDEX_PREFIX_SIZE + HASH_SIZE

_NONE_READ: Final[Mapping[bytes, Value]] = {}

Position = tuple[int, ...]
"""The number of the last known change of each shard."""


class VectorLog:
    """The log of one index, with the prefixes of its keys computed once."""

    __slots__ = ("_rows", "number_keys")

    def __init__(self, table_id: int, index_id: int) -> None:
        numbers = table_log_prefix(VECTOR_NUMBERS, table_id, index_id)
        rows = table_log_prefix(VECTOR_CHANGES, table_id, index_id)
        self.number_keys = tuple(numbers + bytes((shard,)) for shard in range(LOG_SHARDS))
        self._rows = tuple(rows + bytes((shard,)) for shard in range(LOG_SHARDS))

    def number_key(self, item_key: bytes) -> bytes:
        """The key of the last number of an item's shard, from the item's key in the store."""
        return self.number_keys[item_key[INDEX_PREFIX_SIZE] % LOG_SHARDS]

    def row_key(self, shard: int, number: int) -> bytes:
        """The key of the change with that number, as long as it is kept."""
        return self._rows[shard] + (number % CHANGES).to_bytes(_PLACE_SIZE, "big")

    def row_keys(self, known: Position, last: Position) -> Iterator[tuple[int, bytes]]:
        """The numbers and keys of the changes between two positions."""
        for shard, (after, upto) in enumerate(zip(known, last, strict=True)):
            for number in range(after + 1, upto + 1):
                yield number, self.row_key(shard, number)


def position_of(values: Sequence[Value]) -> Position:
    """The end of a log, given the values of its `number_keys`."""
    return tuple(0 if value is None else int.from_bytes(value, "big") for value in values)


def is_kept(known: Position, last: Position) -> bool:
    """Whether all changes between two positions are still kept."""
    return all(upto - after <= CHANGES for after, upto in zip(known, last, strict=True))


def changed_entry(number: int, row: Value) -> bytes | None:
    """The entry's key after the prefix of the index; None if a later change has replaced the one
    with that number."""
    if row is None or int.from_bytes(row[:NUMBER_SIZE], "big") != number:
        return None
    return row[NUMBER_SIZE:]


class VectorLogger:
    """The changes of one run of a task. `numbers` are those that it has read, by their keys, and
    `entries` the values that it has read of entries; rows are added to `changes`."""

    __slots__ = ("_changes", "_entries", "_numbers")

    def __init__(
        self,
        numbers: Mapping[bytes, Value],
        changes: MutableMapping[bytes, Value],
        entries: Mapping[bytes, Value] = _NONE_READ,
    ) -> None:
        self._numbers = dict(numbers)
        self._changes = changes
        self._entries = entries

    def has_read(self, entry_key: bytes) -> bool:
        """Whether the value of an entry's key has been read."""
        return entry_key in self._entries

    def entry(self, entry_key: bytes) -> Value:
        """The present value of an entry's key that has been read."""
        changes = self._changes
        return changes[entry_key] if entry_key in changes else self._entries[entry_key]

    def add(self, log: VectorLog, entry_key: bytes) -> None:
        """Note that an entry is put, changed or deleted."""
        shard = entry_key[_ITEM_AT] % LOG_SHARDS
        number_key = log.number_keys[shard]
        before = self._numbers[number_key]
        number = (0 if before is None else int.from_bytes(before, "big")) + 1
        stored = number.to_bytes(NUMBER_SIZE, "big")
        self._numbers[number_key] = self._changes[number_key] = stored
        self._changes[log.row_key(shard, number)] = stored + entry_key[INDEX_PREFIX_SIZE:]
