"""Tables and indexes whose deletion is over leave the catalog; what they held is then purged."""

from __future__ import annotations

from jedlik.database.catalog import CatalogDraft
from jedlik.database.database import Database
from jedlik.database.index_changes import without_index
from jedlik.database.leases import Lease
from jedlik.model.table import DELETING, Table, Transition


async def finish_deletions(database: Database, lease: Lease, table_name: str) -> None:
    """Remove a table, or those of its indexes, whose deletion is over. Raises LeaseLost."""
    now = database.clock.now()

    def over(transition: Transition | None) -> bool:
        return transition is not None and transition.status == DELETING and transition.until <= now

    def decide(draft: CatalogDraft) -> None:
        lease.check(draft.beside[0])
        table = draft.table(table_name)
        if table is None:
            return
        if over(table.transition):
            draft.remove(table)
            return
        remaining: Table = table
        for index in table.indexes:
            if over(index.transition):
                remaining = without_index(remaining, index)
                draft.purge(table.id, index.id)
        if remaining is not table:
            draft.put(remaining)

    await database.catalog.change((table_name,), decide, beside=(lease.key,))
