"""DeleteTable."""

from __future__ import annotations

import math
from dataclasses import replace

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import destinations_key
from jedlik.services.dynamodb.backups.deletion import figures_of, keep_for_backups
from jedlik.services.dynamodb.encryption.table_encryption import encryption_of
from jedlik.services.dynamodb.kinesis.changes import orphan_all
from jedlik.services.dynamodb.replication.membership import check_member_deletable, gone_job
from jedlik.services.dynamodb.streams.streams import StreamDraft, change_table
from jedlik.services.dynamodb.tables.catalog import table_not_found
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.tables.descriptions import table_description
from jedlik.services.dynamodb.tables.in_use import check_deletable
from jedlik.services.dynamodb.tables.model import DELETING, Table, Transition

_NOT_SHOWN = (
    "AttributeDefinitions", "KeySchema", "CreationDateTime", "WarmThroughput",
    "GlobalSecondaryIndexes", "LocalSecondaryIndexes",
)  # fmt: skip
"""What answers about a table have, but not that of its deletion."""


async def delete_table(database: Database, payload: Payload, *, from_region: bool = False) -> Body:
    """Delete a table; its items are purged in the background. The answer's status is DELETING.

    A table with replicas goes in this region alone, and the others are told so, unless it is one of
    them that asks for it (`from_region`).
    """
    name = database.names.table_name(payload["TableName"])
    now = database.clock.now()
    seconds = database.transition_seconds
    figures = await figures_of(database, name)
    before = await database.catalog.current(name)
    if before is None:
        raise table_not_found(name)

    def decide(stream_draft: StreamDraft) -> Table:
        draft = stream_draft.catalog
        table = draft.table(name)
        if table is None:
            raise table_not_found(name)
        if table.id != before.id:
            raise CatalogChanged
        if not from_region:
            check_member_deletable(table, now)
        check_deletable(table, now, leaving=from_region)
        if table.deletion_protection:
            raise ValidationException(
                "Resource cannot be deleted as it is currently protected against deletion. "
                "Disable deletion protection first."
            )
        if table.replication is not None and not from_region:
            draft.values |= gone_job(table, now).puts()
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

    destinations = (destinations_key(before.id),)
    table = await change_table(database, name, decide, also_read=destinations)
    database.wake_workers()
    deleting = Transition(DELETING, math.inf)
    shown = replace(
        table,
        transition=deleting,
    ).map_indexes(lambda index: replace(index, transition=deleting))
    encryption = await encryption_of(database, table)
    description = table_description(shown, database.names, now, encryption=encryption)
    for member in _NOT_SHOWN:
        description.pop(member, None)
    return {"TableDescription": description}
