"""ListBackups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body
from jedlik.kernel.backup_keys import backup_key
from jedlik.services.dynamodb.backups.arns import backup_arn, named_backup
from jedlik.services.dynamodb.backups.model import USER
from jedlik.services.dynamodb.backups.store import backups_from, highest_key, lowest_key, summary
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ListBackupsInput

_PAGE: Final = 100


async def list_backups(database: Database, payload: ListBackupsInput) -> Body:
    """Backups in the order in which they were made."""
    lower, upper = payload.get("TimeRangeLowerBound"), payload.get("TimeRangeUpperBound")
    if lower is not None and upper is not None and lower > upper:
        raise ValidationException.of_values(
            "Time range lower bound must be less than or equal to upper bound"
        )
    low, high = lowest_key(lower), highest_key(upper)
    start = payload.get("ExclusiveStartBackupArn")
    if start is not None:
        table, backup_id = named_backup(database.arns, start)
        if database.arns.of_other_region(start):
            raise ValidationException(
                "Invalid Request: The supplied ExclusiveStartBackupArn does not match the region"
            )
        low = max(low, backup_key(backup_id, table) + b"\x00")
    limit = payload.get("Limit") or _PAGE
    kind = payload.get("BackupType") or USER
    name = payload.get("TableName")
    wanted = None if name is None else database.arns.table_name(name)
    listed = []
    async for found in backups_from(database, low, high):
        backup = found.backup
        if (kind in ("ALL", backup.kind)) and wanted in (None, backup.table.name):
            listed.append(backup)
            if len(listed) > limit:
                break
    answer: dict[str, Any] = {
        "BackupSummaries": [summary(database.arns, backup) for backup in listed[:limit]]
    }
    if len(listed) > limit:
        last = listed[limit - 1]
        answer["LastEvaluatedBackupArn"] = backup_arn(database.arns, last.table.name, last.id)
    return answer
