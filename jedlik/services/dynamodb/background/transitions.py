"""Tables and indexes whose deletion is over leave the catalog; what they held is then purged."""

from __future__ import annotations

from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.index_changes import without_index
from jedlik.services.dynamodb.tables.model import DELETING, Table, Transition


async def finish_deletions(database: Database, lease: Lease, table_name: str) -> None:
    """Remove a table, or those of its indexes, whose deletion is over. Raises LeaseLost."""
    now = database.clock.now()

    def over(transition: Transition | None) -> bool:
        return transition is not None and transition.status == DELETING and transition.until <= now

    def decide(draft: CatalogDraft) -> None:
        lease.check(draft.also_read[0])
        table = draft.table(table_name)
        if table is None:
            return
        if over(table.transition):
            draft.remove(table)
            return
        remaining: Table = table
        for index in table.all_indexes:
            if over(index.transition):
                remaining = without_index(remaining, index)
                draft.purge(table.id, index.id)
        if remaining is not table:
            draft.put(remaining)

    await database.catalog.change((table_name,), decide, also_read=(lease.key,))
