"""DescribeBackup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.backups.store import backup_description, find_backup
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DescribeBackupInput


async def describe_backup(database: Database, payload: DescribeBackupInput) -> Body:
    """The description of a backup, with its ARN as the request gives it (answers of the service).

    Raises BackupNotFoundException.
    """
    arn = payload["BackupArn"]
    found = await find_backup(database, arn)
    description = backup_description(database.arns, found.backup)
    description["BackupDetails"]["BackupArn"] = arn
    return {"BackupDescription": description}
