"""Changes of a table's destinations by operations and delivery, each in one commit of the catalog.

Texts of errors are the service's (observed).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import destination_checkpoints_key, destinations_key
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.database.catalog import CatalogDraft, table_not_found
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.kinesis.model import (
    ACTIVE,
    DISABLED,
    DISABLING,
    ENABLE_FAILED,
    ENABLING,
    Destination,
    decode_destinations,
    encode_destinations,
)
from jedlik.services.dynamodb.streams.streams import StreamDraft, change_table
from jedlik.services.dynamodb.tables.model import DELETING, Table
from jedlik.services.dynamodb.tables.stream import NEW_AND_OLD_IMAGES

WRONG_STATE: Final = "Table is not in a valid state to enable Kinesis Streaming Destination: "
"""The same for all operations."""
DRAIN_SECONDS: Final = 30.0
"""How long a disabled destination may take to deliver the writes made before."""

Change = Callable[[StreamDraft, Table, list[Destination]], tuple[Table, list[Destination]]]
"""A change of a table and its destinations. Pure; an exception cancels the change."""


async def destinations_of(database: Database, table_id: int) -> list[Destination]:
    """A table's destinations, latest first."""
    (stored,) = await database.store.read((destinations_key(table_id),))
    return decode_destinations(stored)


async def change_destinations(
    database: Database, name: str, change: Change, *, enabling: bool = False
) -> None:
    """Change the destinations of an existing table. Raises ResourceNotFoundException."""
    before = await database.catalog.current(name)
    if before is None:
        raise table_not_found(name)
    key = destinations_key(before.id)

    def decide(draft: StreamDraft) -> None:
        table = draft.catalog.existing(name)
        if table.id != before.id:
            raise CatalogChanged
        now = database.clock.now()
        known = [each for each in decode_destinations(draft.read(key)) if each.is_shown(now)]
        table, after = change(draft, table, known)
        draft.catalog.put(table)
        draft.catalog.values[key] = encode_destinations(after)

    await change_table(database, name, decide, enabling=enabling, also_read=(key,))


def enable(uuid: str, arn: str, precision: str | None, now: float, until: float) -> Change:
    """Add a destination, or restart one that was disabled or failed, unless the table is being
    deleted."""

    def change(
        draft: StreamDraft, table: Table, known: list[Destination]
    ) -> tuple[Table, list[Destination]]:
        if table.status(now) == DELETING or any(each.live for each in known):
            raise ValidationException(
                f"{WRONG_STATE}EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED "
                "to perform ENABLE operation."
            )
        table = draft.enable(table, NEW_AND_OLD_IMAGES, internal=True)
        stream = table.internal_streams[-1]
        made = Destination(
            uuid, arn, table.name, table.id, stream.label, ENABLING, until, precision
        )
        return table, [made, *(each for each in known if each.stream_arn != arn)]

    return change


def disable(arn: str, now: float, until: float) -> Change:
    """End a destination: it gets only the changes made until now. One that is already DISABLING
    continues, unless that is because the table is being deleted."""

    def change(
        draft: StreamDraft, table: Table, known: list[Destination]
    ) -> tuple[Table, list[Destination]]:
        if table.status(now) != DELETING and any(
            each.stream_arn == arn and each.state == DISABLING for each in known
        ):
            return table, known
        found = active(known, arn, now)
        if found is None:
            raise ValidationException(
                f"{WRONG_STATE}KinesisStreamingDestination must be ACTIVE to perform DISABLE "
                "operation."
            )
        table = _closed(draft, table, found, now)
        after = replace(found, state=DISABLING, until=until)
        return table, [after if each is found else each for each in known]

    return change


def active(known: list[Destination], arn: str, now: float) -> Destination | None:
    """The destination of that ARN, if it is ACTIVE."""
    return next(
        (each for each in known if each.stream_arn == arn and each.status(now) == ACTIVE), None
    )


def _closed(draft: StreamDraft, table: Table, destination: Destination, now: float) -> Table:
    for stream in table.internal_streams:
        if stream.label == destination.label:
            return draft.close(table, stream, now, now)
    return table


def orphan_all(draft: StreamDraft, table: Table, now: float) -> Table:
    """End the destination of a deleted table, once the changes made until now are delivered."""
    key = destinations_key(table.id)
    left = []
    for each in decode_destinations(draft.read(key)):
        if each.live:
            table = _closed(draft, table, each, now)
            left.append(replace(each, state=DISABLING, until=now, orphaned=True))
    draft.catalog.values[key] = encode_destinations(left)
    return table


# --- By the delivery, under its lease ---------------------------------------------------------


async def set_active(database: Database, destination: Destination, lease: Lease) -> None:
    """Set ACTIVE, since its stream can be written to. Raises LeaseLost."""
    await _settle(database, destination, lease, state=ACTIVE)


async def set_enable_failed(
    database: Database, destination: Destination, lease: Lease, why: str
) -> None:
    """Set ENABLE_FAILED, since its stream cannot be used, and stop recording. Raises LeaseLost."""
    now = database.clock.now()
    key = destinations_key(destination.table_id)

    def decide(draft: StreamDraft) -> None:
        lease.check(draft.read(lease.key))
        table = draft.catalog.table(destination.table_name)
        if table is None or table.id != destination.table_id:
            return
        table = _closed(draft, table, destination, now)
        draft.catalog.put(table)
        _put(draft.catalog, destination, draft.read(key), state=ENABLE_FAILED, description=why)

    await change_table(database, destination.table_name, decide, also_read=(lease.key, key))


async def set_disabled(database: Database, destination: Destination, lease: Lease) -> None:
    """Set DISABLED, since all changes made before it are delivered. Raises LeaseLost."""
    now = database.clock.now()
    await _settle(database, destination, lease, state=DISABLED, until=now)


async def _settle(
    database: Database, destination: Destination, lease: Lease, **members: Any
) -> None:
    key = destinations_key(destination.table_id)

    def decide(draft: CatalogDraft) -> None:
        lease.check(draft.also_read[0])
        _put(draft, destination, draft.also_read[1], **members)

    await database.catalog.change((), decide, also_read=(lease.key, key))


def _put(
    draft: CatalogDraft, destination: Destination, stored: bytes | None, **members: Any
) -> None:
    known = decode_destinations(stored)
    after = [replace(each, **members) if each.uuid == destination.uuid else each for each in known]
    after = [each for each in after if each.live or not each.orphaned]
    draft.values[destinations_key(destination.table_id)] = encode_destinations(after)
    if members["state"] != ACTIVE:
        draft.values[destination_checkpoints_key(destination.uuid)] = None
