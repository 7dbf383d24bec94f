"""The catalog: which tables there are, cached in every process and never stale.

A process caches the tables that it has used together with the catalog version at which they were
read (see `kernel.catalog_version`). That version moves with everything that a request may depend
on: other tables, policies, tags, keys, aliases. Whether a table itself has changed is decided by
the bytes of its record. So once the version has moved, a table is checked again, with one read and
a comparison, and stays open if its own record has not changed: nothing is decoded or compiled
again.

An operation has a table at one version. A table that stays open is given to later operations as
another object (`OpenTable.at`). An operation that still holds the former one was authorized by
outdated policies; it finds the old version in it and starts again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

import orjson

from jedlik.base.bounded_cache import BoundedCache
from jedlik.base.errors import ResourceNotFoundException
from jedlik.base.turns import Turns, each_in_turn
from jedlik.kernel.catalog_version import CatalogChanged, CatalogVersion, next_version
from jedlik.kernel.key_ring_changes import with_changes
from jedlik.kernel.keyspaces import (
    CATALOG_VERSION,
    HOLDS,
    ID_SIZE,
    IDENTITIES_VERSION,
    IDENTITY_CHANGES,
    KEY_RING_CHANGES,
    KEY_RINGS,
    LAST_ID,
    RESOURCE_POLICIES,
    TABLES,
    TABLES_WORK,
    purge_key,
    replicated_table_key,
    resource_policy_key,
    table_key,
    tags_key,
)
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.tables.model import Table, table_from_json
from jedlik.services.iam.identity_changes import with_change
from jedlik.storage.engine import Changes, Engine, Row, Value
from jedlik.values.keybytes import successor

ResultT = TypeVar("ResultT")

MAX_OPEN_TABLES: Final = 64 * 1024 * 1024
"""Bytes of open tables that a process keeps: enough for the 2,500 of an account."""
_OPEN_TABLE_SIZE: Final = 12
"""An open table is this many times as large as its record, as measured with indexes and a
stream."""
_TABLES_END: Final = successor(TABLES)
_TABLES_A_STEP: Final = 100
"""Tables examined before others get a turn: about 0.1 ms."""


def decode_table(stored: bytes) -> Table:
    """A table from its stored description."""
    return table_from_json(orjson.loads(stored))


class _Known(NamedTuple):
    """An open table, and the bytes from which it was made."""

    table: OpenTable
    stored: bytes
    tags: Value


class Catalog(CatalogVersion):
    """The tables, through this process's cache. `moved` is called when the version has moved,
    `opened` with each table that was read and its tags."""

    def __init__(
        self,
        engine: Engine,
        moved: Callable[[], None] = lambda: None,
        opened: Callable[[OpenTable, dict[str, str]], None] = lambda _table, _tags: None,
    ) -> None:
        super().__init__(engine, moved)
        self._tables: dict[str, OpenTable] = {}
        """Tables that were checked at this version."""
        self.ready: dict[str, OpenTable] = {}
        """The plain ones among them: an operation can use them without further checks."""
        self._known: BoundedCache[str, _Known] = BoundedCache(MAX_OPEN_TABLES)
        self._opened = opened

    def check(self, version: Value, *tables: OpenTable) -> None:
        """Raise CatalogChanged if `version`, which was just read, is not that of the cache.

        The same if one of `tables`, which the caller found before it read, has another version:
        while a read is suspended, another request may have moved the cache on.
        """
        if version != self.version:
            self.move_to(version)
            raise CatalogChanged
        for table in tables:
            if table.version != version:
                raise CatalogChanged

    def move_to(self, version: Value) -> None:
        """If `version`, which was just read, is a new one, check every table again before it is
        used."""
        if version != self.version:
            self._tables = {}
            self.ready.clear()
            super().move_to(version)

    @property
    def size(self) -> int:
        """How many tables are cached."""
        return len(self._tables)

    def cached(self, name: str) -> OpenTable | None:
        """The table of that name, if it was already used at this version."""
        return self._tables.get(name)

    def name_of(self, table_id: int) -> str | None:
        """The name of a table by its id, if it was already used at this version."""
        tables = self._tables.values()
        return next((table.name for table in tables if table.id == table_id), None)

    async def find(self, name: str) -> OpenTable | None:
        """The table of that name, whatever its state; None if missing."""
        table = self._tables.get(name)
        if table is not None:
            return table
        known = self._known.get(name)
        if known is not None:
            keys = (CATALOG_VERSION, table_key(name), tags_key(known.table.id))
            version, stored, tags = await self._engine.read(keys)
            if stored == known.stored:
                return self._take(known, version, tags)
        return await self._open(name)

    def _take(self, known: _Known, version: Value, tags: Value) -> OpenTable:
        """A table whose record has not changed since it was opened, at `version`."""
        self.move_to(version)
        table = known.table.at(version)
        if tags != known.tags:
            self._opened(table, orjson.loads(tags) if tags else {})
            self._keep(_Known(table, known.stored, tags))
        self._note_current(table)
        return table

    def _note_current(self, table: OpenTable) -> None:
        self._tables[table.name] = table
        if table.is_plain:
            self.ready[table.name] = table

    async def _open(self, name: str) -> OpenTable | None:
        while True:
            version, stored = await self._engine.read((CATALOG_VERSION, table_key(name)))
            if stored is None:
                self.move_to(version)
                self._known.discard(name)
                return None
            model = decode_table(stored)
            later, tags = await self._engine.read((CATALOG_VERSION, tags_key(model.id)))
            if later == version:
                break
        self.move_to(version)
        table = OpenTable(model, version)
        self._opened(table, orjson.loads(tags) if tags else {})
        self._keep(_Known(table, stored, tags))
        self._note_current(table)
        return table

    def _keep(self, known: _Known) -> None:
        weight = _OPEN_TABLE_SIZE * (len(known.stored) + len(known.tags or b""))
        self._known.put(known.table.name, known, weight)

    async def current(self, name: str) -> Table | None:
        """The table of that name as it is in the store, without the cache."""
        (stored,) = await self._engine.read((table_key(name),))
        return None if stored is None else decode_table(stored)

    async def all(self, after: str = "", limit: int | None = None) -> list[Table]:
        """Tables in the order of their names, beginning after the name `after`."""
        rows = await self._rows(_first_after(after), limit)
        return await each_in_turn((stored for _, stored in rows), decode_table)

    async def names(self, after: str = "", limit: int | None = None) -> list[str]:
        """Names of tables in order, beginning after `after`."""
        rows = await self._rows(_first_after(after), limit)
        return [key[len(TABLES) :].decode() for key, _ in rows]

    async def where(self, may: Callable[[bytes], bool]) -> list[Table]:
        """The tables whose stored descriptions pass a test; only these are decoded."""
        found = []
        turns = Turns()
        low, more = TABLES, True
        while more:
            page = await self._engine.range(low, _TABLES_END, limit=_TABLES_A_STEP)
            for _, stored in page.rows:
                if may(stored):
                    found.append(decode_table(stored))
                    if turns.over:
                        await turns.give_way()
            more = page.more
            if more:
                low = page.rows[-1][0] + b"\x00"
                if turns.over:
                    await turns.give_way()
        return found

    async def _rows(self, low: bytes, limit: int | None) -> list[Row]:
        page = await self._engine.range(low, _TABLES_END, limit=limit)
        rows = page.rows
        while page.more and (limit is None or len(rows) < limit):
            page = await self._engine.range(rows[-1][0] + b"\x00", _TABLES_END, limit=limit)
            rows += page.rows
        return rows[:limit]

    async def change(
        self,
        names: Sequence[str],
        decide: Callable[[CatalogDraft], ResultT],
        *,
        also_read: Sequence[bytes] = (),
    ) -> ResultT:
        """Change the catalog in one commit.

        `decide` is given a draft of the tables `names` (and of the values of the keys `also_read`),
        changes it and returns the result; what it raises cancels the change. It is pure: it may be
        run again. After CatalogChanged this process knows the newest version, so that what it
        decides on next is no longer what another process has replaced.
        """
        try:
            return await self._engine.write(_CatalogChange(names, decide, also_read))
        except CatalogChanged:
            await self.refresh()
            raise


class CatalogDraft:
    """The part of the catalog that one change sees and alters."""

    def __init__(
        self,
        tables: dict[str, Table | None],
        last_id: int,
        also_read: list[Value],
        *,
        has_rings: bool,
    ) -> None:
        self._tables = tables
        self._last_id = last_id
        self.also_read = also_read
        self._has_rings = has_rings
        self.values: dict[bytes, Value] = {}
        """Other keys to put, or with None to delete, in the same commit."""
        self.work_changed = False
        """Whether background work has come or gone: `Table.work`, or a log to be trimmed."""
        self.concerned_rings: set[int] = set()
        """Tables whose key rings have to be read again, in addition to those put here: they get or
        lose a stream, or now need a ring, or no longer do."""

    def table(self, name: str) -> Table | None:
        """The table as it is now, in any state."""
        return self._tables[name]

    def existing(self, name: str, *, imported: bool = False) -> Table:
        """The table as it is now; ResourceNotFoundException if it is missing, or if a restore or an
        import is still making it. For some operations a table that is being `imported` exists, and
        is CREATING (observed)."""
        table = self._tables[name]
        if table is None or (table.filling and not (imported and table.importing)):
            raise table_not_found(name)
        return table

    def new_id(self) -> int:
        """An id that no table or index ever had."""
        self._last_id += 1
        self.values[LAST_ID] = self._last_id.to_bytes(ID_SIZE, "big")
        return self._last_id

    def put(self, table: Table) -> None:
        """Create or replace a table's description."""
        before = self._tables.get(table.name)
        self._compare_work(before, table)
        if before is None and self._has_rings and not table.sealed:
            self.concerned_rings.add(table.id)
        self._tables[table.name] = table
        self.values[table_key(table.name)] = orjson.dumps(table)
        if table.replication is not None and (before is None or before.replication is None):
            noted = replicated_table_key(table.id, table.replication.log)
            self.values[noted] = table.name.encode()

    def remove(self, table: Table) -> None:
        """Forget a table; its items are left to be purged, unless backups hold them."""
        self._compare_work(self._tables[table.name], None)
        if table.sealed:
            self.concerned_rings.add(table.id)
        self._tables[table.name] = None
        self.values[table_key(table.name)] = None
        self.values[resource_policy_key(table.id)] = None
        if table.replication is not None:
            self.values[replicated_table_key(table.id, table.replication.log)] = None
        if not table.held:
            self.purge(table.id, 0)

    def purge(self, table_id: int, index_id: int) -> None:
        """Note that a table's (index id 0) or an index's data is to be purged."""
        self.values[purge_key(table_id, index_id)] = b""

    def _compare_work(self, before: Table | None, after: Table | None) -> None:
        was, now = (
            (frozenset[object](), False) if each is None else (each.work, each.log is not None)
            for each in (before, after)
        )
        if was != now:
            self.work_changed = True

    def changed_rings(self) -> set[int]:
        """The tables whose key rings have to be read again after this change."""
        ids = {key[2 : 2 + ID_SIZE] for key in self.values if key[:2] in (KEY_RINGS, HOLDS)}
        return self.concerned_rings.union(int.from_bytes(table_id, "big") for table_id in ids)


