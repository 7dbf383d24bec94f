"""DescribeContinuousBackups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.backups.recovery import continuous_backups, recoverable_table
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DescribeContinuousBackupsInput


async def describe_continuous_backups(
    database: Database, payload: DescribeContinuousBackupsInput
) -> Body:
    """Whether the table can be restored to a point in time, and to which times."""
    name = database.arns.table_name(payload["TableName"])
    table = await database.catalog.current(name)
    if table is None or not table.importing:
        table = recoverable_table(database, table, name)
    return {"ContinuousBackupsDescription": continuous_backups(database, table)}
