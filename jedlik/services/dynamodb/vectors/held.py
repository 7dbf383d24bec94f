"""Vectors in memory: loaded at first use and kept current.

Before a search uses rows, it reads the end of the index's log (see `recording.vector_log`), in one
read, and brings all partitions of the index in memory up to it: the entries that have changed are
read and replaced. So it sees every write that was acknowledged before, by any process.

While a partition is being loaded, it may be written to. Changes that other searches of the index
find meanwhile are noted, and these entries are read again once the others are loaded; so no entry
keeps the value of an older read. For the same reason only one search at a time catches up.

A process that does not search catches up about every second (`follow`), so that its next search
need not. The bits of large partitions are made in the background, once their entries are loaded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Sequence
from types import ModuleType
from typing import Any, Final

from jedlik.base.errors import ServiceError
from jedlik.base.limits import KIB
from jedlik.base.turns import Turns
from jedlik.kernel.keyspaces import CATALOG_VERSION, INDEX_PREFIX_SIZE
from jedlik.kernel.store import Store
from jedlik.services.dynamodb.database.catalog import Catalog
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.metering.metric_names import TABLE, VECTOR_INDEX
from jedlik.services.dynamodb.recording.vector_entries import OpenVectorIndex
from jedlik.services.dynamodb.recording.vector_log import (
    Position,
    changed_entry,
    is_kept,
    position_of,
)
from jedlik.services.dynamodb.vectors.in_use import NOTE_SECONDS, note_in_use
from jedlik.services.dynamodb.vectors.memory import HeldPartition, VectorMemory
from jedlik.services.dynamodb.vectors.nearest_rows import is_large, lack_bits, make_bits
from jedlik.services.dynamodb.vectors.rows import HeldEntry, VectorRows, filter_codes
from jedlik.storage.engine import Row
from jedlik.storage.failures import StorageFailure
from jedlik.values.keybytes import HASH_SIZE, successor

_BYTES_A_PAGE: Final = 256 * KIB
"""Bytes that loading reads without a pause: under a millisecond."""
_CHANGES_A_PAGE: Final = 1024
_ENTRIES_A_PAGE: Final = 256

_log = logging.getLogger(__name__)


class HeldIndex:
    """One index's vectors in the memory of a process."""

    def __init__(self, held: HeldVectors, table: str, index: OpenVectorIndex) -> None:
        self.index = index
        self.table = table
        self.partitions: dict[bytes, HeldPartition] = {}
        """By the hash of their HASH attribute."""
        self._store = held.store
        self._catalog = held.catalog
        self._memory = held.memory
        self._numpy = held.numpy
        self._tasks = held.tasks
        self._catching_up = asyncio.Lock()
        self._position: Position | None = None

    async def partition(self, table: OpenTable, prefix: bytes) -> HeldPartition:
        """The partition whose entries' keys begin with `prefix`, up to date, for a search in it.

        Raises CatalogChanged, and LimitExceededException if there is not enough memory for it. The
        caller counts it as being searched until the search is done.
        """
        held = await self.load(table, prefix[INDEX_PREFIX_SIZE:])
        if is_large(held.rows):
            now = self._store.clock.now()
            if now >= held.noted + NOTE_SECONDS:
                held.noted = now
                note = note_in_use(self._store, table, self.index, held.hash)
                self._tasks.start(note)
        return held

    async def load(self, table: OpenTable, hash_: bytes) -> HeldPartition:
        """The same by the hash of the partition, without a search."""
        while True:
            await self.catch_up(table)
            held = self.partitions.get(hash_)
            if held is None:
                held = self._begin(hash_)
            self._memory.use(held)
            if held.loading is None:
                self._see_to_bits(held)
                return held
            await asyncio.shield(held.loading)

    # --- Loading ----------------------------------------------------------------------------------

    def _begin(self, hash_: bytes) -> HeldPartition:
        index = self.index
        rows = VectorRows(self._numpy, index.model.dimensions, tuple(index.filters))
        dimensions = ((TABLE, self.table), (VECTOR_INDEX, index.name))
        held = HeldPartition(rows, self.partitions, hash_, dimensions)
        self._memory.add(held)
        held.loading = self._tasks.start(self._load(held))
        return held

    async def _load(self, held: HeldPartition) -> None:
        try:
            await self._read_entries(held)
            async with self._catching_up:
                while held.missed:
                    missed = list(held.missed)[:_ENTRIES_A_PAGE]
                    held.missed.difference_update(missed)
                    await self._read_again(held, missed)
                held.loading = None
        except BaseException:
            self._memory.drop(held)
            raise

    async def _read_entries(self, held: HeldPartition) -> None:
        """Read all entries. The catalog is not checked: the entries of a deleted index are deleted
        too, and no other index will ever have its prefix."""
        prefix = self.index.prefix + held.hash
        low, high = prefix, successor(prefix)
        turns = Turns()
        while self.partitions.get(held.hash) is held:  # otherwise there was no room for it
            page = await self._store.engine.range(low, high, max_bytes=_BYTES_A_PAGE)
            held.rows.put([self._entry(row) for row in page.rows])
            self._memory.charge(held)
            if not page.more:
                return
            low = page.rows[-1][0] + b"\x00"
            if turns.over:
                await turns.give_way()

    def _entry(self, row: Row) -> HeldEntry:
        key, entry = row
        index = self.index
        codes: tuple[int, ...] = ()
        if index.filters:
            codes = filter_codes(index.filters, index.attributes(entry))
        return HeldEntry(key[INDEX_PREFIX_SIZE + HASH_SIZE :], index.packed_vector(entry), codes)

    def _see_to_bits(self, held: HeldPartition) -> None:
        if held.making is None and lack_bits(held.rows):
            held.making = self._tasks.start(self._make_bits(held))

    async def _make_bits(self, held: HeldPartition) -> None:
        try:
            await make_bits(held.rows, self.index.model.distance)
        finally:
            held.making = None
        self._memory.charge(held)

    # --- Keeping current --------------------------------------------------------------------------

    async def catch_up(self, table: OpenTable | None = None) -> None:
        """Bring all vectors in memory up to date. Raises CatalogChanged if `table` is given and has
        changed."""
        log = self.index.log
        async with self._catching_up:
            keys = (CATALOG_VERSION, *log.number_keys)
            version, *numbers = await self._store.engine.read(keys)
            if table is not None:
                self._catalog.check(version, table)
            last = position_of(numbers)
            known = self._position
            if known == last:
                return
            if known is not None and self.partitions:
                if is_kept(known, last):
                    await self._apply(known, last)
                else:
                    self._forget()
            self._position = last

    async def follow(self) -> None:
        """Catch up ahead of the next search."""
        await self.catch_up()
        for held in self.partitions.values():
            if held.loading is None:
                self._see_to_bits(held)

    def _forget(self) -> None:
        """Drop everything; partitions are loaded again when needed."""
        for held in list(self.partitions.values()):
            self._memory.drop(held)

    async def _apply(self, known: Position, last: Position) -> None:
        """Apply the changes between two positions."""
        turns = Turns()
        rows = list(self.index.log.row_keys(known, last))
        changed: dict[bytes, None] = {}
        for at in range(0, len(rows), _CHANGES_A_PAGE):
            some = rows[at : at + _CHANGES_A_PAGE]
            values = await self._store.engine.read([key for _, key in some])
            for (number, _), value in zip(some, values, strict=True):
                entry = changed_entry(number, value)
                if entry is None:  # replaced by a later change
                    self._forget()
                    return
                changed[entry] = None
            if turns.over:
                await turns.give_way()
        await self._replace(changed, turns)

    async def _replace(self, changed: Iterable[bytes], turns: Turns) -> None:
        """Read entries again, by their keys after the prefix of the index."""
        of_partitions: dict[HeldPartition, list[bytes]] = {}
        for entry in changed:
            held = self.partitions.get(entry[:HASH_SIZE])
            if held is None:
                continue
            if held.loading is not None:
                held.missed.add(entry[HASH_SIZE:])
            else:
                of_partitions.setdefault(held, []).append(entry[HASH_SIZE:])
        for held, keys in of_partitions.items():
            for at in range(0, len(keys), _ENTRIES_A_PAGE):
                await self._read_again(held, keys[at : at + _ENTRIES_A_PAGE])
                if turns.over:
                    await turns.give_way()

    async def _read_again(self, held: HeldPartition, changed: Sequence[bytes]) -> None:
        prefix = self.index.prefix + held.hash
        keys = [prefix + each for each in changed]
        entries = await self._store.engine.read(keys)
        there = []
        for key, entry in zip(keys, entries, strict=True):
            if entry is None:
                held.rows.delete(key[len(prefix) :])
            else:
                there.append(self._entry((key, entry)))
        held.rows.put(there)
        self._memory.charge(held)