class _CatalogChange(Generic[ResultT]):
    def __init__(
        self,
        names: Sequence[str],
        decide: Callable[[CatalogDraft], ResultT],
        also_read: Sequence[bytes],
    ) -> None:
        self._names = names
        self._decide = decide
        self.keys = (
            *(CATALOG_VERSION, LAST_ID, KEY_RING_CHANGES, IDENTITIES_VERSION, IDENTITY_CHANGES),
            *map(table_key, names),
            *also_read,
        )

    def decide(self, values: Sequence[Value]) -> Changes[ResultT]:
        version, last_id, ring_changes, identities, identity_changes, *rest = values
        tables = {
            name: None if stored is None else decode_table(stored)
            for name, stored in zip(self._names, rest, strict=False)
        }
        draft = CatalogDraft(
            tables,
            int.from_bytes(last_id or b"", "big"),
            rest[len(self._names) :],
            has_rings=ring_changes is not None,
        )
        result = self._decide(draft)
        if not draft.values:
            return Changes({}, result)
        later = draft.values[CATALOG_VERSION] = next_version(version)
        if draft.work_changed:
            draft.values[TABLES_WORK] = later
        rings = draft.changed_rings()
        if rings:
            draft.values[KEY_RING_CHANGES] = with_changes(ring_changes, later, rings)
        policies = [key for key in draft.values if key[:2] == RESOURCE_POLICIES]
        if policies:
            following = draft.values[IDENTITIES_VERSION] = next_version(identities)
            draft.values[IDENTITY_CHANGES] = with_change(
                identity_changes, identities, following, policies
            )
        return Changes(draft.values, result)


def _first_after(name: str) -> bytes:
    """The least key of a description of a table with a greater name."""
    return table_key(name) + b"\x00" if name else TABLES


def table_not_found(name: str) -> ResourceNotFoundException:
    """The error of operations on tables themselves; operations on items do not name the table."""
    return ResourceNotFoundException(f"Requested resource not found: Table: {name} not found")
