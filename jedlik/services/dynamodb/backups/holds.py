"""Holds on data under an id that is not a table's: a list of the ids of backups and jobs.

The items of a backup are in the keyspace of items under their own id, with their own key ring if
the table has one, so they are purged and sealed like those of tables. The items of a deleted table
stay in place: they become those of its system backup, or wait for restores that still read them.
They are purged only when they are no longer needed.

    ["01791504762511-2779fadd", ...]
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

import orjson

from jedlik.kernel.backup_keys import hold_key
from jedlik.kernel.keyspaces import tags_key
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.tables.model import Table
from jedlik.storage.engine import Value


def holders(stored: Value) -> list[str]:
    """The holders."""
    found: list[str] = [] if stored is None else orjson.loads(stored)
    return found


def hold(draft: CatalogDraft, data_id: int, holding: Iterable[str]) -> None:
    """Note the holders of the data under an id."""
    draft.values[hold_key(data_id)] = orjson.dumps(list(holding))


def hold_deleted(draft: CatalogDraft, table: Table, holding: Iterable[str]) -> Table:
    """A table that is being deleted, of which only the items are still needed."""
    hold(draft, table.id, holding)
    draft.values[tags_key(table.id)] = None
    for index in table.all_indexes:
        draft.purge(table.id, index.id)
    if table.time_to_live is not None:
        draft.purge(table.id, table.time_to_live.id)
    return replace(table, log=None, held=True)


def remove_holders(
    draft: CatalogDraft, data_id: int, gone: Collection[str], stored: Value, table: Table | None
) -> None:
    """Remove holders; after the last one the data is purged.

    `stored` is the record under `hold_key`, `table` the one of that id that is still DELETING.
    """
    left = [each for each in holders(stored) if each not in gone]
    if left:
        hold(draft, data_id, left)
        return
    draft.values[hold_key(data_id)] = None
    if table is not None:
        draft.put(replace(table, held=False))
    draft.purge(data_id, 0)


def leave_log(
    draft: CatalogDraft, table_name: str, table_id: int, jobs: Collection[str], stored: Value
) -> None:
    """Note that backups, restores or exports that were reading a table and its log have ended.

    `stored` is the record under the table's `hold_key`: it may have been deleted meanwhile.
    """
    table = draft.table(table_name)
    if table is not None and table.id != table_id:
        table = None
    if table is None or table.held:
        remove_holders(draft, table_id, jobs, stored, table)
        return
    if table.log is None:
        return
    log = table.log.without_users(jobs)
    if log is None:
        draft.purge(table.id, table.log.id)
    draft.put(replace(table, log=log))
