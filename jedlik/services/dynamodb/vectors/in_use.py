"""Notes of the large partitions that are in use.

The problem: reading a million vectors takes seconds, and a process loses them when it ends. So a
process that searches a large partition notes it in the store, once an hour; a starting process
loads the partitions noted within a day (see `warming`). A note is

    offset 0  8 bytes  when it was made, in seconds since the epoch, big-endian
           8           the name of the table, UTF-8

under the ids of table and index and the hash of the partition (16 zeros: the whole index).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final, NamedTuple

from jedlik.base.errors import ServiceError
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import (
    CATALOG_VERSION,
    ID_SIZE,
    TIME_SIZE,
    VECTORS_IN_USE,
    table_log_prefix,
)
from jedlik.kernel.store import Store
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.vector_entries import OpenVectorIndex
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.engine import Changes, Value
from jedlik.storage.failures import StorageFailure
from jedlik.values.keybytes import HASH_SIZE, successor

NOTE_SECONDS: Final = 3600
_KEPT_SECONDS: Final = 24 * 3600
_HASH_AT: Final = len(VECTORS_IN_USE) + 2 * ID_SIZE
_MAX_NOTES: Final = 1000

_log = logging.getLogger(__name__)


class PartitionInUse(NamedTuple):
    """A recently searched partition, by its hash, and the key of its note."""

    table: str
    key: bytes
    time: int

    @property
    def hash(self) -> bytes:
        """The hash of the partition."""
        return self.key[_HASH_AT:]

    def is_of(self, table: OpenTable, index: OpenVectorIndex) -> bool:
        """Whether it is a partition of that index."""
        return self.key[:_HASH_AT] == table_log_prefix(VECTORS_IN_USE, table.id, index.id)


class _Note:
    """Note that a partition is in use, unless the catalog has changed: nothing may be written for a
    deleted index."""

    def __init__(self, version: Value, key: bytes, note: bytes) -> None:
        self._version = version
        self._changes: dict[bytes, Value] = {key: note}
        self.keys = (CATALOG_VERSION,)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        if values[0] != self._version:
            raise CatalogChanged
        return Changes(self._changes, None)


async def note_in_use(
    store: Store, table: OpenTable, index: OpenVectorIndex, partition: bytes
) -> None:
    """Note that a large partition, given by its hash, is being searched."""
    key = table_log_prefix(VECTORS_IN_USE, table.id, index.id) + partition
    note = int(store.clock.now()).to_bytes(TIME_SIZE, "big") + table.name.encode()
    try:
        await store.engine.write(_Note(table.version, key, note))
    except (CatalogChanged, ServiceError, StorageFailure) as error:
        _log.debug("a partition in use was not noted: %r", error)


async def partitions_in_use(store: Store) -> list[PartitionInUse]:
    """Those that were searched within a day, latest first; older notes are deleted. Raises
    StorageFailure."""
    low, high = VECTORS_IN_USE, successor(VECTORS_IN_USE)
    page = await store.engine.range(low, high, limit=_MAX_NOTES)
    notes = [_read(key, value) for key, value in page.rows]
    since = store.clock.now() - _KEPT_SECONDS
    old = [note for note in notes if note.time < since]
    if old:
        await store.engine.write(BlindWrite(dict.fromkeys(note.key for note in old)))
    return sorted(
        (note for note in notes if note.time >= since), key=lambda note: note.time, reverse=True
    )


def is_note(key: bytes, value: bytes) -> bool:
    """Whether a row of the keyspace is valid."""
    note = _read(key, value)
    return len(note.hash) == HASH_SIZE and bool(note.table)


def _read(key: bytes, value: bytes) -> PartitionInUse:
    time = int.from_bytes(value[:TIME_SIZE], "big")
    return PartitionInUse(value[TIME_SIZE:].decode(errors="replace"), key, time)
