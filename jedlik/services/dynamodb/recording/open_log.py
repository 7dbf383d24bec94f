"""The change log as writes use it: one more of `change_records` in the commit of a write."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence

from jedlik.kernel.backup_keys import changes_prefix
from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE
from jedlik.services.dynamodb.recording.change_records import (
    LAST,
    LOG_SHARDS,
    PLACE,
    last_change,
    last_change_keys,
    record,
)
from jedlik.services.dynamodb.tables.change_log import ChangeLog
from jedlik.storage.engine import Value


class OpenLog:
    """A table's log, with the keys of its shards computed once."""

    __slots__ = ("_last_keys", "_prefixes")

    def __init__(self, table_id: int, model: ChangeLog) -> None:
        self._last_keys = last_change_keys(table_id, model.id)
        prefix = changes_prefix(table_id, model.id)
        self._prefixes = [prefix + bytes((shard,)) for shard in range(LOG_SHARDS)]

    def last_key_of(self, item_key: bytes) -> bytes:
        """The key of the last change of an item's shard, from the item's key in the store."""
        return self._last_keys[item_key[INDEX_PREFIX_SIZE] % LOG_SHARDS]

    def prefix_of(self, item_key: bytes) -> bytes:
        """The prefix of the records of an item's shard."""
        return self._prefixes[item_key[INDEX_PREFIX_SIZE] % LOG_SHARDS]


class ChangeLogger:
    """The records of one run of a task."""

    __slots__ = ("_changes", "_count", "_sizes", "_time")

    def __init__(
        self,
        logs: Mapping[bytes, OpenLog],
        values: Sequence[Value],
        now: int,
        changes: MutableMapping[bytes, Value],
    ) -> None:
        """`values` are those of the keys of `logs`; records are added to `changes`.

        `now` is the clock's time in microseconds since the epoch.
        """
        last = dict(zip(logs, map(last_change, values), strict=True))
        self._time = max(now, *(time + 1 for time, _ in last.values()))
        self._sizes = {key: size for key, (_, size) in last.items()}
        self._changes = changes
        self._count = 0

    def add(self, log: OpenLog, item_key: bytes, old: Value) -> None:
        """Record that the item under `item_key`, which was `old` (stored bytes), is changed."""
        place = PLACE.pack(self._time, self._count)
        self._count += 1
        key = log.prefix_of(item_key) + place
        value = record(item_key[INDEX_PREFIX_SIZE:], old)
        self._changes[key] = value
        last_key = log.last_key_of(item_key)
        size = self._sizes[last_key] + len(key) + len(value)
        self._sizes[last_key] = size
        self._changes[last_key] = LAST.pack(self._time, size)
