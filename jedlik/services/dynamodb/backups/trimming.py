"""Trimming change logs: records that no recovery or backup needs are deleted, the oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jedlik.kernel.backup_keys import changes_prefix, last_changes_prefix
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.recording.change_records import (
    LOG_SHARDS,
    PLACE,
    TRIMMED_SHARD,
    last_change,
    last_change_keys,
)
from jedlik.services.dynamodb.tables.model import Table
from jedlik.storage.engine import Changes, Row, Value
from jedlik.values.stored import SEAL_SIZE, is_sealed

ROWS_A_STEP: Final = 256
BYTES_A_STEP: Final = 512 * 1024
_SIZE: Final = 8


class _Trim:
    """One page's commit: the records are deleted and counted."""

    def __init__(self, lease: Lease, trimmed_key: bytes, rows: Sequence[Row]) -> None:
        self._lease = lease
        self._rows = rows
        self.keys = (lease.key, trimmed_key)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        self._lease.check(values[0])
        size = int.from_bytes(values[1] or b"", "big")
        size += sum(len(key) + _plain_size(value) for key, value in self._rows)
        changes: dict[bytes, Value] = dict.fromkeys(key for key, _ in self._rows)
        return Changes({**changes, self.keys[1]: size.to_bytes(_SIZE, "big")}, None)


def _plain_size(value: bytes) -> int:
    """The length of a record before it was sealed, which is the one that was counted."""
    return len(value) - (SEAL_SIZE if is_sealed(value, 0) else 0)


async def trim_step(database: Database, lease: Lease, table_name: str) -> bool:
    """Delete the next records of a table's log that are too old; False once none are left.

    A table that has been deleted since has no log. Raises LeaseLost.
    """
    table = await database.catalog.current(table_name)
    if table is None or table.log is None:
        return False
    until = PLACE.pack(table.log.needed_from(database.clock.now()), 0)
    prefix = changes_prefix(table.id, table.log.id)
    trimmed_key = last_changes_prefix(table.id, table.log.id) + TRIMMED_SHARD
    for shard in range(LOG_SHARDS):
        of_shard = prefix + bytes((shard,))
        page = await database.store.range(
            of_shard, of_shard + until, limit=ROWS_A_STEP, max_bytes=BYTES_A_STEP
        )
        if page.rows:
            await database.store.write(_Trim(lease, trimmed_key, page.rows))
            return True
    return False


async def log_size(database: Database, table: Table) -> int:
    """The size of a table's log in bytes, keys and values."""
    if table.log is None:
        return 0
    keys = last_change_keys(table.id, table.log.id)
    trimmed = last_changes_prefix(table.id, table.log.id) + TRIMMED_SHARD
    *last, gone = await database.store.read((*keys, trimmed))
    written = sum(size for _, size in map(last_change, last))
    return max(0, written - int.from_bytes(gone or b"", "big"))
