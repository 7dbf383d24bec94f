"""The regions in which a table has replicas, according to its record.

The record in each region lists the others. A change begins in the record of the region that got the
request, in one commit with a job that carries it to the others (`membership_work`); changes from
other regions are entered here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from jedlik.base.errors import ResourceInUseException, ValidationException
from jedlik.kernel.due_work import Job
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.replicas import STRONG, UPDATING, Replica, Replication
from jedlik.services.dynamodb.tables.waiting import MEMBER_IN_USE

KIND: Final = "replica-change"
"""The kind of jobs that carry changes of membership and settings to the other regions."""
JOIN: Final = "join"
FILLED: Final = "filled"
LEAVE: Final = "leave"
GONE: Final = "gone"
APPLY: Final = "apply"
READS: Final = "reads"
KEY: Final = "key"
CLASS: Final = "class"
STRONGLY: Final = "strongly"
DETACH: Final = "detach"
EXPELLED: Final = "expelled"
"""What such a job does."""

UPKEEP: Final = "replication-upkeep"
"""The kind of jobs that delete what replication no longer needs (see `upkeep`)."""

DEPARTURE: Final = "replica-departure"
"""The kind of jobs that delete tables which still send their last changes."""
DRAIN_SECONDS: Final = 0.5
"""Seconds until it is checked again whether a region has sent its last changes."""

EXPELLED_REGIONS: Final = "ExpelledRegions"
"""The name, among a table's settings, of the regions that were taken out and of the group that they
were in; never shown."""

OWN_KEY: Final = "KMSMasterKeyId"
"""The name, among a replica's settings, of the key under which it is encrypted."""

OWN_CLASS: Final = "TableClassOverride"
"""The name, among a replica's settings, of its table class."""

SOURCE_SECONDS: Final = 86_400.0
"""How long a region from which a replica was made cannot be removed before that replica."""

SOURCE: Final = (
    "Replica cannot be deleted because it has acted as a source region for new replica(s) being "
    "added to the table in the last 24 hours."
)
ONLY_ONE: Final = (
    "Deletion of only one table replica is not supported for global tables with "
    "MultiRegionConsistency set to STRONG."
)
NO_TTL: Final = (
    "Time To Live is not supported for global tables with MultiRegionConsistency set to STRONG."
)


def upkeep_job(table: Table, due: float) -> Job:
    """The job that a table has as long as it has replicas."""
    return Job(UPKEEP, table.name, due).again(id=table.id)


def change_job(table: str, what: str, region: str, now: float, **members: Any) -> Job:
    """A job that carries a change of a table to the other regions. `region` is the one that the
    change concerns, or `*`."""
    return Job(KIND, f"{table}/{region}/{what}", now).again(
        table=table, what=what, region=region, **members
    )


def put(draft: CatalogDraft, table: Table, replication: Replication, now: float) -> Table:
    """The table with these replicas, noted in the draft. If none are left, the table no longer
    replicates, and the data that it kept for that is purged."""
    if not replication.replicas:
        assert table.replication is not None
        draft.purge(table.id, replication.log)
        changed = replace(table, replication=None)
    else:
        changed = replace(table, replication=replication)
        if table.replication is None:
            draft.values |= upkeep_job(changed, now).puts()
    draft.put(changed)
    return changed


def without_member(
    draft: CatalogDraft, table: Table, replication: Replication, region: str, now: float
) -> Table:
    """The table without a replica; noted in the draft. A table that is being deleted and has no
    replicas left has nothing to wait for."""
    left = replication.without_replica(region)
    if left.replicas or not left.leaving:
        return put(draft, table, left, now)
    alone = replace(table, replication=left)
    draft.put(alone)
    draft.values |= Job(DEPARTURE, table.name, now).again(id=table.id).puts()
    return alone


def gone_job(table: Table, now: float, *, heal: bool = False) -> Job:
    """The job that tells the other members that this region is no longer one of them; with `heal`
    if its last writes may have come to only some of them."""
    replication = table.replication
    assert replication is not None
    members = [each.region for each in replication.replicas]
    return change_job(
        table.name, GONE, "*", now, group=replication.group, members=members, heal=heal
    )


def leave(draft: CatalogDraft, table: Table, now: float, *, announced: bool) -> Table:
    """The table closed to clients until all others have its changes; noted in the draft. If this
    region is to announce its deletion (`announced`), a job then deletes it. Otherwise another
    region deletes it, by asking again."""
    replication = table.replication
    assert replication is not None
    if replication.leaving:
        return table
    leaving = replace(table, replication=replace(replication, leaving=True))
    draft.put(leaving)
    if announced:
        draft.values |= Job(DEPARTURE, table.name, now).again(id=table.id).puts()
    return leaving


