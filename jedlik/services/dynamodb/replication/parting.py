"""How a region separates from a global table while both keep their items: the region requests it,
or it cannot be reached permanently and the others go on without it.

*A region that asks* (Disassociate) and the others first exchange their changes. Each other region
sends it everything written there up to the request, then stops sending. Once it has done the same
for them, it is a table by itself. Writes continue meanwhile, so the last of them may have come to
only some of the others. These then send each other their tables as a whole (`heal`), and since the
later writer wins, all of them end up with the same items.

*A region that is lost* is expelled by one of the others: they no longer wait for its changes, and
drop those that wait for it. The others send each other everything, for the same reason. They record
in the settings of the table which regions they have expelled. If such a region comes back and sends
a greeting, the answer says so, and it is a table by itself from then on. The service expels a
region that is disabled, or whose replica's key cannot be used, for 20 hours; here a region counts
as disabled if it is neither one of the server nor a peer of it. The server keeps waiting for a peer
that does not answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from jedlik.base.errors import ResourceNotFoundException, ValidationException
from jedlik.kernel.due_work import Job
from jedlik.kernel.keyspaces import SENT, table_log_prefix
from jedlik.services.dynamodb.database.catalog import CatalogDraft, table_not_found
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.replication_log import (
    OpenReplication,
    Position,
    last_position,
)
from jedlik.services.dynamodb.replication.draining import is_drained
from jedlik.services.dynamodb.replication.membership import (
    DETACH,
    EXPELLED,
    EXPELLED_REGIONS,
    change_job,
    gone_job,
    of_group,
    put,
    without_member,
)
from jedlik.services.dynamodb.replication.progress import (
    Fill,
    Sent,
    decode_sent,
    encode_sent,
    sent_key,
)
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.replicas import (
    REGION_DISABLED,
    STRONG,
    UPDATING,
    Replica,
    Replication,
)
from jedlik.values.keybytes import successor

INACCESSIBLE_SECONDS: Final = 20 * 3600.0
"""How long a region must be inaccessible before it is expelled (API reference,
ReplicaDescription)."""

NOT_OF_STRONG: Final = "The regions of a strongly consistent table are on one server."


async def heal(database: Database, table: Table, replication: Replication) -> None:
    """Send a table as a whole to all of its other regions."""
    prefix = table_log_prefix(SENT, table.id, replication.log)
    keys = [key for key, _ in (await database.store.range(prefix, successor(prefix))).rows]

    def change(draft: CatalogDraft) -> None:
        # In the catalog's commit: senders look for such tables when its version changes.
        for key, sent in zip(keys, map(decode_sent, draft.also_read), strict=True):
            if sent is not None:
                draft.values[key] = encode_sent(sent._replace(fill=Fill()))

    await database.catalog.change((), change, also_read=keys)
    database.wake_workers()


# --- A region that asks to part -------------------------------------------------------------------


async def release(database: Database, name: str, group: str, region: str) -> bool:
    """Send a region that separates everything written here up to its first request, then no more;
    returns whether that is done."""
    now = database.clock.now()
    await database.catalog.refresh()
    table = await database.catalog.find(name)
    replication = None if table is None else table.model.replication
    replica = None if replication is None else replication.replica(region)
    if table is None or replication is None or replica is None or replication.group != group:
        return True
    log = table.replication
    if replica.parting or log is None:
        return True
    keys = (*log.number_keys, sent_key(table.id, log.id, region))

    def change(draft: CatalogDraft) -> bool:
        found = of_group(draft, name, group)
        current = None if found is None else found[1].replica(region)
        if found is None or current is None:
            return True
        *numbers, stored = draft.also_read
        cut = current.cut or last_position(numbers)
        done = _has(decode_sent(stored), cut)
        changed = replace(current, status=UPDATING, since=now, cut=cut, parting=done)
        if changed != replace(current, since=now):
            put(draft, found[0], found[1].with_replica(changed), now)
        return done

    return await database.catalog.change((name,), change, also_read=keys)


def _has(sent: Sent | None, cut: Position) -> bool:
    """Whether a region has all of a log up to a position."""
    return sent is not None and sent.fill is None and all(map(int.__ge__, sent.position, cut))


async def finish_parting(database: Database, table: Table) -> bool:
    """Make the table independent if all others have its log up to its end at the time of the
    request; returns whether it is. Later writes may have come to only some of the others, which
    then must send each other everything."""
    replication = table.replication
    assert replication is not None
    now = database.clock.now()
    log = OpenReplication(table.id, replication.log)
    regions = [each.region for each in replication.replicas]
    sent_keys = [sent_key(table.id, log.id, region) for region in regions]
    keys = (*log.number_keys, *sent_keys)

    def change(draft: CatalogDraft) -> bool:
        found = of_group(draft, table.name, replication.group)
        cut = None if found is None else found[1].detaching
        if found is None or cut is None:
            return True
        read = dict(zip(keys, draft.also_read, strict=True))
        if not all(_has(decode_sent(read[key]), cut) for key in sent_keys):
            return False
        drained = is_drained(found[0], read)
        draft.values |= gone_job(found[0], now, heal=not drained).puts()
        put(draft, found[0], _alone(found[1]), now)
        return True

    done = await database.catalog.change((table.name,), change, also_read=keys)
    database.wake_workers()
    return done


def _alone(replication: Replication) -> Replication:
    return replace(replication, replicas=(), witnesses=(), detaching=None)


# --- A region that is lost ------------------------------------------------------------------------


async def expel(database: Database, name: str, region: str) -> None:
    """Take a region out of a global table without waiting for it. Raises
    ResourceNotFoundException and ValidationException."""
    now = database.clock.now()

    def change(draft: CatalogDraft) -> None:
        table = draft.table(name)
        if table is None:
            raise table_not_found(name)
        replication = table.replication
        if replication is None or replication.replica(region) is None:
            raise ResourceNotFoundException(f"{name} has no replica in {region}")
        if replication.consistency == STRONG:
            raise ValidationException(NOT_OF_STRONG)
        after = enter_expulsion(draft, table, replication, region, now)
        if after.replication is not None:
            job = change_job(name, EXPELLED, region, now, group=replication.group)
            draft.values |= job.puts()

    await database.catalog.refresh()
    await database.catalog.change((name,), change)
    database.wake_workers()


def enter_expulsion(
    draft: CatalogDraft, table: Table, replication: Replication, region: str, now: float
) -> Table:
    """The table without a region, which is remembered; noted in the draft."""
    expelled = {**table.settings.get(EXPELLED_REGIONS, {}), region: replication.group}
    table = replace(table, settings={**table.settings, EXPELLED_REGIONS: expelled})
    return without_member(draft, table, replication, region, now)


async def take_out(
    database: Database, name: str, group: str, region: str, *, expelled: bool, healing: bool
) -> None:
    """Take out a region that, according to another one, has left or was expelled; send the others
    everything if its changes may have come to only some of them."""
    now = database.clock.now()

    def change(draft: CatalogDraft) -> Table | None:
        found = of_group(draft, name, group)
        if found is None or found[1].replica(region) is None:
            return None
        if expelled:
            return enter_expulsion(draft, *found, region, now)
        return without_member(draft, *found, region, now)

    after = await database.catalog.change((name,), change)
    if healing and after is not None and after.replication is not None:
        await heal(database, after, after.replication)


def has_expelled(table: OpenTable, region: str) -> bool:
    """Whether a region was taken out of the global table that a table is, or was, part of."""
    return region in table.model.settings.get(EXPELLED_REGIONS, {})


async def accept_expulsion(database: Database, name: str, region: str) -> None:
    """This region was taken out by another one: remove that one here too."""
    now = database.clock.now()

    def change(draft: CatalogDraft) -> None:
        table = draft.table(name)
        replication = None if table is None else table.replication
        if table is not None and replication is not None and replication.replica(region):
            without_member(draft, table, replication, region, now)

    await database.catalog.change((name,), change)
    database.wake_workers()


# --- Regions that cannot be reached for good ------------------------------------------------------


async def note_inaccessible(database: Database, name: str, region: str, status: str | None) -> None:
    """Note that changes cannot be sent to a replica, and why; or that they can again (None)."""
    now = database.clock.now()

    def change(draft: CatalogDraft) -> None:
        table = draft.table(name)
        replication = None if table is None else table.replication
        replica = None if replication is None else replication.replica(region)
        if table is None or replication is None or replica is None:
            return
        if replica.inaccessible != status:
            since = None if status is None else now
            noted = replace(replica, inaccessible=status, inaccessible_since=since)
            put(draft, table, replication.with_replica(noted), now)

    await database.catalog.change((name,), change)


async def note_reach(database: Database, table: Table) -> None:
    """Note which regions of a table are neither this server's nor peers, and expel those that have
    been inaccessible for too long."""
    replication = table.replication
    if replication is None or replication.consistency == STRONG:
        return
    now = database.clock.now()
    for replica in replication.replicas:
        disabled = replica.region not in database.links
        if disabled and replica.inaccessible is None:
            await note_inaccessible(database, table.name, replica.region, REGION_DISABLED)
        elif not disabled and replica.inaccessible == REGION_DISABLED:
            await note_inaccessible(database, table.name, replica.region, None)
        elif _too_long(replica, now):
            await expel(database, table.name, replica.region)


def _too_long(replica: Replica, now: float) -> bool:
    since = replica.inaccessible_since
    return since is not None and now - since >= INACCESSIBLE_SECONDS


def parting_job(table: Table, now: float) -> Job:
    """The job of a region that separates from the others."""
    assert table.replication is not None
    return change_job(table.name, DETACH, "*", now, group=table.replication.group)
