"""Does everything in the store follow the layouts and the rules between them?

One walk over all keys, in their order, in which keys come before those whose checks need them:

    catalog    tables, indexes, tags, purges, backfills and leases decode and belong together
    counters   are read, to be compared at the end
    items      decode, have their size in their header and stand under the key that their attributes
               give; every entry that follows from them exists, with the right bytes
    entries    decode, and their item exists and leads to them
    counters   again: the figures of every table and index are those that were counted
    tokens     decode, and each is found by its time
    identities every one decodes, every secret can be opened
    streams    every record decodes, belongs to a shard and follows the one before it
    expiries   each leads to an item that expires then; missing ones were found with the items
    backups    are read first: their items decode and are under their keys, like those of tables
    due work   every job decodes
    replicas   versions are of items, or of deletions that are listed; logs have numbers in order
    vectors    changes of vector indexes have numbers that were assigned
    functions  everything decodes, and nothing is left of deleted functions and mappings

So an index is checked from both sides: no item lacks an entry, no entry lacks an item. Less can be
checked while background work is under way: an index that is being backfilled may lack entries, and
rows that a due purge will remove are only counted.

The store must not change meanwhile: the caller ensures that no other process has it open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from jedlik.base.ids import RandomIds
from jedlik.kernel.arns import Arns
from jedlik.kernel.due_work import DueWorkWalk
from jedlik.kernel.findings import KeyspaceWalk, Report
from jedlik.kernel.keyspaces import (
    DUE_WORK,
    EXPIRIES,
    IDENTITIES,
    ITEMS,
    KEYS,
    LEDGERS,
    RECORDS,
    TOKEN_TIMES,
    TOKENS,
)
from jedlik.kernel.rows import pages
from jedlik.services.dynamodb.encryption.root_sealing import check_root_key
from jedlik.services.dynamodb.sealing.vault import Vault
from jedlik.services.dynamodb.verifying.backups import KEYSPACE as BACKUPS_KEYSPACE
from jedlik.services.dynamodb.verifying.backups import (
    BackupsFound,
    BackupWalk,
    backups_found,
    held_ids,
)
from jedlik.services.dynamodb.verifying.catalog import CatalogFound, catalog_found
from jedlik.services.dynamodb.verifying.expiries import ExpiryWalk
from jedlik.services.dynamodb.verifying.items import TableWalk
from jedlik.services.dynamodb.verifying.kinesis import KEYSPACE as DESTINATIONS_KEYSPACE
from jedlik.services.dynamodb.verifying.kinesis import DestinationWalk
from jedlik.services.dynamodb.verifying.ledgers import LedgerWalk
from jedlik.services.dynamodb.verifying.replication import KEYSPACE as REPLICATION_KEYSPACE
from jedlik.services.dynamodb.verifying.replication import ReplicationWalk
from jedlik.services.dynamodb.verifying.sealed import OpenedAsFarAsCanBe
from jedlik.services.dynamodb.verifying.streams import StreamWalk
from jedlik.services.dynamodb.verifying.vectors import KEYSPACE as VECTORS_KEYSPACE
from jedlik.services.dynamodb.verifying.vectors import VectorLogWalk
from jedlik.services.iam.verifying import verify_identities
from jedlik.services.kms.verifying import EncryptionKeyWalk
from jedlik.storage.engine import Reads, Row
from jedlik.values.keybytes import successor

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

PAGE_ROWS: Final = 500
PAGE_BYTES: Final = 4 * 1024 * 1024

_TOKEN_SIZE: Final = 16
_TIME_SIZE: Final = 8
_KNOWN: Final = (
    b"\x01",
    b"\x02",
    ITEMS,
    b"\x04",
    b"\x05",
    EXPIRIES,
    LEDGERS[:1],
    DUE_WORK[:1],
    KEYS[:1],
    IDENTITIES,
    BACKUPS_KEYSPACE,
    REPLICATION_KEYSPACE,
    DESTINATIONS_KEYSPACE,
    VECTORS_KEYSPACE,
)
"""The keyspaces that this module walks over."""


class Finding(NamedTuple):
    """A violation, and where it is."""

    place: str
    problem: str


class TableSummary(NamedTuple):
    """The counts of one table: items and their bytes, and entries by index name."""

    name: str
    items: int
    size: int
    entries: dict[str, int]


@dataclass(slots=True)
class Summary:
    """The counts of the walk. `purged` are keys that a due purge is going to remove, `unopened`
    values sealed under a key that is not available."""

    tables: list[TableSummary] = field(default_factory=list)
    keys: int = 0
    purged: int = 0
    unopened: int = 0
    findings: int = 0

    def add(self, other: Summary) -> None:
        """Add the counts of another walk."""
        self.tables += other.tables
        self.keys += other.keys
        self.purged += other.purged
        self.unopened += other.unopened
        self.findings += other.findings


ServiceWalk = tuple[bytes, Callable[[Report], KeyspaceWalk]]
"""The first byte of a service's keyspaces, and what walks over them."""


