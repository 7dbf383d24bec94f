"""Writing one item, as most writes do.

`WriteItems` keeps track of any number of items, tables and logs. A write of one item of a table
that is `OpenTable.is_self_contained` does not need this: it reads the catalog's version, one
counter record and the item, the last numbers of the shards that get its records, the `VectorReads`
of vector indexes, and, if the table has replicas, the item's version and the last number of its
log. Its effects are decided by the same `Commit`. All other writes go through `WriteItems`, and so
does one whose decision would take long (`Undecided`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jedlik.base.places import Caller
from jedlik.kernel.catalog_version import CatalogChanged, ChecksCatalog
from jedlik.kernel.keyspaces import CATALOG_VERSION
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.items.item_write import ItemWrite
from jedlik.services.dynamodb.items.long_decisions import Undecided
from jedlik.services.dynamodb.items.vector_reads import VectorReads
from jedlik.services.dynamodb.items.write import Commit, Outcome, write_items
from jedlik.services.dynamodb.recording.open_stream import Recorder
from jedlik.services.dynamodb.recording.version_recorder import VersionRecorder
from jedlik.storage.engine import Changes, Value

_BEFORE_SHARDS: Final = 3
"""Values before those of the shards."""
_OF_REPLICATION: Final = -2
"""Position of the version and the log's number, if the table has replicas."""


async def write_item(
    database: Database, write: ItemWrite, operation: str, caller: Caller | None
) -> Outcome:
    """Write one item for a caller's `operation`. Raises what `write_items` raises."""
    table = write.table
    if not table.is_self_contained or table.budget is not None:
        (outcome,) = await write_items(database, (write,), operation, caller)
        return outcome
    try:
        outcome = await database.engine.write(SingleWrite(database, write))
    except Undecided:
        (outcome,) = await write_items(database, (write,), operation, caller)
        return outcome
    except CatalogChanged:
        await database.catalog.refresh()
        raise
    outcome.meter(operation)
    return outcome


class SingleWrite(ChecksCatalog):
    """The engine's task. The values of `keys` come in this order: the catalog's version, the
    table's counters, the item, stream shards, the reads of vector indexes, the item's version and
    its log's number."""

    __slots__ = (
        "_mark", "_microseconds", "_region", "_shards", "_vectors", "_version", "_write", "keys",
    )  # fmt: skip

    def __init__(self, database: Database, write: ItemWrite) -> None:
        table = write.table
        self._version = database.catalog.version
        if table.version != self._version:
            raise CatalogChanged
        self._write = write
        self._mark = b"" if table.expiry is None else database.marks.new()
        counters = table.counters_prefix + database.counter_shard
        self.keys: tuple[bytes, ...] = (CATALOG_VERSION, counters, write.key)
        self._shards = [stream.shard_of(write.key) for stream in table.streams]
        log = table.replication
        if self._shards or log is not None:
            self._microseconds = int(database.clock.now() * 1_000_000)
            self.keys += tuple([shard.number_key for shard in self._shards])
        self._vectors = VectorReads((write,)) if table.vectors else None
        if self._vectors is not None:
            self.keys += self._vectors.keys
        if log is not None:
            self._region = database.arns.region
            self.keys += (log.version_key(write.key), log.number_key(write.key))

    def decide(self, values: Sequence[Value]) -> Changes[Outcome]:
        if values[0] != self._version:
            raise CatalogChanged
        write = self._write
        commit = Commit((write.table.id,), self._mark)
        changes = commit.changes
        if self._shards:
            numbers = self._numbers(values)
            commit.recorder = Recorder(self._shards, numbers, self._microseconds, changes)
        if write.table.replication is not None:
            keys, found = self.keys[_OF_REPLICATION:], values[_OF_REPLICATION:]
            commit.versions = VersionRecorder(
                self._region, self._microseconds, keys, found, changes
            )
        if self._vectors is not None:
            first = _BEFORE_SHARDS + len(self._shards)
            read = values[first : first + len(self._vectors.keys)]
            commit.vectors = self._vectors.logger(read, changes)
        outcome = commit.write(write, values[2])
        commit.count(write.table.id, self.keys[1], values[1])
        return Changes(changes, outcome)

    def _numbers(self, values: Sequence[Value]) -> Sequence[Value]:
        """The last numbers of the stream shards."""
        return values[_BEFORE_SHARDS : _BEFORE_SHARDS + len(self._shards)]