def share(
    draft: CatalogDraft,
    table: Table,
    operation: str,
    payload: Mapping[str, Any],
    now: float,
    own_reads: Sequence[str] = (),
) -> Table:
    """The table while a change that was made here is repeated in all other regions; noted in the
    draft. A table without replicas stays as it is. The read capacity under the names `own_reads`
    (see `read_units`) is left to each region."""
    replication = table.replication
    if replication is None:
        return table
    for replica in replication.replicas:
        replication = replication.with_replica(replace(replica, status=UPDATING, since=now))
    asked = {**payload, "TableName": table.name}
    job = change_job(
        table.name, APPLY, "*", now,
        group=replication.group, operation=operation, payload=asked, own_reads=list(own_reads),
    )  # fmt: skip
    draft.values |= job.puts()
    return replace(table, replication=replication)


def tell_key(draft: CatalogDraft, table: Table, now: float) -> None:
    """Note in the draft that the other regions are to be told the table's own key."""
    if table.replication is not None:
        job = change_job(table.name, KEY, "*", now, group=table.replication.group)
        draft.values |= job.puts()


def check_member_changeable(table: Table) -> None:
    """Refuse a change of a table whose replicas are being changed. Raises ResourceInUseException,
    with the text for tables with replicas."""
    if table.replication is not None and table.replication.changing:
        raise ResourceInUseException(MEMBER_IN_USE)


def check_member_deletable(table: Table, now: float) -> None:
    """Refuse to delete a table that others need or that is being changed. Raises
    ValidationException and ResourceInUseException."""
    replication = table.replication
    if replication is None:
        return
    if replication.consistency == STRONG:
        raise ValidationException(ONLY_ONE)
    if is_source(table, now):
        raise ValidationException(SOURCE)
    if not replication.joining:
        check_member_changeable(table)


def is_source(table: Table, now: float) -> bool:
    """Whether others were recently made from a table, so that it cannot be removed."""
    return table.replication is not None and any(
        each.made_at is not None and now - each.made_at < SOURCE_SECONDS
        for each in table.replication.replicas
    )


def of_group(draft: CatalogDraft, name: str, group: str) -> tuple[Table, Replication] | None:
    """The table of that name with its replication, if it belongs to the group."""
    table = draft.table(name)
    replication = None if table is None else table.replication
    if table is None or replication is None or replication.group != group:
        return None
    return table, replication


async def activate(database: Database, name: str, region: str) -> None:
    """Note that a replica has everything that its table held when it was added. It is shown as
    active once all regions know."""
    now = database.clock.now()

    def change(draft: CatalogDraft) -> None:
        table = draft.table(name)
        replication = None if table is None else table.replication
        replica = None if replication is None else replication.replica(region)
        if table is None or replication is None or replica is None or not replica.fill:
            return
        filled = replication.with_replica(replace(replica, fill=False))
        put(draft, table, filled, now)
        job = change_job(name, FILLED, region, now, group=replication.group)
        draft.values |= job.puts()

    await database.catalog.change((name,), change)
    database.wake_workers()


async def set_member(
    database: Database,
    name: str,
    group: str,
    replica: Replica | None,
    region: str,
    lease: Lease | None = None,
) -> bool:
    """Enter a replica in another region into the record of a table, or (None) remove it; returns
    whether such a table exists. Raises LeaseLost."""
    now = database.clock.now()

    def change(draft: CatalogDraft) -> bool:
        if lease is not None:
            lease.check(draft.also_read[0])
        found = of_group(draft, name, group)
        if found is None:
            return False
        table, replication = found
        if replica is None:
            without_member(draft, table, replication, region, now)
        else:
            entered = _with_announced(replica, replication.replica(region))
            put(draft, readmitted(table, region), replication.with_replica(entered), now)
        return True

    also_read: Sequence[bytes] = () if lease is None else (lease.key,)
    return await database.catalog.change((name,), change, also_read=also_read)


def _with_announced(replica: Replica, known: Replica | None) -> Replica:
    """The replica with the key and class that its own region announced, which are newer than what
    others know."""
    if known is None:
        return replica
    names = known.settings.keys() & {OWN_KEY, OWN_CLASS}
    own = {name: known.settings[name] for name in names}
    settings = {**replica.settings, **own}
    return replace(replica, settings=settings, class_since=known.class_since)


def readmitted(table: Table, region: str) -> Table:
    """The table with a region removed from those that were taken out."""
    expelled = table.settings.get(EXPELLED_REGIONS, {})
    if region not in expelled:
        return table
    left = {name: group for name, group in expelled.items() if name != region}
    return replace(table, settings={**table.settings, EXPELLED_REGIONS: left})