class Verification:
    """One walk over a store.

    `notice` is called for each finding as it is made, `progress` with the number of keys read so
    far and the number expected. `services` are the keyspaces of services above this one, `skipped`
    others that may exist and are not checked.
    """

    def __init__(
        self,
        engine: Reads,
        notice: Callable[[Finding], None],
        progress: Callable[[int, int], None] = lambda _done, _expected: None,
        root_key: RootKey | None = None,
        services: Sequence[ServiceWalk] = (),
        skipped: Sequence[bytes] = (),
    ) -> None:
        self._engine: Reads = engine
        self._store = engine
        self._notice = notice
        self._root_key = root_key
        self._services = services
        self._skipped = skipped
        self._progress = progress
        self._summary = Summary()
        self._expected = 0

    async def run(self) -> Summary:
        """Walk over everything; returns the counts.

        Raises the engine's failures, and EngineUnusable if the root key is another one.
        """
        backups = await backups_found(self._engine, self._found)
        catalog = await catalog_found(self._engine, self._found, backups.held)
        self._summary.keys = catalog.keys
        self._expected = catalog.keys + catalog.expected_keys
        await self._between_keyspaces()
        sealed = await self._opening(catalog)
        await self._items(catalog, backups)
        await self._tokens()
        await self._streams(catalog)
        await self._expiries(catalog)
        await self._ledgers(catalog)
        await self._backups(catalog, backups)
        await self._replication(catalog)
        await self._others()
        await verify_identities(self._pages(IDENTITIES, successor(IDENTITIES)), self._found)
        self._summary.unopened = sealed.unopened
        return self._summary

    async def _opening(self, catalog: CatalogFound) -> OpenedAsFarAsCanBe:
        """From here on, read values as plain if they can be opened."""
        ids = RandomIds()
        vault = Vault(self._store, Arns(), ids.uuid, self._root_key, disabled_too=True)
        snapshot = await vault.load()
        check_root_key(snapshot, self._root_key)
        opening = OpenedAsFarAsCanBe(self._store, snapshot, catalog, self._found)
        if snapshot.rings:
            self._engine = opening
        return opening

    def _found(self, place: str, problem: str) -> None:
        self._summary.findings += 1
        self._notice(Finding(place, problem))

    async def _pages(self, low: bytes, high: bytes | None) -> AsyncIterator[list[Row]]:
        """All rows of a range, page by page."""
        async for rows in pages(self._engine, low, high, PAGE_ROWS, PAGE_BYTES):
            self._summary.keys += len(rows)
            self._progress(self._summary.keys, max(self._expected, self._summary.keys))
            yield rows

    async def _between_keyspaces(self) -> None:
        """Keys that do not belong to any keyspace."""
        low = b""
        known = {*_KNOWN, *self._skipped, *(each for each, _ in self._services)}
        for prefix in (*sorted(known), None):
            async for rows in self._pages(low, prefix):
                for key, _ in rows:
                    self._found(f"key {key.hex()}", "belongs to no keyspace")
            low = (successor(prefix) if prefix else None) or b""

    async def _items(self, catalog: CatalogFound, backups: BackupsFound) -> None:
        held = held_ids(backups, catalog.tables)
        tables = [table for table in catalog.tables if table.id not in held]
        walks = {table.id: TableWalk(table, catalog, self._found) for table in tables}
        of_backups = {
            table.id: TableWalk(table, catalog, self._found) for table in backups.tables()
        }
        unknown: Counter[str] = Counter()
        async for rows in self._pages(ITEMS, successor(ITEMS)):
            by_table: dict[int, list[Row]] = {}
            for row in rows:
                table_id = int.from_bytes(row[0][1:5], "big")
                by_table.setdefault(table_id, []).append(row)
            for table_id, of_table in by_table.items():
                walk = walks.get(table_id) or of_backups.get(table_id)
                if walk is not None:
                    self._summary.purged += await walk.rows(self._engine, of_table)
                elif catalog.is_purged(table_id, 0):
                    self._summary.purged += len(of_table)
                elif table_id not in held:
                    unknown[f"table id {table_id}"] += len(of_table)
        for place, count in unknown.items():
            self._found(place, f"{count} items or entries of a table that does not exist")
        for walk in walks.values():
            walk.compare_figures(catalog.figures.get(walk.table.id, {}))
            self._summary.tables.append(
                TableSummary(walk.table.name, walk.items, walk.size, walk.entries_by_name())
            )

    async def _tokens(self) -> None:
        """Idempotency tokens; see `idempotency`."""
        low, high = TOKENS[:1], successor(TOKENS[:1])
        async for rows in self._pages(low, high):
            for key, value in rows:
                place = f"token {key.hex()}"
                if key.startswith(TOKENS) and len(key) == len(TOKENS) + _TOKEN_SIZE:
                    sizes = len(value) - _TIME_SIZE - _TOKEN_SIZE
                    if sizes < 0 or sizes % 4:
                        self._found(place, f"a record of {len(value)} bytes")
                        continue
                    time_key = TOKEN_TIMES + value[:_TIME_SIZE] + key[len(TOKENS) :]
                    if await self._engine.read([time_key]) != [b""]:
                        self._found(place, "is not listed under its time")
                elif not (
                    key.startswith(TOKEN_TIMES)
                    and len(key) == len(TOKEN_TIMES) + _TIME_SIZE + _TOKEN_SIZE
                    and not value
                ):
                    self._found(place, "is neither a token nor a token's time")

    async def _streams(self, catalog: CatalogFound) -> None:
        walk = StreamWalk(catalog.streams, self._found)
        low, high = RECORDS[:1], successor(RECORDS[:1])
        async for rows in self._pages(low, high):
            walk.rows(rows)
        walk.end()

    async def _expiries(self, catalog: CatalogFound) -> None:
        walk = ExpiryWalk(catalog, self._found)
        async for rows in self._pages(EXPIRIES, successor(EXPIRIES)):
            self._summary.purged += await walk.rows(self._engine, rows)

    async def _ledgers(self, catalog: CatalogFound) -> None:
        walk = LedgerWalk(catalog, self._found)
        async for rows in self._pages(LEDGERS[:1], successor(LEDGERS[:1])):
            walk.rows(rows)

    async def _backups(self, catalog: CatalogFound, backups: BackupsFound) -> None:
        walk = BackupWalk(catalog, backups, self._found)
        async for rows in self._pages(BACKUPS_KEYSPACE, successor(BACKUPS_KEYSPACE)):
            walk.rows(rows)

    async def _replication(self, catalog: CatalogFound) -> None:
        walk = ReplicationWalk(catalog, self._found)
        low, high = REPLICATION_KEYSPACE, successor(REPLICATION_KEYSPACE)
        async for rows in self._pages(low, high):
            self._summary.purged += await walk.rows(self._engine, rows)
        changes = VectorLogWalk(catalog, self._found)
        low, high = VECTORS_KEYSPACE, successor(VECTORS_KEYSPACE)
        async for rows in self._pages(low, high):
            self._summary.purged += await changes.rows(self._engine, rows)

    async def _others(self) -> None:
        """The keyspaces of other services."""
        own: list[ServiceWalk] = [
            (DUE_WORK[:1], DueWorkWalk),
            (KEYS[:1], EncryptionKeyWalk),
            (DESTINATIONS_KEYSPACE, DestinationWalk),
        ]
        for prefix, walk_of in (*own, *self._services):
            walk = walk_of(self._found)
            async for rows in self._pages(prefix, successor(prefix)):
                walk.rows(rows)
            walk.end()
