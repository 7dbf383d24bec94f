"""Applying the changes of another region.

They are written like all writes (see `items.write`), a few dozen in a task, and each is applied
only if it is later than the present version. So index entries, counters, stream records and expiry
entries follow, and a batch that comes twice, or late, changes nothing the second time. How far the
sender has come is noted with the last of the changes: a small batch is one commit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from jedlik.base.errors import AccessDeniedException
from jedlik.base.together import together
from jedlik.kernel.catalog_version import MAX_RESTARTS, CatalogChanged, ChecksCatalog
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.items.actions import Action, ConditionGuard, Delete, Put
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.write import (
    Outcome,
    WriteItems,
    all_or_nothing,
    commit_writes,
)
from jedlik.services.dynamodb.metering.table_meter import GLOBAL_TABLE, REPLICATION
from jedlik.services.dynamodb.recording.replication_log import OpenReplication, Position
from jedlik.services.dynamodb.recording.versions import MICROSECONDS
from jedlik.services.dynamodb.regions.messages import (
    Batch,
    Change,
    Greeting,
    KeyInaccessible,
    Log,
    PositionMismatch,
    Receipt,
    ReplicaExpelled,
    ReplicaRefused,
    Welcome,
)
from jedlik.services.dynamodb.replication.parting import has_expelled
from jedlik.services.dynamodb.replication.progress import (
    Applied,
    Fill,
    applied_key,
    decode_applied,
    decode_sent,
    encode_applied,
    encode_sent,
    incarnation,
    sent_key,
)
from jedlik.services.dynamodb.sealing.key_failures import KeyDisabled
from jedlik.services.dynamodb.tables.model import DELETING
from jedlik.storage.engine import Changes, Value, WriteTask
from jedlik.storage.failures import StorageUnavailable
from jedlik.values.image import Image

MAX_AHEAD_MICROSECONDS: Final = 100 * 365 * 86400 * MICROSECONDS
"""Microseconds by which a version may be ahead of this region's clock. A clock is further ahead
only by malice. Writes after such a version are slightly later still. Since the limit advances with
the clock, other regions accept them after a moment, and no log gets stuck."""
ITEMS_A_TASK: Final = 32
TASKS_AT_ONCE: Final = 8

_log = logging.getLogger(__name__)
_DELETE: Final = Delete(ConditionGuard(None))
_UNCONDITIONAL: Final = ConditionGuard(None)


class FoundReplica(NamedTuple):
    """A table that has a replica in another region, and its log."""

    table: OpenTable
    log: OpenReplication

    def applied_key(self, region: str) -> bytes:
        """The key of the record of how far a region's changes have come here."""
        return applied_key(self.table.id, self.log.id, region)


async def find_replica(database: Database, name: str, region: str) -> FoundReplica:
    """The table of that name. Raises ReplicaRefused if it is not a replica of one in `region`."""
    table = await database.catalog.find(name)
    model = None if table is None else table.model.replication
    own = database.arns.region
    if table is not None and has_expelled(table, region):
        raise ReplicaExpelled(f"{own} has taken {region} out of the global table {name}")
    if table is None or table.replication is None or model is None:
        raise ReplicaRefused(f"{own} has no replica of {name}")
    if table.model.status(database.clock.now()) == DELETING and not model.leaving:
        raise ReplicaRefused(f"{name} is being deleted in {own}")
    if model.replica(region) is None:
        raise ReplicaRefused(f"{own} does not know {region} as a region of {name}")
    return FoundReplica(table, table.replication)


def microseconds(database: Database) -> int:
    """The clock's time in microseconds since the epoch."""
    return int(database.clock.now() * MICROSECONDS)


# --- Greetings --------------------------------------------------------------------------------


class _Greet:
    """Write task: record a sender's log as known, and detect whether it is another one."""

    def __init__(self, applied: bytes, sent: bytes, greeting: Greeting, now: int) -> None:
        self._greeting = greeting
        self._now = now
        self.keys = (applied, sent)

    def decide(self, values: Sequence[Value]) -> Changes[Applied | None]:
        """The previous record of the log, None if there was none."""
        greeting = self._greeting
        applied, sent = decode_applied(values[0]), decode_sent(values[1])
        if applied is None or applied.log != greeting.log:
            begun = Applied(greeting.log, greeting.begin, at=self._now)
            return Changes({self.keys[0]: encode_applied(begun)}, None)
        changes: dict[bytes, Value] = {}
        if is_behind(greeting.last, applied.position):
            # Its store is an older copy: its later writes are here but not there.
            back = applied._replace(position=tuple(map(min, applied.position, greeting.last)))
            changes[self.keys[0]] = encode_applied(back)
            if sent is not None:
                changes[self.keys[1]] = encode_sent(sent._replace(fill=Fill()))
        return Changes(changes, applied)


def is_behind(position: Position, other: Position) -> bool:
    """Whether a position is before another one in any shard."""
    return any(map(int.__lt__, position, other))


