"""The background work of `dynamodb.backups`: copies, restores, trimming of logs, expiry.

The code for it is loaded when there is something to do: most servers have no backups.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from jedlik.base.errors import ServiceError
from jedlik.base.loading import load
from jedlik.base.log import RATE_LIMITED
from jedlik.kernel.keyspaces import BACKUP_JOBS, BACKUPS, TABLES_WORK
from jedlik.kernel.metrics.metric import BYTES
from jedlik.kernel.metrics.recorder import Gauge
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.loops.loop import LeasedLoop
from jedlik.services.dynamodb.metering.metric_names import metric
from jedlik.services.dynamodb.tables.model import may_have_log
from jedlik.storage.engine import Value
from jedlik.storage.failures import StorageFull
from jedlik.values.keybytes import successor

if TYPE_CHECKING:
    from jedlik.services.dynamodb.backups.store import Found

TRIM_INTERVAL: Final = 60.0
"""Seconds between two trimmings: records may be kept that much longer."""
_COPYING: Final = "jedlik.services.dynamodb.background.copying"
_EXPIRY: Final = "jedlik.services.dynamodb.backups.expiry"
_TRIMMING: Final = "jedlik.services.dynamodb.backups.trimming"
LARGE_LOG: Final = 1024**3
"""A log of this many bytes is worth a warning, and another one whenever it has doubled."""

_log = logging.getLogger(__name__)


class BackupWork(LeasedLoop):
    """Backups, restores and the trimming of logs, of one database."""

    lease_name = "backups"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._trim_at = 0.0
        self._version: Value = b"none yet"
        self._logged: list[str] = []
        self._waiting: set[str] = set()
        self._large: dict[str, int] = {}
        """The size at which the next warning about a table's log is due."""

    async def _round(self) -> bool:
        database = self._database
        jobs = [key[len(BACKUP_JOBS) :].decode() for key, _ in await self._jobs()]
        now = database.clock.now()
        expired = await self._expired() if now >= self._trim_at else []
        logged = await self._tables() if now >= self._trim_at else []
        if not (jobs or expired or logged) or not await self._hold():
            return False
        for job in jobs:
            await self._work_on(job)
        for found in expired:
            await self._expire(found)
        for name in logged:
            await self._trim(name)
        if expired or logged:
            self._trim_at = now + TRIM_INTERVAL
        # A restore may have waited for the backup that was made just now.
        left = [key[len(BACKUP_JOBS) :].decode() for key, _ in await self._jobs()]
        return bool(left) and left != jobs and not self._stopping.is_set()

    async def _expired(self) -> list[Found]:
        page = await self._database.store.range(BACKUPS, successor(BACKUPS), limit=1)
        if not page.rows:
            return []
        await load(_EXPIRY)
        from jedlik.services.dynamodb.backups.expiry import expired_backups  # noqa: PLC0415

        return await expired_backups(self._database)

    async def _expire(self, found: Found) -> None:
        from jedlik.services.dynamodb.backups.expiry import expire  # noqa: PLC0415

        await self._step(expire, found)

    async def _trim(self, name: str) -> None:
        """Remove records that are too old from a table's log, and note how much is left."""
        await load(_TRIMMING)
        from jedlik.services.dynamodb.backups.trimming import log_size, trim_step  # noqa: PLC0415

        await self._steps(trim_step, name)
        table = await self._database.catalog.current(name)
        if table is not None:
            self._note_size(name, await log_size(self._database, table))

    def _note_size(self, name: str, size: int) -> None:
        """Record how much disk space a table's log takes, and warn when that is much."""
        named = metric("RecoveryLogBytes", BYTES, TableName=name)
        self._database.metrics.distribution(named, Gauge).add(size)
        limit = self._large.get(name, LARGE_LOG)
        if size >= limit:
            self._large[name] = 2 * size
            _log.warning(
                "the data kept for point-in-time recovery and backups of %s has grown to %.1f GiB; "
                "a shorter RecoveryPeriodInDays keeps less",
                name, size / 1024**3,
            )  # fmt: skip

    async def _jobs(self) -> list[tuple[bytes, bytes]]:
        return await all_rows(self._database.store, BACKUP_JOBS)

    async def _work_on(self, job: str) -> None:
        """Do steps of one job. A job whose key may not be used waits until it may, and one for
        which there is no room until there is."""
        await load(_COPYING)
        from jedlik.services.dynamodb.background.copying import copy_step  # noqa: PLC0415

        try:
            await self._steps(copy_step, job)
        except ServiceError as error:
            if job not in self._waiting:
                _log.warning("a backup or restore (%s) waits: %s", job, error)
            self._waiting.add(job)
        except StorageFull as failure:  # what removes expired data must go on
            _log.warning(
                "a backup or restore waits until there is room: %s", failure, extra=RATE_LIMITED
            )

    async def _tables(self) -> list[str]:
        """Names of the tables that keep logs."""
        database = self._database
        (version,) = await database.store.read((TABLES_WORK,))
        if version != self._version:
            tables = await database.catalog.where(may_have_log)
            self._logged = [table.name for table in tables if table.log is not None]
            self._version = version
        return self._logged
