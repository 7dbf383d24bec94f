"""Stores of older formats, brought up to this one.

Formats 1 and 2 had no due work: tables with TTL and streams were polled instead. So each of them
gets the job that it would have by now, whose first step finds out what is due when. The number of
the last upgrade that was done is kept in the store itself, so a copy of an old data directory is
upgraded like the directory. An upgrade that was interrupted, or that two nodes do together, is
repeated without harm.

Processes of an older version must not write to the store meanwhile, since their writes would add no
jobs. The formats of directories and of shared databases keep them from starting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jedlik.kernel.due_work import Job, Schedule
from jedlik.kernel.keyspaces import STREAMS, UPGRADED
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.recording.expiry import SWEEP, expiry_name
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.tables.time_to_live import BACKFILL
from jedlik.storage.blind_write import BlindWrite

LATEST: Final = b"1"
_TABLES_A_STEP: Final = 50
_JOBS_A_STEP: Final = 200


async def upgrade(database: Database) -> None:
    """Upgrade the store to this version, if necessary. To be called before requests are answered
    and background work starts."""
    if await database.store.read((UPGRADED,)) == [LATEST]:
        return
    now = database.clock.now()
    after = ""
    while tables := await database.catalog.all(after, _TABLES_A_STEP):
        await _put(database, [job for table in tables for job in _jobs_of(table, database, now)])
        after = tables[-1].name
    streams = [value for _, value in await all_rows(database.store, STREAMS)]
    await _put(database, _jobs_of_streams(streams, now))
    await database.store.write(BlindWrite({UPGRADED: LATEST}))


def _jobs_of(table: Table, database: Database, now: float) -> list[Job]:
    setting = table.time_to_live
    if setting is None or not setting.enabled:
        return []
    name = expiry_name(table.name, setting.id)
    jobs = [Job(SWEEP, name, now, database.marks.new())]
    if setting.backfilling:
        jobs.append(Job(BACKFILL, name, now))
    return jobs


def _jobs_of_streams(records: Sequence[bytes], now: float) -> list[Job]:
    if not records:
        return []  # as on every first start
    from jedlik.services.dynamodb.streams.streams import decode, upkeep_job  # noqa: PLC0415

    return [upkeep_job(decode(record), now) for record in records]


async def _put(database: Database, jobs: Sequence[Job]) -> None:
    for at in range(0, len(jobs), _JOBS_A_STEP):
        await database.store.write(Schedule(*jobs[at : at + _JOBS_A_STEP]))
