"""UpdateTimeToLive."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jedlik.base.errors import ResourceInUseException, ValidationException
from jedlik.gateway.operation import Body
from jedlik.kernel.due_work import Job
from jedlik.kernel.keyspaces import backfill_key
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.recording.expiry import expiry_name
from jedlik.services.dynamodb.replication.membership import (
    NO_TTL,
    check_member_changeable,
    share,
)
from jedlik.services.dynamodb.tables.model import CREATING, DELETING, Table
from jedlik.services.dynamodb.tables.replicas import STRONG
from jedlik.services.dynamodb.tables.time_to_live import BACKFILL, DISABLING, ENABLING, TimeToLive
from jedlik.services.dynamodb.tables.waiting import IN_USE

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import UpdateTimeToLiveInput


async def update_time_to_live(
    database: Database, payload: UpdateTimeToLiveInput, *, from_region: bool = False
) -> Body:
    """Switch expiry of items on for one attribute, or off; all replicas of a table follow, unless
    one of them made the request (`from_region`).

    Existing items are found in the background.
    """
    specification = payload["TimeToLiveSpecification"]
    attribute, enabled = specification["AttributeName"], specification["Enabled"]
    name = database.arns.table_name(payload["TableName"])
    if not from_region:
        await database.check_keys(name)
    now = database.clock.now()
    until = now + database.transition_seconds

    def decide(draft: CatalogDraft) -> None:
        table = draft.existing(name, imported=True)
        _check_state(table, now)
        if not from_region:
            check_member_changeable(table)
        _check_consistency(table)
        current = table.time_to_live
        active = current if current is not None and current.enabled else None
        _check_change(active, attribute, enabled=enabled)
        if current is not None and current.status(now) in (ENABLING, DISABLING):
            raise ValidationException(
                "Time to live has been modified multiple times within a fixed interval"
            )
        if active is None:
            setting = _switched_on(draft, table, attribute, now, until)
        else:
            setting = _switched_off(draft, table, active, until)
        table = replace(table, time_to_live=setting)
        if not from_region:
            table = share(draft, table, "UpdateTimeToLive", payload, now)
        draft.put(table)

    await database.catalog.change((name,), decide)
    database.wake_workers()
    return {"TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": attribute}}


def _switched_on(
    draft: CatalogDraft, table: Table, attribute: str, now: float, until: float
) -> TimeToLive:
    """The setting of a table whose items will expire by an attribute. Notes the job that finds
    them."""
    setting = TimeToLive(
        draft.new_id(), attribute, enabled=True, backfilling=True, changing_until=until
    )
    draft.values |= Job(BACKFILL, expiry_name(table.name, setting.id), now).puts()
    return setting


def _switched_off(
    draft: CatalogDraft, table: Table, active: TimeToLive, until: float
) -> TimeToLive:
    """The setting of a table whose items no longer expire. Notes that the entries are to be
    deleted."""
    draft.values[backfill_key(table.id, active.id)] = None
    draft.purge(table.id, active.id)
    return replace(active, enabled=False, backfilling=False, changing_until=until)


def _check_state(table: Table, now: float) -> None:
    status = table.status(now)
    if status == CREATING:
        raise ResourceInUseException(f"{IN_USE}Table {table.name} is being created")
    if status == DELETING:
        raise ResourceInUseException(f"{IN_USE}Table is being deleted: {table.name}")


def _check_consistency(table: Table) -> None:
    if table.replication is not None and table.replication.consistency == STRONG:
        raise ValidationException(NO_TTL)


def _check_change(active: TimeToLive | None, attribute: str, *, enabled: bool) -> None:
    """Refuse a request that changes nothing, or names another attribute than the one in use."""
    if active is None:
        if not enabled:
            raise ValidationException("TimeToLive is already disabled")
        return
    if active.attribute != attribute:
        raise ValidationException(
            "TimeToLive is active on a different AttributeName: current AttributeName is "
            f"{active.attribute}"
        )
    if enabled:
        raise ValidationException("TimeToLive is already enabled")
