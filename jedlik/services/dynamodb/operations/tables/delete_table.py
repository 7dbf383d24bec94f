"""DeleteTable."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import destinations_key
from jedlik.services.dynamodb.backups.deletion import figures_of, keep_for_backups
from jedlik.services.dynamodb.database.catalog import table_not_found
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption.table_encryption import encryption_of
from jedlik.services.dynamodb.kinesis.changes import orphan_all
from jedlik.services.dynamodb.replication.draining import drain_keys, is_drained
from jedlik.services.dynamodb.replication.membership import (
    check_member_deletable,
    gone_job,
    leave,
)
from jedlik.services.dynamodb.streams.streams import StreamDraft, change_table
from jedlik.services.dynamodb.tables.descriptions import table_description
from jedlik.services.dynamodb.tables.in_use import check_deletable
from jedlik.services.dynamodb.tables.model import DELETING, Table, Transition

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DeleteTableInput

_NOT_SHOWN = (
    "AttributeDefinitions", "KeySchema", "CreationDateTime", "WarmThroughput",
    "GlobalSecondaryIndexes", "LocalSecondaryIndexes",
)  # fmt: skip
"""Members of answers about a table that the answer to its deletion does not have."""


async def delete_table(
    database: Database, payload: DeleteTableInput, *, from_region: bool = False
) -> Body:
    """Delete a table; its items are purged in the background. The answer's status is DELETING.

    A table with replicas is deleted only in this region, and the others are notified, unless one of
    them made the request (`from_region`). It is deleted once they all have the writes made here;
    until then it is DELETING, and another region may repeat its request.
    """
    name = database.arns.table_name(payload["TableName"])
    before = await database.catalog.current(name)
    if before is None:
        raise table_not_found(name)
    table = await _delete(database, before, by_client=not from_region, announced=not from_region)
    deleting = Transition(DELETING, math.inf)
    shown = replace(
        table,
        transition=deleting,
    ).map_indexes(lambda index: replace(index, transition=deleting))
    encryption = await encryption_of(database, table)
    now = database.clock.now()
    description = table_description(shown, database.arns, now, encryption=encryption)
    for member in _NOT_SHOWN:
        description.pop(member, None)
    return {"TableDescription": description}


async def finish_departure(database: Database, name: str, table_id: int) -> bool:
    """Delete a table that is leaving its replicas, if they have all writes made here; returns
    whether it is deleted, now or before."""
    await database.catalog.refresh()
    table = await database.catalog.current(name)
    if table is None or table.id != table_id or not table.leaving:
        return True
    left = await _delete(database, table, by_client=False, announced=True)
    return not left.leaving


def _check(table: Table, now: float, *, by_client: bool) -> None:
    """Refuse to delete a table that is in use, or protected against deletion."""
    if by_client:
        check_member_deletable(table, now)
    check_deletable(table, now, leaving=not by_client)
    if table.deletion_protection and not table.leaving:
        raise ValidationException(
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first."
        )


async def _delete(database: Database, before: Table, *, by_client: bool, announced: bool) -> Table:
    """Delete a table, or begin to, and return it in its new state.

    A client's request is checked like in the service; if it must be `announced`, the other regions
    are notified.
    """
    name = before.name
    now = database.clock.now()
    seconds = database.transition_seconds
    figures = await figures_of(database, name)
    unsent = drain_keys(before)

    def decide(stream_draft: StreamDraft) -> Table:
        draft = stream_draft.catalog
        table = draft.table(name)
        if table is None:
            raise table_not_found(name)
        if table.id != before.id or drain_keys(table) != unsent:
            raise CatalogChanged
        _check(table, now, by_client=by_client)
        if not is_drained(table, {key: stream_draft.read(key) for key in unsent}):
            return leave(draft, table, now, announced=announced)
        if table.replication is not None:
            if announced:
                draft.values |= gone_job(table, now).puts()
            table = replace(table, replication=replace(table.replication, leaving=False))
        table = stream_draft.disable(table, now, now + seconds)
        table = orphan_all(stream_draft, table, now)
        table = keep_for_backups(draft, table, now, figures)
        if seconds:
            table = replace(table, transition=Transition(DELETING, now + seconds))
            draft.put(table)
            if not table.held:
                draft.purge(table.id, 0)
        else:
            draft.remove(table)
        return table

    also_read = (destinations_key(before.id), *unsent)
    table = await change_table(database, name, decide, also_read=also_read)
    database.wake_workers()
    return table
