"""Writes of tables that are strongly consistent over regions: one commit in all of them.

The regions of a server share one engine, so their stores can change together. The region that got
the request decides: its task reads, checks conditions and makes stream records like any write. Its
results are then written in the other regions by the task that writes items there, so that their
index entries, counters and stream records follow too. All of this is one task of the engine below
the regions, so nothing is visible before everything is durable.

So a read in any region sees every write that was acknowledged in any other, and writes never
conflict. This requires that all regions of the table are on this engine, and open here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from jedlik.base.errors import InternalServerError
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.keyspaces import ID_SIZE, ITEMS
from jedlik.services.dynamodb.database.database import NOT_HERE, Database
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.prefetching import ReadSetChanged, prefetch
from jedlik.services.dynamodb.items.write import WriteItems, all_or_nothing
from jedlik.services.dynamodb.recording.versions import Version
from jedlik.services.dynamodb.replication.local_link import LocalLink
from jedlik.services.dynamodb.sealing.decrypting_engine import (
    DecryptingEngine,
    KeyRingsMoved,
    UnresolvedEngine,
)
from jedlik.storage.engine import Changes, Engine, Value, WriteTask
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.prefixed import PrefixedEngine, PrefixedTask
from jedlik.values.image import Image

ResultT = TypeVar("ResultT")
MakeTask = Callable[[dict[bytes, Value], Sequence[bytes]], WriteTask[ResultT]]

MAX_ATTEMPTS: Final = 100
_AFTER_ID: Final = len(ITEMS) + ID_SIZE


class _Decided:
    """The items as decided by the region that got the request, by their keys there."""

    def __init__(self, task: WriteTask[ResultT]) -> None:
        self._task = task
        self.keys = task.keys
        self.changes: dict[bytes, Value] = {}

    def decide(self, values: Sequence[Value]) -> Changes[Any]:
        """See WriteTask."""
        changes = self._task.decide(values)
        self.changes = dict(changes.values)
        return changes


class _Follow:
    """The action in another region: the item becomes what it became in the first region."""

    makes = reads = 0
    puts = None

    def __init__(self, decided: _Decided, key: bytes) -> None:
        self._decided = decided
        self._key = key

    def apply(self, old: Image | None) -> Image | None:
        """See Action."""
        changes = self._decided.changes
        if self._key not in changes:
            return old
        value = changes[self._key]
        return None if value is None else Image(value)


class _Together(Generic[ResultT]):
    """The task over all regions. The first part decides, and its result is that of the whole."""

    def __init__(self, parts: Sequence[WriteTask[Any]]) -> None:
        self._parts = parts
        self.keys = [key for part in parts for key in part.keys]

    def decide(self, values: Sequence[Value]) -> Changes[ResultT]:
        """See WriteTask."""
        changes: dict[bytes, Value] = {}
        results = []
        at = 0
        for part in self._parts:
            end = at + len(part.keys)
            decided = part.decide(values[at:end])
            changes.update(decided.values)
            results.append(decided.result)
            at = end
        return Changes(changes, results[0])


class _Part(NamedTuple):
    """The writes in one other region."""

    database: Database
    writes: list[ItemWrite]


async def write_everywhere(
    database: Database, writes: Sequence[ItemWrite], make_task: MakeTask[ResultT]
) -> ResultT:
    """See `items.write.commit_writes`. Raises InternalServerError if a region of one of the tables
    is not open here."""
    for _ in range(MAX_ATTEMPTS):
        decided = _Decided(make_task(*await prefetch(database, writes)))
        parts = await _others(database, writes, decided)
        tasks: list[tuple[Database, WriteTask[Any]]] = [(database, decided)]
        for there, follows in parts:
            found = await prefetch(there, follows)
            tasks.append((there, WriteItems(there, follows, all_or_nothing, *found)))
        # The last wait: from here on it is known for each region how its values are sealed.
        await _settle([each for each, _ in tasks])
        together: _Together[ResultT] = _Together([_on_engine(*each) for each in tasks])
        try:
            return await _engine_below(database).write(together)
        except ReadSetChanged:
            continue
        except (CatalogChanged, KeyRingsMoved):
            for each in (database, *(part.database for part in parts)):
                await each.catalog.refresh()
            raise CatalogChanged from None
    raise StorageUnavailable(f"items changed {MAX_ATTEMPTS} times between being read and locked")


async def _others(
    database: Database, writes: Sequence[ItemWrite], decided: _Decided
) -> list[_Part]:
    """The same items in the other regions of their tables."""
    parts: dict[str, _Part] = {}
    for write in writes:
        if not write.table.is_strong:
            continue
        replication = write.table.model.replication
        assert replication is not None
        for replica in replication.replicas:
            if not replica.takes_changes:
                continue
            link = database.links.get(replica.region)
            if not isinstance(link, LocalLink):
                raise InternalServerError(NOT_HERE)
            there = parts.setdefault(replica.region, _Part(link.database, []))
            table = await there.database.catalog.find(write.table.name)
            if table is None or not table.is_strong:
                await database.catalog.refresh()
                raise CatalogChanged
            key = ITEMS + table.id.to_bytes(ID_SIZE, "big") + write.key[_AFTER_ID:]
            from_here = Version(0, database.arns.region)
            follow = ItemWrite(table, key, _Follow(decided, write.key), version=from_here)
            there.writes.append(follow)
    return list(parts.values())


async def _settle(databases: Sequence[Database]) -> None:
    """Find out for all stores whether their values are sealed, and how."""
    while any(isinstance(each.engine, UnresolvedEngine) for each in databases):
        for each in databases:
            await each.rings()


def _on_engine(database: Database, task: WriteTask[Any]) -> WriteTask[Any]:
    """A task of a region's store as one of the engine below all regions."""
    engine = database.engine
    if isinstance(engine, DecryptingEngine):
        task = engine.sealing(task)
    store = database.store
    return PrefixedTask(task, store.prefix) if isinstance(store, PrefixedEngine) else task


def _engine_below(database: Database) -> Engine:
    store = database.store
    return store.base if isinstance(store, PrefixedEngine) else store
