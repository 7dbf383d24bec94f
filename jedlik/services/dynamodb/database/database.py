"""Everything that operations work with."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from jedlik.base.clock import Clock
from jedlik.base.errors import InternalServerError, ResourceNotFoundException
from jedlik.base.ids import Ids
from jedlik.base.limits import KIB, MIB
from jedlik.base.places import Places
from jedlik.kernel.arns import Arns
from jedlik.kernel.store import Store
from jedlik.services.dynamodb.capacity.budgets import CAPACITY_TAG, Budgets
from jedlik.services.dynamodb.capacity.exchange import Exchange
from jedlik.services.dynamodb.database.auto_scaling import AutoScaling, NoScaling
from jedlik.services.dynamodb.database.catalog import Catalog
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.database.resources import Resources
from jedlik.services.dynamodb.database.settings import DatabaseSettings
from jedlik.services.dynamodb.metering.contributors import ContributorBook
from jedlik.services.dynamodb.metering.table_meter import TableMeters
from jedlik.services.dynamodb.metering.throttle_meter import count_shortage
from jedlik.services.dynamodb.recording.expiry import Marks
from jedlik.services.dynamodb.sealing.decrypting_engine import (
    DecryptingEngine,
    DecryptingReads,
    PlaintextEngine,
    UnresolvedEngine,
    UnresolvedReads,
)
from jedlik.services.dynamodb.sealing.open_rings import KeyRingSnapshot
from jedlik.services.dynamodb.sealing.vault import Vault
from jedlik.services.dynamodb.tables.model import CREATING, DELETING
from jedlik.services.dynamodb.tables.quotas import Quotas
from jedlik.services.iam.access_key_last_used import KeyUses
from jedlik.services.iam.store import IdentityStore
from jedlik.storage.engine import Engine, Reads

if TYPE_CHECKING:
    from jedlik.services.dynamodb.regions.region_link import RegionLink
    from jedlik.services.dynamodb.vectors.held import HeldVectors

COUNTER_GROUPS = 64
COUNTERS_OF_A_GROUP = 4
"""A process counts a table's items in a group of records of its own, in one of them at a time."""
assert COUNTER_GROUPS * COUNTERS_OF_A_GROUP <= 256, "a record's number is one byte"
LONG_READ = 64 * KIB
"""Stored bytes from which on what was read is held in one of LONG_READS places while others go
first."""
LONG_READS = 32
"""Each takes up to 8 MB. They take turns on the event loop, so more at a time would not be faster:
thousands would fill the memory."""
LONG_BATCH = 2 * MIB
"""Stored bytes up to which a batch of reads is answered without waiting for others."""
LONG_DECODED = 256 * KIB
"""Stored bytes of an item that may take 25 times as many once it is decoded: 400 KB of empty texts
are 4 MB of JSON, and 100 MB of objects."""
DECODED = 2
"""So many of those are held at a time while others go first."""
LONG_BATCHES = 4
"""Each reads up to 48 MB and writes as much. They take turns on the event loop, so more at a time
would not be faster and would hold more memory."""
NOT_HERE = (
    "The table is strongly consistent with a region that this server was not started with "
    "(--regions)."
)

_DEFAULTS = DatabaseSettings()


async def _nowhere_else(_database: Database, _writes: Any, _make_task: Any) -> Any:
    raise InternalServerError(NOT_HERE)


