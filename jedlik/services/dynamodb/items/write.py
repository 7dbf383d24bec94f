"""Writing items: one task of the engine for any number of items.

A task declares the catalog's version, the items' keys and one counter record per table. The changes
of index entries, counters, stream records, expiry entries and the logs of recovery and replication
follow from the images before and after. Every API operation that writes items ends here, and so do
the writes of other regions. `WriteItems` is the one task. A policy says what the error of one write
does to the others (`all_or_nothing` here, one for batches and one for transactions in their
modules).

For tables with an index that is being backfilled, see `prefetching`; for decisions that take too
long to be made under the engine's lock, see `long_decisions`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from jedlik.base.errors import FailedCheck, ServiceError
from jedlik.base.places import Caller
from jedlik.kernel.catalog_version import CatalogChanged, ChecksCatalog
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.capacity.units import Consumption, write_units
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenIndex, OpenTable
from jedlik.services.dynamodb.items.actions import Action, Delete
from jedlik.services.dynamodb.items.bills import Bill, HeldBack, check_indexes
from jedlik.services.dynamodb.items.index_entries import IndexWrite, write_entries
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.long_decisions import (
    ATTEMPTS,
    NONE_MADE,
    SHORT,
    Decisions,
    Undecided,
    decide,
    work_of,
)
from jedlik.services.dynamodb.items.prefetching import ReadSetChanged, prefetch
from jedlik.services.dynamodb.items.vector_reads import VectorReads
from jedlik.services.dynamodb.metering.contributors import WRITE_WEIGHT, Contributors
from jedlik.services.dynamodb.metering.table_meter import CUSTOMER
from jedlik.services.dynamodb.recording.open_log import ChangeLogger, OpenLog
from jedlik.services.dynamodb.recording.open_stream import OpenShard, Recorder
from jedlik.services.dynamodb.recording.replication_log import OpenReplication
from jedlik.services.dynamodb.recording.vector_entries import OpenVectorIndex
from jedlik.services.dynamodb.recording.vector_log import VectorLogger
from jedlik.services.dynamodb.recording.version_recorder import VersionRecorder
from jedlik.services.dynamodb.recording.versions import Version
from jedlik.services.dynamodb.tables.figures import Tally
from jedlik.services.dynamodb.tables.model import TABLE_INDEX_ID
from jedlik.storage.engine import Changes, Value, WriteTask
from jedlik.storage.failures import StorageUnavailable
from jedlik.values.image import Image

ResultT = TypeVar("ResultT")
WrappedT = TypeVar("WrappedT")

MAX_ATTEMPTS: Final = 64
"""How often items are read, if others keep changing them, before the write fails. Each attempt
fails only because another write has succeeded."""


class Outcome(NamedTuple):
    """The result of a write to one item."""

    table: OpenTable
    old: Image | None
    new: Image | None
    index_writes: list[IndexWrite]

    def table_units(self) -> float:
        """The write units consumed on the table itself, outside a transaction."""
        return write_units(self.size)

    def meter(self, operation: str, factor: float = 1.0, source: str = CUSTOMER) -> None:
        """Count on the table's meter the units that an operation consumed by this write, and their
        `source` if the table has replicas. `factor` is 2 in transactions, for the table only, as in
        `consumption`."""
        old, new, counted = self.old, self.new, self.table.meter
        size = max(0 if old is None else old.size, 0 if new is None else new.size)
        own = factor * write_units(size)
        for index, units, _ in self.index_writes:
            if isinstance(index, OpenVectorIndex):
                counted.count_vectors_written(index.name, units)
            elif index.model.local:
                own += units
            else:
                counted.index(index.name).writes[operation](units)
        counted.own.writes[operation](own)
        if self.table.replication is not None:
            counted.source(source)(own)
        if counted.contributors is not None and counted.contributors.due():
            self._contribute(counted.contributors, own)

    def _contribute(self, contributors: Contributors, own: float) -> None:
        image = self.new or self.old
        if image is not None:
            contributors.count_use(image.joined, WRITE_WEIGHT * own)
            for index, units, _ in self.index_writes:
                # Contributor insights do not cover vector indexes.
                if isinstance(index, OpenIndex) and not index.model.local:
                    contributors.count_use(image.joined, WRITE_WEIGHT * units, index.name)

    def consumption(self, *, transactional: bool = False) -> Consumption:
        """The write units consumed. A transaction consumes twice those of the table, and once those
        of its indexes (answers of the service)."""
        factor = 2.0 if transactional else 1.0
        consumption = Consumption(factor * self.table_units())
        for index, units, _ in self.index_writes:
            if isinstance(index, OpenVectorIndex):
                consumption.add_vector_bytes(index.name, units)
            else:
                consumption.add_index(index.name, local=index.model.local, units=units)
        return consumption

    @property
    def size(self) -> int:
        """Bytes of the larger of both images."""
        return max(self.old.size if self.old else 0, self.new.size if self.new else 0)


_NOTHING_LOOKED_UP: Final[Mapping[bytes, bool]] = {}


class Commit:
    """The changes made by the writes of one task, while it is being decided.

    `presence` says whether entries of indexes that are being backfilled exist. What else the tables
    need adds its rows to `changes`, once it is set: `recorder` those of streams, `logger` those of
    recovery, `versions` those of replication, `vectors` those of vector indexes.
    """

    __slots__ = (
        "_decisions", "_mark", "_presence", "_spent", "changes", "logger", "recorder", "tallies",
        "vectors", "versions",
    )  # fmt: skip

    def __init__(
        self,
        tables: Iterable[int],
        mark: bytes,
        presence: Mapping[bytes, bool] = _NOTHING_LOOKED_UP,
        decisions: Decisions = NONE_MADE,
    ) -> None:
        self.changes: dict[bytes, Value] = {}
        self.tallies = {table_id: Tally() for table_id in tables}
        self._mark = mark
        self._presence = presence
        self._decisions = decisions
        self._spent = 0
        self.recorder: Recorder | None = None
        self.logger: ChangeLogger | None = None
        self.versions: VersionRecorder | None = None
        self.vectors: VectorLogger | None = None

    def write(self, write: ItemWrite, value: Value) -> Outcome:
        """Apply a write to the present item. Raises what its action raises, HeldBack and Undecided,
        having changed nothing."""
        table, key, action, by_service, version = write
        old = None if value is None else Image(value)
        if version is not None and self._is_overtaken(write, version):
            return Outcome(table, old, old, [])
        try:
            work = work_of(action, old)
            new = action.apply(old) if work <= SHORT else self._decided(action, old, work)
        except FailedCheck as error:
            error.item_size = 0 if old is None else old.size
            raise
        changed = not (new is old or (new is not None and new.stored == value))
        if changed and table.budget is not None and not by_service and version is None:
            check_indexes(table, table.budget, key, old, new, self._presence)
        # After everything that may refuse the write: a batch goes on without it, with the same
        # changes.
        if self.versions is not None and table.replication is not None:
            self._note_version(self.versions, table.replication, write, old, new)
        if not changed:
            return Outcome(table, old, new, [])
        tally = self.tallies[table.id]
        old_size = 0 if old is None else old.size
        if new is None:
            self.changes[key] = None
            tally.add(TABLE_INDEX_ID, -1, -old_size)
        else:
            self.changes[key] = new.stored
            tally.add(TABLE_INDEX_ID, 1 if old is None else 0, new.size - old_size)
        if self.recorder is not None and table.streams:
            self.recorder.add(table.streams, key, old, new, by_service=by_service)
        if self.logger is not None and table.log is not None:
            self.logger.add(table.log, key, value)
        if table.expiry is not None:
            table.expiry.write(key, old, new, self.changes, self._mark)
        if not table.indexes:
            return Outcome(table, old, new, [])
        entries = write_entries(
            table, key, old, new, self.changes, tally, self._presence, self.vectors
        )
        return Outcome(table, old, new, entries)

    def _decided(self, action: Action, old: Image | None, work: int) -> Image | None:
        """The result of a long decision: made before, or made now if there is room."""
        made = self._decisions.made.get(action)
        if made is not None and made.stored == (None if old is None else old.stored):
            return made.on(old)
        self._spent += work
        if self._spent > self._decisions.room:
            raise Undecided
        return action.apply(old)

    def count(self, table_id: int, key: bytes, record: Value) -> None:
        """Add the effect of the writes to a table's figures, whose record is kept under `key`."""
        counted = self.tallies[table_id].applied_to(record)
        if counted is not record:
            self.changes[key] = counted
        elif record is None and self.changes:
            # A shared engine can guard an existing record while others write. For a missing one
            # it would have to lock the absence in every write.
            self.changes[key] = b""

    def _note_version(
        self,
        versions: VersionRecorder,
        log: OpenReplication,
        write: ItemWrite,
        old: Image | None,
        new: Image | None,
    ) -> None:
        # A write that changes nothing counts too: it is later than the writes of others.
        if write.version is not None:
            versions.record_applied(log, write.key, write.version, deleted=new is None)
        elif new is not old or isinstance(write.action, Delete):
            versions.record_write(log, write.key, deleted=new is None)

    def _is_overtaken(self, write: ItemWrite, version: Version) -> bool:
        """Whether a change from another region is not later than the present version."""
        log = write.table.replication
        if self.versions is None or log is None:
            return False
        return not self.versions.is_later(log, write.key, version)


