"""DescribeContinuousBackups."""

from __future__ import annotations

from jedlik.base.errors import TableNotFoundException
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.tables.database import Database


async def describe_continuous_backups(database: Database, payload: Payload) -> Body:
    """As of every table whose point-in-time recovery is off: the service calls continuous backups
    ENABLED on all tables from their creation on (API reference, "DescribeContinuousBackups")."""
    name = database.names.table_name(payload["TableName"])
    if await database.catalog.current(name) is None:
        raise TableNotFoundException(f"Table not found: {name}")
    return {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
        }
    }
