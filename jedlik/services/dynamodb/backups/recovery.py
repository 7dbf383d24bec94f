"""Point-in-time recovery of a table: whether it is possible, and to which moments.

API reference, "DescribeContinuousBackups"; developer guide, "Point-in-time recovery: how it works".
ContinuousBackupsStatus is ENABLED on every table that is not being imported; only recovery can be
switched on and off.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from jedlik.base.errors import (
    ContinuousBackupsUnavailableException,
    InvalidRestoreTimeException,
    PointInTimeRecoveryUnavailableException,
    TableNotFoundException,
)
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.recording.change_records import last_change_keys
from jedlik.services.dynamodb.tables.change_log import Recovery
from jedlik.services.dynamodb.tables.model import CREATING, DELETING, Table


def recoverable_table(database: Database, table: Table | None, name: str) -> Table:
    """The table that is backed up or recovered.

    Raises TableNotFoundException if it does not exist yet or any longer, and
    ContinuousBackupsUnavailableException while it is being imported.
    """
    if table is not None and table.importing:
        raise ContinuousBackupsUnavailableException(
            f"Backups are being enabled for the table: {table.name}. Please retry later"
        )
    if table is None or table.status(database.clock.now()) in (CREATING, DELETING):
        raise TableNotFoundException(f"Table not found: {name}")
    return table


def recovery_of(table: Table) -> Recovery:
    """A table's recovery. Raises PointInTimeRecoveryUnavailableException if it is not enabled."""
    recovery = None if table.log is None else table.log.recovery
    if recovery is None:
        raise PointInTimeRecoveryUnavailableException(
            f"Point in time recovery is not enabled for table '{table.name}'"
        )
    return recovery


def last_changes_of(table: Table) -> tuple[bytes, ...]:
    """The keys of the last changes of a table's log; empty without one."""
    return () if table.log is None else last_change_keys(table.id, table.log.id)


def latest_restorable(database: Database, recovery: Recovery, now: float) -> float:
    """LatestRestorableDateTime."""
    return max(recovery.enabled_at, now - database.restorable_delay)


def continuous_backups(database: Database, table: Table) -> dict[str, Any]:
    """ContinuousBackupsDescription."""
    recovery = None if table.log is None else table.log.recovery
    answer: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
    if recovery is not None:
        now = database.clock.now()
        answer = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": recovery.days,
            "EarliestRestorableDateTime": int(recovery.earliest(now)),
            "LatestRestorableDateTime": int(latest_restorable(database, recovery, now)),
        }
    status = "DISABLED" if table.importing else "ENABLED"
    return {"ContinuousBackupsStatus": status, "PointInTimeRecoveryDescription": answer}


def check_restorable(database: Database, recovery: Recovery, moment: float, now: float) -> None:
    """Raise InvalidRestoreTimeException for a moment outside the window, which begins with a whole
    second: SDKs send nothing finer."""
    earliest, latest = recovery.earliest(now), latest_restorable(database, recovery, now)
    if int(earliest) <= moment <= latest:
        return
    raise InvalidRestoreTimeException(
        f"RestoreDateTime '{_in_words(moment)}' must be within EarliestRestorableDateTime "
        f"'{_in_words(earliest)}' and LatestRestorableDateTime '{_in_words(latest)}'"
    )


def _in_words(moment: float) -> str:
    try:
        return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, ValueError, OSError):
        return str(moment)
