"""Names of backups: `.../table/NAME/backup/ID`, an id being 14 digits of milliseconds and 8 of hex.

Service Authorization Reference, "Resource types defined by Amazon DynamoDB"; texts as the service
answers them.
"""

from __future__ import annotations

import re
from typing import Final

from jedlik.base.errors import AccessDeniedException, ValidationException
from jedlik.base.regions import KNOWN_REGIONS
from jedlik.kernel.arns import Arns

_BACKUP: Final = re.compile(
    r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{12}:table/([a-zA-Z0-9_.-]{3,255})"
    r"/backup/([0-9]{14}-[0-9a-f]{8})"
).fullmatch
_NO_REGION: Final = re.compile(r"arn:aws[a-z-]*:dynamodb::[0-9]{12}:table/.+").fullmatch
_OTHER_SERVICE: Final = re.compile(r"arn:[^:]*:(?!dynamodb:)[^:]*:.*").fullmatch
_UNKNOWN: Final = "Invalid Request: BackupArn is not valid"

SYSTEM_SUFFIX: Final = "00000000"


def timed_id(now: float, suffix: str) -> str:
    """An id for something made at `now`; later ids are greater. `suffix` is eight hex digits."""
    return f"{round(now * 1000):014d}-{suffix}"


def backup_arn(arns: Arns, table: str, backup_id: str) -> str:
    """The ARN of a backup."""
    return f"{arns.table_arn(table)}/backup/{backup_id}"


def named_backup(arns: Arns, arn: str) -> tuple[str, str]:
    """The table's name and the id in a BackupArn.

    Raises ValidationException, and AccessDeniedException for the ARN of another account.
    """
    match = _BACKUP(arn)
    if match is None:
        if _NO_REGION(arn):
            raise AccessDeniedException("Access is denied")
        raise ValidationException(_UNKNOWN if _OTHER_SERVICE(arn) else "Invalid Backup ARN")
    if arns.of_other_partition(arn):
        raise ValidationException(_UNKNOWN)
    if arns.of_other_region(arn) and arn.split(":")[3] not in KNOWN_REGIONS:
        raise ValidationException(_UNKNOWN)
    if arns.of_other_account(arn):
        raise AccessDeniedException("Access is denied")
    return match[1], match[2]
