"""UpdateContinuousBackups."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.backups.moments import MICROSECONDS, this_moment
from jedlik.services.dynamodb.backups.recovery import (
    continuous_backups,
    last_changes_of,
    recoverable_table,
)
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.change_log import DEFAULT_DAYS, ChangeLog, Recovery
from jedlik.services.dynamodb.tables.model import Table

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import UpdateContinuousBackupsInput

_NO_PERIOD: Final = (
    "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."
)


async def update_continuous_backups(
    database: Database, payload: UpdateContinuousBackupsInput
) -> Body:
    """Switch point-in-time recovery on or off, or change its period, immediately."""
    name = database.arns.table_name(payload["TableName"])
    wanted = payload["PointInTimeRecoverySpecification"]
    enabled, days = wanted["PointInTimeRecoveryEnabled"], wanted.get("RecoveryPeriodInDays")
    if not enabled and days is not None:
        raise ValidationException(_NO_PERIOD)
    before = recoverable_table(database, await database.catalog.current(name), name)
    keys = last_changes_of(before)
    now = database.clock.now()

    def decide(draft: CatalogDraft) -> Table:
        table = recoverable_table(database, draft.table(name), name)
        if last_changes_of(table) != keys:
            raise CatalogChanged
        if not enabled:
            return _disabled(draft, table)
        if table.log is not None and table.log.recovery is not None:
            if days is None or days == table.log.recovery.days:
                return table
            recovery = table.log.recovery.with_days(days, now)
            return _put(draft, replace(table, log=replace(table.log, recovery=recovery)))
        log = table.log or ChangeLog(draft.new_id())
        log_keys = last_changes_of(replace(table, log=log))
        moment = this_moment(log_keys, draft.also_read or [None] * len(log_keys), now)
        draft.values.update(moment.puts)
        since = moment.time / MICROSECONDS
        recovery = Recovery(enabled_at=since, days=days or DEFAULT_DAYS, floor=since)
        return _put(draft, replace(table, log=replace(log, recovery=recovery)))

    table = await database.catalog.change((name,), decide, also_read=keys)
    return {"ContinuousBackupsDescription": continuous_backups(database, table)}


def _put(draft: CatalogDraft, table: Table) -> Table:
    draft.put(table)
    return table


def _disabled(draft: CatalogDraft, table: Table) -> Table:
    """The table without recovery; its log is deleted unless a backup or restore still reads it."""
    if table.log is None or table.log.recovery is None:
        return table
    if table.log.users:
        return _put(draft, replace(table, log=replace(table.log, recovery=None)))
    draft.purge(table.id, table.log.id)
    return _put(draft, replace(table, log=None))
