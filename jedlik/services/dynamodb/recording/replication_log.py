"""The log of a region's own writes.

The problem: a write must not wait for other regions, but no acknowledged write may be lost on its
way to them. So every write of a table with replicas adds a row here in its own commit. The row says
which item was changed, but not how: the item is read when it is sent, with its version. So a row is
small whatever the item's size, several waiting changes of an item are sent as one, and sealed
values (see `dynamodb.sealing`) are not copied.

A log has a few shards, by partition hash, so that nodes that write different items seldom conflict,
and all changes of an item are in one shard. Changes of a shard are numbered from 1 without gaps, in
the order of their commits. A position in the log is the number of the last change that is done, for
each shard. A row's value, numbers big-endian:

    offset 0  8 bytes  when it was written: milliseconds since the epoch
           8           partition hash and sort key bytes of the item

Rows are deleted once every region has their changes (see `sending` and `upkeep`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from jedlik.kernel.keyspaces import (
    INDEX_PREFIX_SIZE,
    NUMBER_SIZE,
    REPLICATION_LOG,
    REPLICATION_NUMBERS,
    TIME_SIZE,
    TOMBSTONES,
    VERSIONS,
    table_log_prefix,
)
from jedlik.storage.engine import Row, Value

LOG_SHARDS: Final = 4

Position = tuple[int, ...]
"""The last number of each shard that is done."""
START: Final[Position] = (0,) * LOG_SHARDS


class LogRow(NamedTuple):
    """A change: its shard and number, when it was written (milliseconds), and its item's key after
    the prefix of the table."""

    shard: int
    number: int
    written: int
    item: bytes


class OpenReplication:
    """A table's log and versions, with the prefixes of their keys computed once: `versions`,
    `tombstones`, and `rows` of each shard."""

    __slots__ = ("id", "number_keys", "rows", "tombstones", "versions")

    def __init__(self, table_id: int, log_id: int) -> None:
        self.id = log_id
        self.versions = table_log_prefix(VERSIONS, table_id, log_id)
        self.tombstones = table_log_prefix(TOMBSTONES, table_id, log_id)
        log = table_log_prefix(REPLICATION_LOG, table_id, log_id)
        numbers = table_log_prefix(REPLICATION_NUMBERS, table_id, log_id)
        self.rows = [log + bytes((shard,)) for shard in range(LOG_SHARDS)]
        self.number_keys = tuple(numbers + bytes((shard,)) for shard in range(LOG_SHARDS))

    def version_key(self, item_key: bytes) -> bytes:
        """The key of an item's version, from the item's key in the store."""
        return self.versions + item_key[INDEX_PREFIX_SIZE:]

    def number_key(self, item_key: bytes) -> bytes:
        """The key of the last number of an item's shard."""
        return self.number_keys[item_key[INDEX_PREFIX_SIZE] % LOG_SHARDS]

    def row_key(self, shard: int, number: int) -> bytes:
        """The key of a change's row."""
        return self.rows[shard] + number.to_bytes(NUMBER_SIZE, "big")

    def span(self, shard: int, after: int, upto: int | None = None) -> tuple[bytes, bytes]:
        """The range of a shard's rows after the number `after`, to `upto` if that is given."""
        prefix = self.rows[shard]
        low = prefix + (after + 1).to_bytes(NUMBER_SIZE, "big")
        high = (1 << 8 * NUMBER_SIZE) - 1 if upto is None else upto + 1
        return low, prefix + high.to_bytes(NUMBER_SIZE, "big")

    def tombstone_key(self, time: int, item: bytes) -> bytes:
        """The key of the note that an item was deleted; `item` is its key after the prefix of the
        table."""
        return self.tombstones + time.to_bytes(TIME_SIZE, "big") + item


def number_of(value: Value) -> int:
    """The number of a shard's last change."""
    return 0 if value is None else int.from_bytes(value, "big")


def last_position(values: Sequence[Value]) -> Position:
    """The end of a log, given the values of its `number_keys`."""
    return tuple(map(number_of, values))


def number_in(key: bytes) -> int:
    """The number in a row's key."""
    return int.from_bytes(key[-NUMBER_SIZE:], "big")


def log_row(shard: int, row: Row) -> LogRow:
    """The change in a row."""
    key, value = row
    number = number_in(key)
    written = int.from_bytes(value[:TIME_SIZE], "big")
    return LogRow(shard, number, written, value[TIME_SIZE:])


def pending(last: Position, done: Position) -> int:
    """How many changes are between two positions."""
    return sum(map(int.__sub__, last, done))