class _Tasks:
    """Background tasks."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` in a task that lives until it ends or all are stopped."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # no warning if all searches that waited for it have gone

    async def stop(self) -> None:
        """End all."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


class HeldVectors:
    """The vector indexes of one store in the memory of a process, in up to `memory` MiB.
    `numpy` is passed in."""

    def __init__(self, store: Store, catalog: Catalog, memory: int, numpy: ModuleType) -> None:
        self.store = store
        self.catalog = catalog
        self.memory = VectorMemory(store.clock, store.metrics, memory)
        self.numpy = numpy
        self.tasks = _Tasks()
        self._indexes: dict[int, HeldIndex] = {}
        self._following: asyncio.Task[None] | None = None

    def index(self, table: OpenTable, index: OpenVectorIndex) -> HeldIndex:
        """The vectors of an index in memory."""
        held = self._indexes.get(index.id)
        if held is None:
            held = self._indexes[index.id] = HeldIndex(self, table.name, index)
        return held

    def clear(self) -> None:
        """Drop everything, since the store was replaced."""
        self.memory.clear()
        self._indexes.clear()

    def follow(self) -> None:
        """Catch up in a separate task, and drop deleted indexes. To be called every second on the
        event loop."""
        if self._indexes and (self._following is None or self._following.done()):
            self._following = self.tasks.start(self._follow())

    async def _follow(self) -> None:
        try:
            for index_id, held in list(self._indexes.items()):
                table = await self.catalog.find(held.table)
                if table is None or all(index.id != index_id for index in table.vectors):
                    self._indexes.pop(index_id, None)
                    for partition in list(held.partitions.values()):
                        self.memory.drop(partition)
                elif held.partitions:
                    await held.follow()
        except (StorageFailure, ServiceError) as error:
            _log.warning("vectors wait for the storage: %s", error)

    async def stop(self) -> None:
        """End the background tasks."""
        await self.tasks.stop()