class Database(Store):
    """One database over one engine.

    `wake_workers` is called when this process has created background work (a backfill, a purge).
    `standby` is an engine that may lag, for reads that need not be consistent; `delayed` are
    deliberately old reads, for the same purpose.
    `endpoint` is the host and port, with or without a scheme, at which clients reach the server.
    `home` is, for another region, the database of the account's home region, which has the
    identities of both.

    `store` is the engine itself; `engine` is the same with plain values, through which everything
    works with items (see `sealing.decrypting_engine`).
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        arns: Arns | None = None,
        settings: DatabaseSettings = _DEFAULTS,
        *,
        standby: Engine | None = None,
        delayed: Reads | None = None,
        home: Database | None = None,
    ) -> None:
        super().__init__(engine, clock, ids, arns)
        self.store = engine
        self.transition_seconds = settings.transition_seconds
        self.stream_settings = settings.stream_settings
        self.quotas = settings.quotas or Quotas(self.arns.region)
        self.budgets = Budgets(
            Exchange(engine, clock, ids.uuid()),
            self.arns,
            settings.capacity,
            self.quotas.table,
            partial(count_shortage, self.metrics),
        )
        self.meters = TableMeters(self.metrics)
        self.contributors = ContributorBook(self)
        self.catalog = Catalog(engine, self._unsettle, self._opened)
        self.ready = self.catalog.ready
        """Tables that `table` would return immediately, by name: hot paths look here first."""
        self.root_key = settings.root_key
        self.vault = Vault(engine, self.arns, ids.uuid, self.root_key)
        self._unsettled = UnresolvedEngine(engine, self._settle)
        self.engine = self._unsettled
        self._standby = self._behind(standby, delayed)
        self._unsettled_reads = UnresolvedReads(self._settle_reads)
        self.eventual: Reads = self._unsettled_reads
        """For reads of items that need not be consistent."""
        self.resources = Resources(engine, self.catalog)
        self.identities = self._own_identities() if home is None else self._identities_of(home)
        self.key_uses: KeyUses = KeyUses(engine, self.identities) if home is None else home.key_uses
        self.restorable_delay = settings.restorable_delay
        self.vector_memory = settings.vector_memory
        self.held_vectors: HeldVectors | None = None
        """The vectors that searches have loaded; None before the first."""
        self.long_reads = Places(LONG_READS)
        """The places of reads of more than LONG_READ, until their answers are made."""
        self.decoded = Places(DECODED)
        """Held by work that gives way to others with an item of more than LONG_DECODED decoded."""
        self.long_batches = Places(LONG_BATCHES)
        """Held while a BatchGetItem or BatchExecuteStatement of more than LONG_BATCH is read and
        answered."""
        self.buckets = settings.buckets
        self.check_reserve = settings.check_reserve
        self.count_in_group(os.getpid())
        self.marks = Marks(ids.secret(8).hex().encode())
        self.wake_workers: Callable[[], None] = lambda: None
        self.endpoint = "localhost:8000"
        self.links: Mapping[str, RegionLink] = {}
        """The ways to other regions, by region; to be set before background work begins."""
        self.replication = settings.replication
        self.make_scaling: Callable[[], AutoScaling] = NoScaling
        """Makes `scaling`, when it is first needed; to be set before that."""
        self.write_everywhere: Callable[[Database, Any, Any], Awaitable[Any]] = _nowhere_else
        """Writes items of tables that are strongly consistent over regions; to be set if there
        are several."""

    def _own_identities(self) -> IdentityStore:
        return IdentityStore(lambda: self.engine, self.catalog, self.ids, self.arns.account)

    def _identities_of(self, home: Database) -> IdentityStore:
        # Loaded for the second region: most servers have one.
        from jedlik.services.iam.regional_store import RegionalIdentities  # noqa: PLC0415

        return RegionalIdentities(lambda: self.engine, self.catalog, self.ids, home.identities)

    def _behind(self, standby: Engine | None, delayed: Reads | None) -> Reads | None:
        if standby is None and delayed is None:
            return None
        from jedlik.services.dynamodb.database.eventual import EventualReads, OldReads  # noqa: PLC0415

        if standby is not None:
            return EventualReads(standby, self.store, self.catalog, self.clock)
        assert delayed is not None
        return OldReads(delayed, self.store, self.catalog)

    @cached_property
    def scaling(self) -> AutoScaling:
        """Auto scaling, as operations use it."""
        return self.make_scaling()

    def count_in_group(self, group: int) -> None:
        """Choose the group of records in which this process counts items; any number is one."""
        first = group % COUNTER_GROUPS * COUNTERS_OF_A_GROUP
        self._counter_shards = [
            bytes((number,)) for number in range(first, first + COUNTERS_OF_A_GROUP)
        ]
        self.count_in_record(0)

    def count_in_record(self, number: int) -> None:
        """Choose a record of the group for all writes from now on. On a shared engine each batch
        has another record, since batches with a key in common would wait for each other
        (`Remote.follow_batches`)."""
        self.counter_shard = self._counter_shards[number % COUNTERS_OF_A_GROUP]

    def count_contributors(self) -> None:
        """Sum up who has used tables. To be called every second."""
        self.contributors.fold(self.meters.contributors())

    async def store_contributors(self) -> None:
        """Store what this process knows of who uses tables most. Raises StorageFailure."""
        self.count_contributors()
        await self.contributors.flush()

    def follow_vectors(self) -> None:
        """Keep vectors that searches have loaded current. To be called every second."""
        if self.held_vectors is not None:
            self.held_vectors.follow()

    def forget_vectors(self) -> None:
        """The store has been rolled back, so the vectors that searches have loaded are outdated."""
        if self.held_vectors is not None:
            self.held_vectors.clear()

    def sample_vectors(self) -> None:
        """Record the memory that vectors take."""
        if self.held_vectors is not None:
            self.held_vectors.memory.sample()

    def _opened(self, table: OpenTable, tags: dict[str, str]) -> None:
        table.meter = self.meters.of(table.model)
        table.budget = self.budgets.of(table.model, tags.get(CAPACITY_TAG))

    def _unsettle(self) -> None:
        """The catalog has moved, so key rings may have changed."""
        self.engine = self._unsettled
        self.eventual = self._unsettled_reads

    async def _settle(self) -> Engine:
        """Read the key rings, and choose the engine accordingly."""
        snapshot = await self.vault.load()
        while (snapshot.version or b"") < (self.catalog.version or b""):
            snapshot = await self.vault.load()  # the catalog moved on while they were read
        self.catalog.move_to(snapshot.version)
        if snapshot.rings:
            moved = self.catalog.move_to
            self.engine = DecryptingEngine(self.store, self.vault, moved)
            self.eventual = DecryptingReads(self._standby or self.store, self.vault, moved)
        else:
            self.engine = PlaintextEngine(self.store, snapshot.version, self._settle)
            self.eventual = self._standby or self.engine
        return self.engine

    async def _settle_reads(self) -> Reads:
        await self._settle()
        return self.eventual

    def reader(self, consistent: bool | None) -> Reads:
        """The engine for a read of items whose first key is CATALOG_VERSION."""
        return self.engine if consistent else self.eventual

    async def table(self, name_or_arn: str) -> OpenTable:
        """The table whose items an operation works on, in the state known to this process.

        Raises ResourceNotFoundException if it is missing, not created yet or deleted, and
        AccessDeniedException if its key may not be used.
        """
        table = self.catalog.cached(name_or_arn)
        if table is None:
            table = await self.catalog.find(self.arns.table_name(name_or_arn))
        if table is None:
            raise ResourceNotFoundException
        if not table.is_plain:
            await self._check_usable(table)
        return table

    async def _check_usable(self, table: OpenTable) -> None:
        if table.model.status(self.clock.now()) in (CREATING, DELETING):
            raise ResourceNotFoundException
        if table.model.sealed and (await self.rings()).failure(table.id) is not None:
            # Never refuse by outdated knowledge.
            (await self.current_rings()).check(table.id)

    async def check_keys(self, name: str) -> None:
        """Raise the error of `key_denied` if a key of the table may not be used; nothing if
        it is not there."""
        table = await self.catalog.current(name)
        if table is not None and table.sealed:
            (await self.current_rings()).check(table.id)

    async def is_usable(self, table_id: int) -> bool:
        """Whether all keys of a table may be used, as far as this process knows."""
        return (await self.rings()).failure(table_id) is None

    async def rings(self) -> KeyRingSnapshot:
        """The key rings of all tables, at the version of this process's catalog."""
        if self.engine is self._unsettled:
            await self._settle()
        return self.vault.snapshot

    async def current_rings(self) -> KeyRingSnapshot:
        """The key rings of all tables as they are now: other processes may have changed them."""
        await self.catalog.refresh()
        return await self.rings()
