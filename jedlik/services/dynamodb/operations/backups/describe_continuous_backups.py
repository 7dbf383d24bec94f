"""DescribeContinuousBackups."""

from __future__ import annotations

from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.backups.recovery import continuous_backups, recoverable_table
from jedlik.services.dynamodb.tables.database import Database


async def describe_continuous_backups(database: Database, payload: Payload) -> Body:
    """Whether the table can be restored to a point in time, and to which."""
    name = database.names.table_name(payload["TableName"])
    table = await database.catalog.current(name)
    if table is None or not table.importing:
        table = recoverable_table(database, table, name)
    return {"ContinuousBackupsDescription": continuous_backups(database, table)}