Policy = Callable[[Commit, Sequence[ItemWrite], Sequence[Value]], ResultT]
"""Applies all writes to the present items, and decides what an error of one does to the others."""


def all_or_nothing(
    commit: Commit, writes: Sequence[ItemWrite], items: Sequence[Value]
) -> list[Outcome]:
    """All outcomes in order; the first error ends the task."""
    return list(map(commit.write, writes, items))


class WriteItems(ChecksCatalog, Generic[ResultT]):
    """The engine's task.

    `prefetched` are images by item key, `entries` are entry keys to look up; both are for indexes
    that are being backfilled. The values of `keys` come in this order: the catalog's version, a
    counter record per table, the items, the entries, stream shards, change logs, versions of
    replication, and the reads of vector indexes.
    """

    def __init__(
        self,
        database: Database,
        writes: Sequence[ItemWrite],
        policy: Policy[ResultT],
        prefetched: Mapping[bytes, Value],
        entries: Sequence[bytes],
        decisions: Decisions = NONE_MADE,
    ) -> None:
        self._decisions = decisions
        self._version = version = database.catalog.version
        self._writes = writes
        self._policy = policy
        self._prefetched = prefetched
        self._entries = entries
        self._mark = b""
        counters: dict[int, bytes] = {}
        shards: dict[bytes, OpenShard] = {}
        logs: dict[bytes, OpenLog] = {}
        versions: dict[bytes, None] = {}
        for write in writes:
            table = write.table
            # The catalog may have changed between an operation's first table and its last one.
            if table.version != version:
                raise CatalogChanged
            counters[table.id] = table.counters_prefix + database.counter_shard
            for stream in table.streams:
                shard = stream.shard_of(write.key)
                shards[shard.number_key] = shard
            if table.expiry is not None and not self._mark:
                self._mark = database.marks.new()
            if table.log is not None:
                logs[table.log.last_key_of(write.key)] = table.log
            if table.replication is not None:
                versions[table.replication.version_key(write.key)] = None
                versions[table.replication.number_key(write.key)] = None
        self._counters = counters
        self._shards = shards
        self._logs = logs
        self._versions = tuple(versions)
        self._vectors = VectorReads(writes)
        if logs or shards or versions:
            self._region = database.arns.region
            self._microseconds = int(database.clock.now() * 1_000_000)
        self._items_at = 1 + len(counters)
        self._entries_at = self._items_at + len(writes)
        self.keys = (
            CATALOG_VERSION,
            *counters.values(),
            *[write.key for write in writes],
            *entries,
            *shards,
            *logs,
            *versions,
            *self._vectors.keys,
        )

    def decide(self, values: Sequence[Value]) -> Changes[ResultT]:
        self.check_version(values)
        items = self.items_of(values)
        if self._prefetched:
            self._check_prefetched(items)
        commit = self._commit(values[self._entries_at :])
        result = self._policy(commit, self._writes, items)
        for place, (table_id, key) in enumerate(self._counters.items(), 1):
            commit.count(table_id, key, values[place])
        return Changes(commit.changes, result)

    def check_version(self, values: Sequence[Value]) -> None:
        """Raise CatalogChanged if the catalog has changed since the task was made."""
        if values[0] != self._version:
            raise CatalogChanged

    def items_of(self, values: Sequence[Value]) -> Sequence[Value]:
        """The items among the values of `keys`."""
        return values[self._items_at : self._entries_at]

    def _check_prefetched(self, items: Sequence[Value]) -> None:
        # Compared here, once: a batch applies the second write of an item to the result of the
        # first, which was never read.
        for write, value in zip(self._writes, items, strict=True):
            if self._prefetched[write.key] != value:
                raise ReadSetChanged

    def _commit(self, rest: Sequence[Value]) -> Commit:
        """Given the values that follow the items."""
        if not rest:  # most writes
            return Commit(self._counters, self._mark, decisions=self._decisions)
        shards_at = len(self._entries)
        logs_at = shards_at + len(self._shards)
        versions_at = logs_at + len(self._logs)
        presence = {key: value is not None for key, value in zip(self._entries, rest, strict=False)}
        vectors_at = versions_at + len(self._versions)
        commit = Commit(self._counters, self._mark, presence, self._decisions)
        changes = commit.changes
        if self._shards:
            numbers = rest[shards_at:logs_at]
            commit.recorder = Recorder(self._shards.values(), numbers, self._microseconds, changes)
        if self._logs:
            logged = rest[logs_at:versions_at]
            commit.logger = ChangeLogger(self._logs, logged, self._microseconds, changes)
        if self._versions:
            found = rest[versions_at:vectors_at]
            commit.versions = VersionRecorder(
                self._region, self._microseconds, self._versions, found, changes
            )
        if self._vectors.keys:
            commit.vectors = self._vectors.logger(rest[vectors_at:], changes)
        return commit


