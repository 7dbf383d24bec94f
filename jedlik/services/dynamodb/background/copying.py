"""The steps of a backup or a restore: each is one commit under the lease, with the job's progress.

A repeated step changes nothing the second time, and an interrupted one has changed nothing; so
after a crash a job continues where it was. Only the last commit makes the backup AVAILABLE or the
table ACTIVE.

UNDO goes from the latest change back to the moment. So the earliest change of an item is undone
last, and the image before it remains. Writes after a copy need not be undone: an item that was not
changed between the moment and its copy was copied as it was at the moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from jedlik.kernel.backup_keys import backup_job_key, changes_prefix, hold_key
from jedlik.kernel.keyspaces import INDEX_PREFIX_SIZE, counters_prefix, index_prefix
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.backups.export_job import export_job
from jedlik.services.dynamodb.backups.holds import leave_log
from jedlik.services.dynamodb.backups.model import (
    AVAILABLE,
    BUILD,
    COPY,
    CREATING,
    FINISH,
    UNDO,
    CopyJob,
    decode_backup,
    decode_job,
)
from jedlik.services.dynamodb.database.catalog import CatalogDraft
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.dynamodb.recording.change_records import LOG_SHARDS, PLACE, parsed
from jedlik.services.dynamodb.tables.figures import Tally
from jedlik.services.dynamodb.tables.model import TABLE_INDEX_ID
from jedlik.services.dynamodb.transfers.model import decode_import
from jedlik.storage.engine import Changes, Value
from jedlik.values.image import Image
from jedlik.values.keybytes import successor
from jedlik.values.stored import size_of

ROWS_A_STEP: Final = 256
BYTES_A_STEP: Final = 512 * 1024
_NOWHERE: Final = backup_job_key("no backup")
_NOTHING: Final = backup_job_key("no import")
"""Keys without values, for jobs without a backup or an import."""


class _Step:
    """One page's commit: `puts`, the counts, and the job's progress."""

    def __init__(
        self,
        lease: Lease,
        job: CopyJob,
        progress: CopyJob,
        puts: Mapping[bytes, Value],
        counters: bytes | None = None,
        tally: Tally | None = None,
    ) -> None:
        self._lease = lease
        self._job = job
        self._progress = progress
        self._puts = puts
        self._counters = counters
        self._tally = tally
        self.keys: Sequence[bytes] = (lease.key, backup_job_key(job.id))
        if counters is not None:
            self.keys = (*self.keys, counters)

    def decide(self, values: Sequence[Value]) -> Changes[bool]:
        lease, job, *record = values
        self._lease.check(lease)
        if job is None or decode_job(job) != self._job:
            return Changes({}, False)
        changes = dict(self._puts)
        if self._counters is not None and self._tally is not None:
            counted = self._tally.applied_to(record[0])
            if counted is not record[0]:
                changes[self._counters] = counted
        changes[backup_job_key(self._job.id)] = self._progress.encode()
        return Changes(changes, True)


async def copy_step(database: Database, lease: Lease, job_id: str) -> bool:
    """Do the next step of a job; False once it is done, or has to wait. Raises LeaseLost, and
    StorageFull while only the disk's reserve is left."""
    (stored,) = await database.store.read((backup_job_key(job_id),))
    if stored is None:
        return False
    job = decode_job(stored)
    if job.phase in (COPY, BUILD):
        database.check_reserve()
    if job.phase == COPY:
        return await _copy(database, lease, job)
    if job.phase == UNDO:
        return await _undo(database, lease, job)
    if job.phase == BUILD:
        return await _build(database, lease, job)
    await _finish(database, lease, job)
    return False


def _after(job: CopyJob, cursor: bytes, more: bool) -> CopyJob:
    """The job after a page that ended with the key `cursor`."""
    if more:
        return replace(job, cursor=cursor.hex())
    return replace(job, phase=job.next_phase, cursor="", shard=0)


