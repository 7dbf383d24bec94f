"""Disassociate of ReplicaUpdates: a replica leaves its global table and becomes a table by itself.

As documented ("Disassociating a global table replica", developer guide, and the API reference): the
request goes to the region that leaves, is alone in its UpdateTable, waits for changes under way in
both directions, and is not for strongly consistent tables. The service's texts for refusals are not
known: these are our own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.global_tables.protection import (
    PROTECTION,
    eventual_replication,
)
from jedlik.services.dynamodb.recording.replication_log import OpenReplication, last_position
from jedlik.services.dynamodb.replication.membership import check_member_changeable, put
from jedlik.services.dynamodb.replication.parting import parting_job
from jedlik.services.dynamodb.streams.streams import StreamDraft, change_table
from jedlik.services.dynamodb.tables.in_use import check_exists
from jedlik.services.dynamodb.tables.model import Table

DISASSOCIATE: Final = "Disassociate"

_PROTECTED: Final = (
    "The replica of {} in this Region is protected against disassociation. Set "
    f"{PROTECTION} to false first."
)
_NOT_LOCAL: Final = (
    "A replica is disassociated in its own Region: RegionName has to be {}, where the request was "
    "sent."
)


def check_is_local(database: Database, region: str) -> None:
    """Refuse to disassociate a replica anywhere but in its own region."""
    if region != database.arns.region:
        raise ValidationException(_NOT_LOCAL.format(database.arns.region))


async def disassociate(database: Database, table: Table, now: float) -> tuple[Table, Table]:
    """Begin to separate from the other replicas; the table before and after. Raises
    ValidationException and ResourceInUseException."""
    log = OpenReplication(table.id, eventual_replication(table).log)

    def decide(draft: StreamDraft) -> tuple[Table, Table]:
        before = draft.catalog.existing(table.name)
        check_exists(before, now)
        replication = eventual_replication(before)
        if before.id != table.id or replication.log != log.id or replication.protected:
            raise ValidationException(_PROTECTED.format(table.name))
        check_member_changeable(before)
        cut = last_position([draft.read(key) for key in log.number_keys])
        after = put(draft.catalog, before, replace(replication, detaching=cut), now)
        draft.catalog.values |= parting_job(after, now).puts()
        return before, after

    changed = await change_table(database, table.name, decide, also_read=log.number_keys)
    database.wake_workers()
    return changed