async def write_items(
    database: Database,
    writes: Sequence[ItemWrite],
    operation: str,
    caller: Caller | None,
) -> list[Outcome]:
    """Write items of different keys in one commit, for an operation of the caller, or of the server
    itself if None; returns their outcomes in order.

    Raises what an action raises (then nothing is written), the errors for exceeded capacity, and
    CatalogChanged.
    """
    writing = commit_writes(database, writes, all_or_nothing, caller)
    for write in writes:
        if write.table.budget is not None and write.by_client:
            writing = _within_budget(writes, writing)
            break
    outcomes = await writing
    for write, outcome in zip(writes, outcomes, strict=True):
        if write.by_client:
            outcome.meter(operation)
    return outcomes


async def _within_budget(
    writes: Sequence[ItemWrite], writing: Coroutine[Any, Any, list[Outcome]]
) -> list[Outcome]:
    try:
        bills = [Bill(write.table.budget, write.key).admit() for write in writes]
    except ServiceError:
        writing.close()
        raise
    try:
        outcomes = await writing
    except HeldBack as held:
        raise held.refusal() from None
    except FailedCheck as error:
        bills[0].pay(write_units(error.item_size))
        raise
    for bill, outcome in zip(bills, outcomes, strict=True):
        bill.pay_write(outcome)
    return outcomes