async def _copy(database: Database, lease: Lease, job: CopyJob) -> bool:
    if job.target_table is not None and job.backup is not None:
        (stored,) = await database.store.read((bytes.fromhex(job.backup),))
        if stored is not None and decode_backup(stored).status == CREATING:
            return False  # until that one is complete
    source = index_prefix(job.source, TABLE_INDEX_ID)
    target = index_prefix(job.target, TABLE_INDEX_ID)
    low = source if not job.cursor else bytes.fromhex(job.cursor) + b"\x00"
    page = await database.engine.range(
        low, successor(source), limit=ROWS_A_STEP, max_bytes=BYTES_A_STEP
    )
    puts: dict[bytes, Value] = {target + key[INDEX_PREFIX_SIZE:]: value for key, value in page.rows}
    cursor = page.rows[-1][0] if page.rows else b""
    return await database.engine.write(_Step(lease, job, _after(job, cursor, page.more), puts))


async def _undo(database: Database, lease: Lease, job: CopyJob) -> bool:
    assert job.log is not None
    prefix = changes_prefix(job.source, job.log) + bytes((job.shard,))
    target = index_prefix(job.target, TABLE_INDEX_ID)
    page = await database.engine.range(
        prefix + PLACE.pack(job.since + 1, 0),
        bytes.fromhex(job.cursor) if job.cursor else successor(prefix),
        limit=ROWS_A_STEP,
        max_bytes=BYTES_A_STEP,
        reverse=True,
    )
    puts: dict[bytes, Value] = {}
    for _, value in page.rows:
        item_key, old = parsed(value)
        puts[target + item_key] = old
    if page.more:
        progress = replace(job, cursor=page.rows[-1][0].hex())
    elif job.shard + 1 < LOG_SHARDS:
        progress = replace(job, cursor="", shard=job.shard + 1)
    else:
        progress = _after(job, b"", more=False)
    return await database.engine.write(_Step(lease, job, progress, puts))


async def _build(database: Database, lease: Lease, job: CopyJob) -> bool:
    assert job.target_table is not None
    model = await database.catalog.current(job.target_table)
    assert model is not None, "no one deletes a table that is being restored"
    assert model.id == job.target
    table = OpenTable(model)
    low = table.prefix if not job.cursor else bytes.fromhex(job.cursor) + b"\x00"
    page = await database.engine.range(
        low, successor(table.prefix), limit=ROWS_A_STEP, max_bytes=BYTES_A_STEP
    )
    puts: dict[bytes, Value] = {}
    tally = Tally()
    for key, stored in page.rows:
        tally.add(TABLE_INDEX_ID, 1, size_of(stored))
        item = Image(stored).item if table.indexes else {}
        for index in table.indexes:
            entry_key = index.entry_key(item, key)
            if entry_key is not None:
                entry = puts[entry_key] = index.entry_value(item, stored)
                tally.add(index.id, 1, size_of(entry))
    counters = counters_prefix(table.id) + database.counter_shard
    cursor = page.rows[-1][0] if page.rows else b""
    progress = _after(job, cursor, page.more)
    return await database.engine.write(_Step(lease, job, progress, puts, counters, tally))


async def _finish(database: Database, lease: Lease, job: CopyJob) -> None:
    """Mark the copy as complete, and release what was needed for it."""
    assert job.phase == FINISH
    backup_key = bytes.fromhex(job.backup) if job.backup else _NOWHERE
    import_key = bytes.fromhex(job.imported) if job.imported else _NOTHING
    keys = (backup_job_key(job.id), hold_key(job.source), backup_key, import_key)

    now = database.clock.now()

    def decide(draft: CatalogDraft) -> None:
        held_lease, stored, hold, of_backup, of_import = draft.also_read
        lease.check(held_lease)
        if stored is None or decode_job(stored) != job:
            return
        draft.values[backup_job_key(job.id)] = None
        if job.backup is not None and of_backup is not None:
            made = replace(decode_backup(of_backup), status=AVAILABLE, restoring=None)
            draft.values[backup_key] = made.encode()
        if job.imported is not None and of_import is not None:
            draft.values[import_key] = decode_import(of_import).ended(round(now, 3)).encode()
        if job.target_table is not None:
            table = draft.table(job.target_table)
            if table is not None and table.id == job.target:
                draft.put(replace(table, restore=None, importing=False))
        if job.following is not None and job.source_table is not None:
            draft.values.update(export_job(job.following, job.source_table, now).puts())
        if job.source_table is not None:
            leave_log(draft, job.source_table, job.source, (job.id,), hold)

    names = [name for name in (job.target_table, job.source_table) if name is not None]
    await database.catalog.change(tuple(names), decide, also_read=(lease.key, *keys))
    database.wake_workers()
