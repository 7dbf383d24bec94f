"""Deleting what replication no longer needs. Every table with replicas has one job.

A visit checks whether the other regions can be reached at all (see `parting`). It deletes the
progress of regions that are no longer replicas, rows of the log that all regions have (most are
deleted with the batch that brought them to the last one, see `sending`), and old deletions. A
deletion is recorded for a week at least, and until nothing older can come: every other region has
reported that everything it wrote by then is here, and has the deletion itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.due_work import Job
from jedlik.kernel.keyspaces import APPLIED, CATALOG_VERSION, SENT, TIME_SIZE, table_log_prefix
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.replication_log import LOG_SHARDS, OpenReplication, Position
from jedlik.services.dynamodb.recording.versions import (
    MICROSECONDS,
    ItemVersion,
    decode_version,
)
from jedlik.services.dynamodb.replication.membership import UPKEEP
from jedlik.services.dynamodb.replication.parting import note_reach
from jedlik.services.dynamodb.replication.progress import (
    Applied,
    Sent,
    applied_key,
    decode_applied,
    decode_sent,
    earliest,
    sent_key,
)
from jedlik.services.dynamodb.replication.sending import TOMBSTONE_SECONDS
from jedlik.storage.engine import Changes, Value
from jedlik.values.keybytes import successor

INTERVAL: Final = 3600.0
ROWS_A_STEP: Final = 256


class _Others(NamedTuple):
    """How far changes have come in the other regions, and theirs here."""

    sent: list[Sent | None]
    applied: list[Applied | None]

    @property
    def done(self) -> Position | None:
        """The position in the log that all of them have reached; None while one has not begun."""
        positions = [sent.position for sent in self.sent if sent is not None]
        return earliest(positions) if 0 < len(positions) == len(self.sent) else None

    @property
    def complete_at(self) -> int:
        """Everything that they had written by this time is here, and writes made here have begun to
        reach them; 0 if that is not known for one of them."""
        if any(sent is None or sent.fill is not None for sent in self.sent):
            return 0
        return min((0 if each is None else each.complete_at for each in self.applied), default=0)


class _Drop:
    """Write task: delete keys, if the lease still holds and neither the catalog nor the values that
    were read have changed. Raises LeaseLost and CatalogChanged."""

    def __init__(
        self, lease: Lease, version: Value, keys: Sequence[bytes], read: Mapping[bytes, Value]
    ) -> None:
        self._lease = lease
        self._version = version
        self._dropped = keys
        self._read = read
        self.keys = (lease.key, CATALOG_VERSION, *read)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        lease, version, *read = values
        self._lease.check(lease)
        if version != self._version or read != list(self._read.values()):
            raise CatalogChanged
        return Changes(dict.fromkeys(self._dropped), None)


class ReplicationUpkeep:
    """The kind of jobs that delete what replication no longer needs (see `due_jobs.JobKind`).

    A job's payload has the table's `id`, and in `after` how far a visit has come with deletions.
    """

    name = UPKEEP

    def __init__(self, database: Database) -> None:
        self._database = database

    async def step(self, job: Job, lease: Lease) -> Sequence[Job]:
        """Delete the next part. Raises LeaseLost and CatalogChanged."""
        database = self._database
        await database.catalog.refresh()
        table = await database.catalog.find(job.name)
        if table is None or table.id != job.members["id"] or table.replication is None:
            return []
        await note_reach(database, table.model)
        log = table.replication
        others = await self._others(table, log)
        if await self._forget_regions(lease, table, log):
            return [job]
        if others.done is not None and await self._drop_rows(lease, table, log, others.done):
            return [job]
        after = await self._drop_deletions(lease, table, log, others, job.members.get("after", ""))
        if after:
            return [job.again(after=after)]
        return [job.again(database.clock.now() + INTERVAL, after="")]

    async def _others(self, table: OpenTable, log: OpenReplication) -> _Others:
        regions = _regions(table)
        keys = [sent_key(table.id, log.id, region) for region in regions]
        keys += [applied_key(table.id, log.id, region) for region in regions]
        values = await self._database.store.read(keys)
        sent, applied = values[: len(regions)], values[len(regions) :]
        return _Others([*map(decode_sent, sent)], [*map(decode_applied, applied)])

    async def _forget_regions(self, lease: Lease, table: OpenTable, log: OpenReplication) -> bool:
        """Delete the progress of regions that are not replicas; returns whether there was any."""
        known = {region.encode() for region in _regions(table)}
        gone: dict[bytes, Value] = {}
        for keyspace in (APPLIED, SENT):
            prefix = table_log_prefix(keyspace, table.id, log.id)
            page = await self._database.store.range(prefix, successor(prefix))
            gone |= {key: value for key, value in page.rows if key[len(prefix) :] not in known}
        if gone:
            await self._database.store.write(_Drop(lease, table.version, [*gone], gone))
        return bool(gone)

    async def _drop_rows(
        self, lease: Lease, table: OpenTable, log: OpenReplication, done: Position
    ) -> bool:
        """Delete rows that all regions have; returns whether there were any."""
        rows: list[bytes] = []
        for shard in range(LOG_SHARDS):
            low, high = log.span(shard, 0, done[shard])
            page = await self._database.store.range(low, high, limit=ROWS_A_STEP)
            rows += [key for key, _ in page.rows]
        if rows:
            await self._database.store.write(_Drop(lease, table.version, rows, {}))
        return bool(rows)

    async def _drop_deletions(
        self, lease: Lease, table: OpenTable, log: OpenReplication, others: _Others, after: str
    ) -> str:
        """Forget the next old deletions; returns where to continue, empty at the end."""
        store = self._database.store
        forgotten = self._database.clock.now() - TOMBSTONE_SECONDS
        until = min(int(forgotten * MICROSECONDS), others.complete_at)
        done = others.done
        if until <= 0 or done is None:
            return ""
        low = log.tombstones + bytes.fromhex(after) + (b"\x00" if after else b"")
        page = await store.range(low, log.tombstone_key(until, b""), limit=ROWS_A_STEP)
        items = [key[len(log.tombstones) + TIME_SIZE :] for key, _ in page.rows]
        versions = [log.versions + item for item in items]
        stored = await store.read(versions)
        dropped: list[bytes] = []
        read: dict[bytes, Value] = {}
        for (key, _), item, version_key, value in zip(
            page.rows, items, versions, stored, strict=True
        ):
            version = decode_version(value)
            if version is not None and _has_come(version, item, done):
                dropped += (key, version_key)
                read[version_key] = value
        if dropped:
            await store.write(_Drop(lease, table.version, dropped, read))
        return page.rows[-1][0][len(log.tombstones) :].hex() if page.more else ""


def _regions(table: OpenTable) -> list[str]:
    """The regions to which changes of a table are sent."""
    model = table.model.replication
    return [each.region for each in (() if model is None else model.replicas) if each.takes_changes]


def _has_come(version: ItemVersion, item: bytes, done: Position) -> bool:
    """Whether a deletion, if made in this region, has come to all others."""
    return version.deleted and version.number <= done[item[0] % LOG_SHARDS]