async def commit_writes(
    database: Database,
    writes: Sequence[ItemWrite],
    policy: Policy[ResultT],
    caller: Caller | None,
    around: Callable[[WriteItems[ResultT]], WriteTask[WrappedT]] | None = None,
) -> ResultT | WrappedT:
    """Have the engine run the task of `writes`, repeatedly if necessary; returns the policy's
    result.

    `around` wraps the task in another one, whose result is returned instead. Raises what the policy
    raises, CatalogChanged, and StorageUnavailable if the items kept changing.
    """
    decisions = NONE_MADE

    def make_task(
        prefetched: Mapping[bytes, Value], entries: Sequence[bytes]
    ) -> WriteTask[ResultT] | WriteTask[WrappedT]:
        task = WriteItems(database, writes, policy, prefetched, entries, decisions)
        return task if around is None else around(task)

    try:
        for _ in range(ATTEMPTS):
            try:
                return await _commit(database, writes, make_task)
            except Undecided:
                decisions = await decide(database, writes, 2 * decisions.room, caller)
    except CatalogChanged:
        # A task has no side effects, so the outdated catalog is refreshed here.
        await database.catalog.refresh()
        raise
    raise StorageUnavailable(f"items changed {ATTEMPTS} times between being read and locked")


async def _commit(
    database: Database,
    writes: Sequence[ItemWrite],
    make_task: Callable[[Mapping[bytes, Value], Sequence[bytes]], WriteTask[ResultT]],
) -> ResultT:
    for write in writes:
        if write.table.is_strong:
            return await database.write_everywhere(database, writes, make_task)  # type: ignore[no-any-return]
        if write.table.backfilling:
            return await _commit_prefetched(database, writes, make_task)
    return await database.engine.write(make_task({}, ()))


async def _commit_prefetched(
    database: Database,
    writes: Sequence[ItemWrite],
    make_task: Callable[[Mapping[bytes, Value], Sequence[bytes]], WriteTask[ResultT]],
) -> ResultT:
    version = database.catalog.version
    for _ in range(MAX_ATTEMPTS):
        prefetched, entries = await prefetch(database, writes)
        if database.catalog.version != version:
            raise CatalogChanged  # another operation noticed while this one waited
        try:
            return await database.engine.write(make_task(prefetched, entries))
        except ReadSetChanged:
            continue
    raise StorageUnavailable(f"items changed {MAX_ATTEMPTS} times between being read and locked")