async def answer_greeting(database: Database, greeting: Greeting) -> Welcome:
    """The answer to a greeting. Raises ReplicaRefused."""
    replica = await find_replica(database, greeting.table, greeting.region)
    table_id, log_id = replica.table.id, replica.log.id
    now = microseconds(database)
    sent = sent_key(table_id, log_id, greeting.region)
    task = _Greet(replica.applied_key(greeting.region), sent, greeting, now)
    known = await database.store.write(task)
    if known is not None and is_behind(greeting.last, known.position):
        _log.warning(
            "the store of %s is an older copy: its changes of the table %s had come to %s, "
            "and its log ends at %s. It will be sent everything that the table holds here",
            *(greeting.region, greeting.table, known.position, greeting.last),
        )
    position = None if known is None else tuple(map(min, known.position, greeting.last))
    own = Log(await incarnation(database), log_id)
    at = 0 if known is None else known.at
    return Welcome(database.arns.region, own, position, at, now)


# --- Batches ----------------------------------------------------------------------------------


class _Advance:
    """Write task: note how far a region's changes have come."""

    def __init__(self, key: bytes, batch: Batch, now: int) -> None:
        self._batch = batch
        self._now = now
        self.keys = (key,)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        batch = self._batch
        applied = decode_applied(values[0])
        if applied is None or applied.log != batch.log:
            return Changes({}, None)  # there was another greeting meanwhile
        after = applied._replace(
            position=applied.position
            if batch.span is None
            else tuple(map(max, applied.position, batch.span.upto)),
            # A time of a clock that runs ahead does not cover writes made once it is corrected.
            complete_at=max(applied.complete_at, min(batch.complete_at, self._now)),
            at=self._now,
        )
        return Changes({self.keys[0]: encode_applied(after)}, None)


class _AndAdvance(ChecksCatalog):
    """Write task: the last changes of a batch, and the end of its span. Its result is that of the
    changes."""

    def __init__(self, task: WriteTask[list[Outcome]], advance: _Advance) -> None:
        self._task = task
        self._advance = advance
        self.keys = (*task.keys, *advance.keys)

    def decide(self, values: Sequence[Value]) -> Changes[list[Outcome]]:
        """See WriteTask."""
        decided = self._task.decide(values[:-1])
        noted = self._advance.decide(values[-1:])
        return Changes({**decided.values, **noted.values}, decided.result)


async def receive(database: Database, batch: Batch) -> Receipt:
    """Apply those changes of a batch that are later than the present versions.

    Raises ReplicaRefused, and PositionMismatch if batches before this one are missing.
    """
    for _ in range(MAX_RESTARTS):
        try:
            return await _receive(database, batch)
        except CatalogChanged:
            continue
        except (AccessDeniedException, KeyDisabled) as error:
            raise KeyInaccessible(f"{database.arns.region}: {error.message}") from error
    raise StorageUnavailable(f"the catalog changed {MAX_RESTARTS} times meanwhile")


async def _receive(database: Database, batch: Batch) -> Receipt:
    replica = await find_replica(database, batch.table, batch.region)
    key = replica.applied_key(batch.region)
    (stored,) = await database.store.read((key,))
    applied = decode_applied(stored)
    if applied is None or applied.log != batch.log:
        raise PositionMismatch
    if batch.span is not None and is_behind(applied.position, batch.span.after):
        raise PositionMismatch
    now = microseconds(database)
    if any(change.version.time > now + MAX_AHEAD_MICROSECONDS for change in batch.changes):
        raise ReplicaRefused(
            f"{batch.region} sends what was written more than 100 years ahead of the clock of "
            f"{database.arns.region}"
        )
    advance = _Advance(key, batch, now)
    *rest, last = _tasks_of(replica.table, batch.changes)
    carried_out = 0
    for start in range(0, len(rest), TASKS_AT_ONCE):
        some = [_commit(database, writes) for writes in rest[start : start + TASKS_AT_ONCE]]
        carried_out += sum(await together(some))
    if last:
        carried_out += await _commit(database, last, lambda task: _AndAdvance(task, advance))
    else:
        await database.store.write(advance)
    return Receipt(carried_out, now)


def _tasks_of(table: OpenTable, changes: Sequence[Change]) -> list[list[ItemWrite]]:
    """Changes of different items as the writes of tasks; at least one task."""
    writes = [_write(table, change) for change in changes]
    starts = range(0, max(1, len(writes)), ITEMS_A_TASK)
    return [writes[start : start + ITEMS_A_TASK] for start in starts]


async def _commit(
    database: Database,
    writes: Sequence[ItemWrite],
    around: Callable[[WriteItems[list[Outcome]]], WriteTask[list[Outcome]]] | None = None,
) -> int:
    """Apply changes; returns how many were later than the present versions."""
    outcomes = await commit_writes(database, writes, all_or_nothing, None, around)
    carried_out = [outcome for outcome in outcomes if outcome.old is not outcome.new]
    for outcome in carried_out:
        outcome.meter(REPLICATION, source=GLOBAL_TABLE)
    return len(carried_out)


def _write(table: OpenTable, change: Change) -> ItemWrite:
    action: Action = _DELETE
    if change.stored is not None:
        action = Put(Image(change.stored), _UNCONDITIONAL)
    return ItemWrite(table, table.prefix + change.item, action, version=change.version)
