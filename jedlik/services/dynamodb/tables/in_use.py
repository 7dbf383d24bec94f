"""Which changes of a table have to wait for which, and how they are refused.

A table that is UPDATING is not locked: whether a change is refused depends on both changes. Which
ones wait for which, and the texts, are as the service answered in October 2026 (measured and
published by the authors of a controller for it). Deletion protection, encryption and warm
throughput wait for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from jedlik.base.errors import ResourceInUseException
from jedlik.services.dynamodb.tables.index_changes import IndexChange
from jedlik.services.dynamodb.tables.model import (
    ACTIVE,
    CAPACITY,
    CREATING,
    DELETING,
    STREAM,
    TABLE_CLASS,
    UPDATING,
    Table,
)
from jedlik.services.dynamodb.tables.waiting import IN_USE, has_to_wait

INDEX: Final = "index"
MAXIMA: Final = "maxima"
"""Changes that can wait besides those that a table is UPDATING for: indexes created or deleted,
and OnDemandThroughput."""

_WHILE_CAPACITY: Final = {
    CAPACITY: "Table IOPS are currently being updated. Table: {table}",
    STREAM: "Can't enable or disable stream while table IOPS are being updated. Table: {table}",
    TABLE_CLASS: "Can't update table class while table IOPS are being updated. Table: {table}",
    INDEX: "Can't create or delete indexes while table IOPS are being updated. Table: {table}",
    MAXIMA: "OnDemandThroughput cannot be updated while BillingMode update is in progress",
}
_STREAM: Final = ". Table: {table} Stream: {stream} Operation: {operation}"
_WHILE_STREAM: Final = {
    CAPACITY: "Can't change table IOPS when stream status is being updated" + _STREAM,
    STREAM: "A stream status change is currently in progress" + _STREAM,
    TABLE_CLASS: "Can't update table class when stream status is being updated" + _STREAM,
    INDEX: "Can't create or delete an index when stream status is being updated" + _STREAM,
    MAXIMA: "OnDemandThroughput cannot be updated while stream status update is in progress",
}
_CLASS: Final = (
    " when a table class update is in progress. Table: {table} "
    "TableClassUpdateInProgress: {table_class}"
)
_WHILE_CLASS: Final = {
    CAPACITY: "Can't change table IOPS" + _CLASS,
    STREAM: "Can't change stream status" + _CLASS,
    TABLE_CLASS: "Can't update table class" + _CLASS,
    INDEX: "Can't create or delete an index" + _CLASS,
    MAXIMA: "OnDemandThroughput cannot be updated while TableClass update is in progress. "
    "TableClassUpdateInProgress: {table_class}",
}
_BY_JOB: Final = {CAPACITY: _WHILE_CAPACITY, STREAM: _WHILE_STREAM, TABLE_CLASS: _WHILE_CLASS}
"""What is asked for in the meantime, and its refusal, by what the table is UPDATING for."""

_WHILE_INDEX: Final = {
    CAPACITY: "Can't change table IOPS when an index is being {word}. Table: {table} "
    "Indexes: [{names}]",
    STREAM: "Can't change stream status when an index is being {word}. Table: {table} "
    "Indexes: [{names}]",
    MAXIMA: "OnDemandThroughput cannot be updated while index {noun} is in progress for indexes: "
    "[{names}]",
}
_WORDS: Final = {CREATING: ("created", "creation"), DELETING: ("deleted", "deletion")}


def check_exists(table: Table, now: float) -> None:
    """Refuse a table that is still being created or already being deleted."""
    status = table.status(now)
    if status in _WORDS:
        _refuse(table, f"Table is being {_WORDS[status][0]}: {table.name}")


def check_changeable(
    table: Table, payload: Mapping[str, Any], changes: Sequence[IndexChange], now: float
) -> None:
    """Refuse an UpdateTable that has to wait. Raises ResourceInUseException."""
    check_exists(table, now)
    asked = _asked(payload, changes)
    job = table.job(now)
    for wanted in asked:
        if job and (wanted != CAPACITY or job == CAPACITY or _changes_capacity(table, payload)):
            _refuse(table, _BY_JOB[job][wanted].format(**_circumstances(table)))
    _check_indexes(table, payload, changes, asked, now)


def _asked(payload: Mapping[str, Any], changes: Sequence[IndexChange]) -> list[str]:
    asked = {
        CAPACITY: payload.get("ProvisionedThroughput") or payload.get("BillingMode"),
        STREAM: payload.get("StreamSpecification"),
        TABLE_CLASS: payload.get("TableClass"),
        INDEX: [change for change in changes if change.action != "Update"],
        MAXIMA: payload.get("OnDemandThroughput"),
    }
    return [change for change, member in asked.items() if member]


def _changes_capacity(table: Table, payload: Mapping[str, Any]) -> bool:
    """Whether the request would change the units or the billing mode."""
    mode = payload.get("BillingMode")
    return bool(payload.get("ProvisionedThroughput")) or mode not in (None, table.billing_mode)


def _circumstances(table: Table) -> dict[str, str]:
    stream = table.stream
    return {
        "table": table.name,
        "stream": "" if stream is None else stream.label,
        "operation": "ENABLE" if stream is not None and stream.closed_at is None else "DISABLE",
        "table_class": table.settings.get("TableClassSummary", {}).get("TableClass", ""),
    }


def _check_indexes(
    table: Table,
    payload: Mapping[str, Any],
    changes: Sequence[IndexChange],
    asked: Sequence[str],
    now: float,
) -> None:
    updated = {change.name for change in changes if change.action == "Update"}
    for status, (word, noun) in _WORDS.items():
        busy = [
            index.name
            for index in table.all_indexes
            if index.status(now) == status and (status == DELETING or not index.allocated(now))
        ]
        if status == DELETING and updated.intersection(busy):
            name = next(name for name in busy if name in updated)
            _refuse(table, f"Index is being deleted. Table: {table.name} Index: {name}")
        for wanted in asked if busy else ():
            if wanted not in _WHILE_INDEX:
                continue
            if wanted != CAPACITY or _changes_capacity(table, payload):
                names = ", ".join(busy)
                text = _WHILE_INDEX[wanted]
                _refuse(table, text.format(table=table.name, names=names, word=word, noun=noun))


def check_deletable(table: Table, now: float, *, leaving: bool = False) -> None:
    """Refuse to delete a table while any part of it changes. Raises ResourceInUseException.

    A table that is `leaving` its replicas may still be on its way to become one.
    """
    if table.filling and not leaving:
        # The same for a new replica, unlike everything below (measured).
        raise ResourceInUseException(f"{IN_USE}Table: {table.name} is being used.")
    if not leaving:
        check_exists(table, now)
    if any(index.status(now) != ACTIVE for index in table.all_indexes):
        _refuse(table, "Cannot delete table while indexes are being created, updated, or deleted.")
    if table.job(now) == STREAM:
        _refuse(table, "Cannot delete table while stream is being enabled/disabled.")
    warming = (table.warming, *(index.warming for index in table.indexes))
    if table.status(now) == UPDATING or any(rise and rise.goes_on(now) for rise in warming):
        _refuse(table, f"Table: {table.name} is in the process of being updated.")


def _refuse(table: Table, why: str) -> NoReturn:
    raise has_to_wait(table, why)
