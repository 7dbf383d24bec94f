"""Changes of the table class that replicas could not follow."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from jedlik.base.errors import LimitExceededException
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.global_tables.replica_request import asked
from jedlik.services.dynamodb.tables.class_changes import LIMITED, class_is_kept


async def check_classes(database: Database, name: str, changed: Collection[str]) -> None:
    """Refuse a change of the class of a table with replicas if one of these has changed its class
    too often. `changed` are the request's members. Raises LimitExceededException; for the table
    itself, another text says so later."""
    table = await database.catalog.current(name) if "TableClass" in changed else None
    if table is None or table.replication is None:
        return
    if class_is_kept(table, database.clock.now()):
        return
    regions = (replica.region for replica in table.replication.replicas)
    await check_classes_in(database, name, regions)


async def check_classes_in(database: Database, name: str, regions: Iterable[str]) -> None:
    """The same for the replicas in some regions; those that are no longer among this server's are
    not asked."""
    for region in regions:
        if region not in database.links:
            continue
        there = await asked(database, region, name)
        if there.get("class_kept"):  # a peer of an earlier version does not report it
            raise LimitExceededException(f"Limit exceeded for replica in {region}. {LIMITED}")
