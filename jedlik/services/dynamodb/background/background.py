"""All background work of one process."""

from __future__ import annotations

import importlib
from typing import Final

from jedlik.base.together import together
from jedlik.services.dynamodb.background.backup_work import BackupWork
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.background.re_encryption import ReEncryption
from jedlik.services.dynamodb.background.token_sweep import TokenSweep
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.loops.due_jobs import DueJobs
from jedlik.services.dynamodb.loops.lazy_job_kind import LazyJobKind
from jedlik.services.dynamodb.loops.loop import LeasedLoop

_HERE: Final = "jedlik.services.dynamodb.background"
_SENDERS: Final = "jedlik.services.dynamodb.replication.senders"
_TRANSFERS: Final = "jedlik.services.dynamodb.transfers"
_BULK: Final = "jedlik.services.dynamodb.bulk"
_KINDS: Final = {
    "expiry": f"{_HERE}.expiry_sweep:ExpirySweep",
    "expiry-backfill": f"{_HERE}.expiry_backfill:ExpiryBackfill",
    "stream-upkeep": f"{_HERE}.stream_upkeep:StreamUpkeep",
    "bulk-put": f"{_BULK}.put_work:BulkPutWork",
    "export": f"{_TRANSFERS}.export_work:ExportWork",
    "import": f"{_TRANSFERS}.import_work:ImportWork",
    "replica-change": "jedlik.services.dynamodb.replication.membership_work:MembershipWork",
    "replica-departure": (
        "jedlik.services.dynamodb.operations.global_tables.departure:DepartureWork"
    ),
    "replication-upkeep": "jedlik.services.dynamodb.replication.upkeep:ReplicationUpkeep",
}


def table_jobs(database: Database, interval: float = 1.0) -> DueJobs:
    """The loop of due jobs, with all kinds that this service has."""
    kinds = [LazyJobKind(name, home, database) for name, home in _KINDS.items()]
    return DueJobs(database, interval, kinds)


class Background:
    """The loops; each kind of work is done by whichever process holds its lease.

    `ttl_interval` is how many seconds may pass from an item's expiry until its deletion begins.
    """

    def __init__(self, database: Database, ttl_interval: float = 1.0) -> None:
        self._database = database
        self.due_jobs = table_jobs(database, ttl_interval)
        """Other services add their kinds of jobs to it, before `start`."""
        self._loops: tuple[LeasedLoop, ...] = (
            self.due_jobs,
            Maintenance(database),
            TokenSweep(database),
            ReEncryption(database),
            BackupWork(database),
        )

    def start(self) -> None:
        """Start, on the running event loop."""
        if self._database.links:  # most servers have one region, and never load what sends
            made = importlib.import_module(_SENDERS).senders(self._database)
            self._loops = (*self._loops, *made)
        for loop in self._loops:
            loop.start()
        self._database.wake_workers = self._wake

    def _wake(self) -> None:
        for loop in self._loops:
            loop.wake()

    @property
    def idle(self) -> bool:
        """Whether no work is running at this moment."""
        return all(loop.idle for loop in self._loops)

    async def wake_and_wait(self) -> None:
        """Look for work immediately, and return when all that was due is done."""
        await together(loop.wake_and_wait() for loop in self._loops)

    async def stop(self) -> None:
        """Finish the current steps, then let other processes take over immediately."""
        await together(loop.stop() for loop in self._loops)
