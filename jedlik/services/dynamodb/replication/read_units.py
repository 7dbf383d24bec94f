"""Read capacity of tables with replicas: shared, unless a region has its own.

All regions follow a client's change, which ends their own values. A change by auto scaling in one
region, or by UpdateTable of one replica, applies to that region alone: from then on it and the
others show each other's values as overrides (answers of the service: a replica is pinned to its
value when auto scaling changes its source). Each region reports its own values; an override that
equals the table's value is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from jedlik.services.dynamodb.tables.model import PROVISIONED, Table
from jedlik.services.dynamodb.tables.replicas import Replica

Reads = dict[str, int]
"""Read capacity units of the table, under an empty name, and of global indexes under theirs."""

TABLE: Final = ""
_UNITS: Final = "ProvisionedThroughput"
_OVERRIDE: Final = "ProvisionedThroughputOverride"
_INDEXES: Final = "GlobalSecondaryIndexes"
_READS: Final = "ReadCapacityUnits"


def reads_of(table: Table) -> Reads:
    """The read capacity units of a table; empty if on demand."""
    if table.billing_mode != PROVISIONED:
        return {}
    indexes = {each.name: each.settings[_UNITS][_READS] for each in table.indexes if not each.local}
    return {TABLE: table.settings[_UNITS][_READS], **indexes}


def changed_reads(before: Table, after: Table) -> frozenset[str]:
    """The names under which a table's read capacity has changed. All of it has if the table changes
    between provisioned and on demand."""
    old, new = reads_of(before), reads_of(after)
    return frozenset(name for name in old.keys() | new if old.get(name) != new.get(name))


def kept_apart(before: Table, after: Table) -> Table:
    """The table after its read capacity was changed in this region alone."""
    old = reads_of(before)
    return _with_overrides(after, lambda replica: old | _overrides(replica))


def followed(before: Table, after: Table) -> Table:
    """The table after a change that all regions follow: no region keeps its own values of it."""
    changed = changed_reads(before, after)
    if not changed:
        return after

    def left(replica: Replica) -> Reads:
        found = _overrides(replica)
        return {name: units for name, units in found.items() if name not in changed}

    return _with_overrides(after, left)


def with_reads_of(table: Table, region: str, reads: Reads) -> Table:
    """The table with a replica's read capacity noted."""
    return _with_overrides(
        table, lambda replica: reads if replica.region == region else _overrides(replica)
    )


def with_own_reads(table: Table, payload: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """An UpdateTable request that does not change this region's read capacity of these names."""
    own = reads_of(table)
    changed = dict(payload)
    if TABLE in names and TABLE in own and _UNITS in changed:
        changed[_UNITS] = {**changed[_UNITS], _READS: own[TABLE]}
    changes = changed.get("GlobalSecondaryIndexUpdates")
    if changes:
        changed["GlobalSecondaryIndexUpdates"] = [
            _with_own_index_reads(each, own, names) for each in changes
        ]
    return changed


def _with_own_index_reads(
    change: dict[str, Any], own: Reads, names: Collection[str]
) -> dict[str, Any]:
    update = change.get("Update")
    if update is None or _UNITS not in update or update["IndexName"] not in own.keys() & set(names):
        return change
    units = {**update[_UNITS], _READS: own[update["IndexName"]]}
    return {**change, "Update": {**update, _UNITS: units}}


def seen_from(replica: Replica, table: Table) -> dict[str, Any]:
    """The settings of this region's own replica, as seen by one that is made with overrides."""
    made_with, own = _overrides(replica), reads_of(table)
    return _settings({}, own, {**own, **made_with})


def _overrides(replica: Replica) -> Reads:
    """The known read capacity of a replica, if it differs from the table's."""
    settings = replica.settings
    found = {each["IndexName"]: each for each in settings.get(_INDEXES, ())}
    found[TABLE] = settings
    return {name: each[_OVERRIDE][_READS] for name, each in found.items() if each.get(_OVERRIDE)}


def _with_overrides(table: Table, known: Callable[[Replica], Reads]) -> Table:
    replication = table.replication
    if replication is None:
        return table
    own = reads_of(table)
    for replica in replication.replicas:
        settings = _settings(replica.settings, known(replica), own)
        if settings != replica.settings:
            replication = replication.with_replica(replace(replica, settings=settings))
    return replace(table, replication=replication)


def _settings(settings: dict[str, Any], reads: Reads, own: Mapping[str, int]) -> dict[str, Any]:
    """Settings of a replica with this read capacity, if it differs from the table's."""
    overrides = {
        name: {_OVERRIDE: {_READS: reads[name]}}
        for name in own
        if reads.get(name, own[name]) != own[name]
    }
    changed = {name: value for name, value in settings.items() if name not in (_OVERRIDE, _INDEXES)}
    changed |= overrides.pop(TABLE, {})
    others = {each["IndexName"]: each for each in settings.get(_INDEXES, ())}
    indexes = []
    for name in dict.fromkeys((*others, *overrides)):
        rest = {key: value for key, value in others.get(name, {}).items() if key != _OVERRIDE}
        index = {"IndexName": name, **rest, **overrides.get(name, {})}
        if len(index) > 1:
            indexes.append(index)
    return changed | ({_INDEXES: indexes} if indexes else {})
