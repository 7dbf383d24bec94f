"""Which regions a table has replicas in, as its record says."""

from __future__ import annotations

from dataclasses import replace

from jedlik.services.dynamodb.replication.model import ACTIVE
from jedlik.services.dynamodb.tables.catalog import CatalogDraft
from jedlik.services.dynamodb.tables.database import Database


async def activate(database: Database, name: str, region: str) -> None:
    """Note that a replica has all that its table held when it was added."""

    def change(draft: CatalogDraft) -> None:
        table = draft.table(name)
        replication = None if table is None else table.replication
        replica = None if replication is None else replication.replica(region)
        if table is None or replication is None or replica is None or not replica.fill:
            return
        filled = replace(replica, status=ACTIVE, since=database.clock.now(), fill=False)
        draft.put(replace(table, replication=replication.with_replica(filled)))

    await database.catalog.change((name,), change)
