"""Clearing what a deleted table, index or change log left behind, in short steps.

The problem: a table may hold millions of items, and one commit that deletes them all would stop
every writer. But nothing can ever write under a purged prefix again (ids are never used twice, and
every write checks the catalog's version), so the keys can be deleted in any number of commits, by
any process, even twice. Only when the prefix is empty does a last commit remove the counters, the
tags and the note of the purge itself. After a crash before that, the purge continues.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from jedlik.kernel.backup_keys import (
    changes_prefix,
    last_changes_prefix,
    table_changes_prefix,
    table_last_changes_prefix,
    table_reports_prefix,
)
from jedlik.kernel.keyspaces import (
    TABLE_REPLICATION,
    backfill_key,
    counters_prefix,
    expiry_prefix,
    index_prefix,
    ledger_key,
    purge_key,
    table_backfills_prefix,
    table_expiries_prefix,
    table_log_prefix,
    table_prefix,
    tags_key,
)
from jedlik.kernel.leases import Lease
from jedlik.kernel.page_steps import DeleteRows, PageSize, page_step
from jedlik.services.dynamodb.background.survey import Purge
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.recording.vector_log import VECTOR_LOGS
from jedlik.services.dynamodb.tables.figures import without_index
from jedlik.services.dynamodb.tables.model import TABLE_INDEX_ID
from jedlik.storage.engine import Changes, Row, Value
from jedlik.values.keybytes import successor

PAGE: Final = PageSize(rows=128, bytes=256 * 1024)
"""A range read returns the values too, so large items make smaller steps."""
_LOGS: Final = (*TABLE_REPLICATION, *VECTOR_LOGS)


class DeleteKeys:
    """Delete keys, provided that the lease is still held."""

    def __init__(self, lease: Lease, keys_to_delete: Sequence[bytes]) -> None:
        self._lease = lease
        self._keys_to_delete = keys_to_delete
        self.keys = (lease.key,)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        self._lease.check(values[0])
        return Changes(dict.fromkeys(self._keys_to_delete), None)


class _Remains:
    """Rows to be deleted (see PageWork)."""

    cursor_key = None

    def __init__(self, prefixes: Sequence[bytes]) -> None:
        self.spans = [(prefix, successor(prefix)) for prefix in prefixes]
        self.expects: Mapping[bytes, Value] = {}

    def page(self, rows: Sequence[Row]) -> DeleteRows:
        """See PageWork."""
        return DeleteRows(rows)


class _ForgetIndex:
    """Remove an index from the counters, and the note of its purge."""

    def __init__(self, lease: Lease, purge: Purge, counters: Sequence[bytes]) -> None:
        self._lease = lease
        self._purge = purge
        self._counters = counters
        self.keys = (lease.key, *counters)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        self._lease.check(values[0])
        table_id, index_id = self._purge
        changes: dict[bytes, Value] = {
            key: without_index(record, index_id)
            for key, record in zip(self._counters, values[1:], strict=True)
        }
        changes[purge_key(table_id, index_id)] = None
        return Changes(changes, None)


async def purge_step(database: Database, lease: Lease, purge: Purge) -> bool:
    """Delete the next keys; False once there is nothing left to do. Raises LeaseLost."""
    table_id, index_id = purge
    whole = index_id == TABLE_INDEX_ID
    prefixes: tuple[bytes, ...]
    if whole:
        prefixes = (
            table_prefix(table_id),
            table_expiries_prefix(table_id),
            table_changes_prefix(table_id),
            table_reports_prefix(table_id),
            table_last_changes_prefix(table_id),
            table_backfills_prefix(table_id),
            *(table_log_prefix(keyspace, table_id) for keyspace in _LOGS),
        )
    else:
        prefixes = (
            index_prefix(table_id, index_id),
            expiry_prefix(table_id, index_id),
            changes_prefix(table_id, index_id),
            last_changes_prefix(table_id, index_id),
            *(table_log_prefix(keyspace, table_id, index_id) for keyspace in _LOGS),
        )
    engine = database.store  # only keys are needed, so it does not matter who may read the values
    if await page_step(engine, lease, _Remains(prefixes), PAGE):
        return True
    counters = counters_prefix(table_id)
    records = [key for key, _ in (await engine.range(counters, successor(counters))).rows]
    if whole:
        own = (tags_key(table_id), ledger_key(table_id), purge_key(table_id, index_id))
        await engine.write(DeleteKeys(lease, [*records, *own]))
    else:
        await engine.write(_ForgetIndex(lease, purge, records))
        await engine.write(DeleteKeys(lease, [backfill_key(table_id, index_id)]))
    return False
