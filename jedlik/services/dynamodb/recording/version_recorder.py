"""Versions and the log as writes use them: what a write of a replicating table adds to its commit.

A write by a client (or by the server itself, which deletes expired items) gets a version of this
region and a row in the log. A change from another region keeps its version, is applied only if it
is later than the present one, and adds no row: the region that made it sends it to all regions.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Final

from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE, NUMBER_SIZE, TIME_SIZE
from jedlik.services.dynamodb.recording.replication_log import (
    LOG_SHARDS,
    OpenReplication,
    number_of,
)
from jedlik.services.dynamodb.recording.versions import (
    ItemVersion,
    Version,
    decode_version,
    encode_version,
    is_deletion,
)
from jedlik.storage.engine import Value

_MILLISECOND: Final = 1000


class VersionRecorder:
    """The versions and log rows of one run of a task."""

    __slots__ = ("_changes", "_microseconds", "_read", "_region", "_written")

    def __init__(
        self,
        region: str,
        microseconds: int,
        keys: Sequence[bytes],
        values: Sequence[Value],
        changes: MutableMapping[bytes, Value],
    ) -> None:
        """`keys` are the version and number keys of all writes, `values` their values; the records
        are added to `changes`. `microseconds` is the clock's time since the epoch."""
        self._region = region.encode()
        self._microseconds = microseconds
        self._written = (microseconds // _MILLISECOND).to_bytes(TIME_SIZE, "big")
        self._read = dict(zip(keys, values, strict=True))
        self._changes = changes

    def current(self, log: OpenReplication, item_key: bytes) -> ItemVersion | None:
        """The version of an item as the task finds it."""
        return decode_version(self._read[log.version_key(item_key)])

    def is_later(self, log: OpenReplication, item_key: bytes, version: Version) -> bool:
        """Whether `version` is later than the present one."""
        current = self.current(log, item_key)
        return current is None or version > current.version

    def record_write(self, log: OpenReplication, item_key: bytes, *, deleted: bool) -> None:
        """Record a write of this region."""
        read, changes = self._read, self._changes
        item = item_key[INDEX_PREFIX_SIZE:]
        shard = item[0] % LOG_SHARDS
        number_key = log.number_keys[shard]
        number = number_of(read[number_key]) + 1
        stored = number.to_bytes(NUMBER_SIZE, "big")
        read[number_key] = changes[number_key] = stored
        changes[log.rows[shard] + stored] = self._written + item
        time = self._microseconds
        before = read[log.versions + item]
        if before is not None:
            latest = int.from_bytes(before[:TIME_SIZE], "big")
            if latest >= time:
                time = latest + 1
        after = encode_version(time, self._region, number, deleted=deleted)
        self._put(log, item, before, time, after, deleted=deleted)

    def record_applied(
        self, log: OpenReplication, item_key: bytes, version: Version, *, deleted: bool
    ) -> None:
        """Record a change from another region."""
        item = item_key[INDEX_PREFIX_SIZE:]
        before = self._read[log.versions + item]
        after = encode_version(version.time, version.region.encode(), 0, deleted=deleted)
        self._put(log, item, before, version.time, after, deleted=deleted)

    def _put(
        self,
        log: OpenReplication,
        item: bytes,
        before: Value,
        time: int,
        after: bytes,
        *,
        deleted: bool,
    ) -> None:
        self._changes[log.versions + item] = after
        if before is not None and is_deletion(before):
            self._changes[log.tombstones + before[:TIME_SIZE] + item] = None
        if deleted:
            self._changes[log.tombstone_key(time, item)] = b""
