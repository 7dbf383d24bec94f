"""Names of backups: `.../table/NAME/backup/ID`, an id being 14 digits of milliseconds and 8 of hex.

Service Authorization Reference, "Resource types defined by Amazon DynamoDB"; texts as the service
answers them.
"""

from __future__ import annotations

import re
from typing import Final

from jedlik.base.errors import ValidationException
from jedlik.kernel.arns import Arns

_BACKUP: Final = re.compile(
    r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{12}:table/([a-zA-Z0-9_.-]{3,255})"
    r"/backup/([0-9]{14}-[0-9a-f]{8})"
).fullmatch
_DYNAMODB: Final = re.compile(r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{12}:table/.+").fullmatch

SYSTEM_SUFFIX: Final = "00000000"


def timed_id(now: float, suffix: str) -> str:
    """An id for something made at `now`; later ids are greater. `suffix` is eight hex digits."""
    return f"{round(now * 1000):014d}-{suffix}"


def backup_arn(arns: Arns, table: str, backup_id: str) -> str:
    """The ARN of a backup."""
    return f"{arns.table_arn(table)}/backup/{backup_id}"


def named_backup(arn: str) -> tuple[str, str]:
    """The table's name and the id in a BackupArn. Raises ValidationException."""
    match = _BACKUP(arn)
    if match is not None:
        return match[1], match[2]
    if _DYNAMODB(arn) is not None:
        raise ValidationException("Invalid Backup ARN")
    raise ValidationException("Invalid Request: BackupArn is not valid")
