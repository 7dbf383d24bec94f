"""DescribeBackup."""

from __future__ import annotations

from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.backups.store import description, find_backup
from jedlik.services.dynamodb.tables.database import Database


async def describe_backup(database: Database, payload: Payload) -> Body:
    """What a backup is of. Raises BackupNotFoundException."""
    found = await find_backup(database, payload["BackupArn"])
    return {"BackupDescription": description(database.names, found.backup)}
