"""RestoreTableToPointInTime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jedlik.base.errors import TableNotFoundException, ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.backups.copy_source import CopySource, begin_copy, fixed_moment
from jedlik.services.dynamodb.backups.deletion import shown_master
from jedlik.services.dynamodb.backups.encryption import target_data_key
from jedlik.services.dynamodb.backups.model import CopyJob
from jedlik.services.dynamodb.backups.moments import MICROSECONDS
from jedlik.services.dynamodb.backups.recovery import (
    check_restorable,
    recoverable_table,
    recovery_of,
)
from jedlik.services.dynamodb.backups.restoring import (
    begin_restore,
    check_restores,
    is_elsewhere,
    restore_answer,
)
from jedlik.services.dynamodb.backups.targets import check_target, target_table
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.sealing.key_ring import KeyRing
from jedlik.services.dynamodb.tables.change_log import Recovery
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.restore import Restore

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import RestoreTableToPointInTimeInput

_EITHER: Final = (
    "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, "
    "but not both"
)
_BOTH: Final = (
    "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for "
    "point-in-time restore request. Please specify only one"
)


async def restore_table_to_point_in_time(
    database: Database, payload: RestoreTableToPointInTimeInput
) -> Body:
    """Make a new table from another one as of a moment; CREATING until it has all its items.

    Raises TableNotFoundException, PointInTimeRecoveryUnavailableException,
    InvalidRestoreTimeException, TableAlreadyExistsException, TableInUseException,
    LimitExceededException.
    """
    name = _source_name(database, payload)
    moment: float | None = _moment(payload)
    before = recoverable_table(database, await database.catalog.current(name), name)
    recovery = recovery_of(before)
    now = database.clock.now()
    if moment is not None:
        check_restorable(database, recovery, moment, now)
    target = target_table(database, payload, before)
    source = await CopySource.read(database, before)
    key = await target_data_key(database, payload, shown_master(source.ring))
    await check_restores(database)
    job_id = database.ids.uuid()

    def decide(draft: CatalogDraft) -> tuple[Table, KeyRing | None]:
        table = source.locked(draft, now)
        recovery = recovery_of(table)
        if moment is not None:
            check_restorable(database, recovery, moment, now)
        check_target(draft, target.name)
        assert table.log is not None
        past = _past(recovery, moment, now, database.restorable_delay)
        fixed = fixed_moment(draft, table.id, table.log, now, past)
        restore = Restore(
            job=job_id,
            source_table_arn=database.arns.table_arn(name),
            moment=round(fixed.time / MICROSECONDS, 3),
        )
        made, own_ring = begin_restore(draft, target, restore, key)
        job = CopyJob(
            id=job_id,
            source=table.id,
            target=made.id,
            source_table=name,
            log=table.log.id,
            since=fixed.time,
            target_table=made.name,
        )
        begin_copy(draft, table, table.log, fixed, job)
        return made, own_ring

    made, own_ring = await database.catalog.change(
        (target.name, name), decide, also_read=source.also_read
    )
    return restore_answer(database, made, own_ring)


def _past(recovery: Recovery, moment: float | None, now: float, delay: float) -> float | None:
    """The past moment to restore, given the requested one (None: the latest) and how many seconds
    ago the latest is; None for the present."""
    if moment is None and not delay:
        return None
    return max(recovery.earliest(now), now - delay if moment is None else moment)


def _source_name(database: Database, payload: Payload) -> str:
    name, arn = payload.get("SourceTableName"), payload.get("SourceTableArn")
    if name is not None and arn is not None:
        raise ValidationException("Must provide exactly one of: sourceTableArn, sourceTableName")
    if name is not None:
        return database.arns.table_name(name)
    if arn is None:
        raise ValidationException(
            "The parameter 'TableName' is required but was not present in the request"
        )
    if database.arns.of_other_account(arn):
        raise ValidationException(
            "This action is only supported by accounts that match the resource owner\u2019s "
            "account."
        )
    if is_elsewhere(database, payload, arn):
        raise TableNotFoundException(f"Table not found: {arn}")
    name = database.arns.table_of(arn)
    if name is None:
        raise ValidationException.of_values("sourceTableArn is not a valid ARN")
    return name


def _moment(payload: Payload) -> float | None:
    """The requested moment, in seconds; None for the latest."""
    moment: float | None = payload.get("RestoreDateTime")
    if not payload.get("UseLatestRestorableTime"):
        if moment is None:
            raise ValidationException(_EITHER)
        return moment
    if moment is not None:
        raise ValidationException(_BOTH)
    return None
