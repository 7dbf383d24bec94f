"""The background work of tables: deletions, purges, backfills; see `loop`."""

from __future__ import annotations

from typing import ClassVar

from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.background.backfill import backfill_step
from jedlik.services.dynamodb.background.loop import LEASE_SECONDS, LeasedLoop
from jedlik.services.dynamodb.background.purge import purge_step
from jedlik.services.dynamodb.background.survey import Survey, next_purge
from jedlik.services.dynamodb.background.transitions import finish_deletions
from jedlik.services.dynamodb.tables.database import Database

__all__ = ["LEASE_SECONDS", "Maintenance"]


class Maintenance(LeasedLoop):
    """Deletions, purges and backfills of one database."""

    lease_name: ClassVar[str] = "maintenance"

    def __init__(self, database: Database, interval: float = 1.0) -> None:
        super().__init__(database, interval)
        self._survey = Survey()

    def start(self) -> None:
        """Begin, on the running event loop."""
        self._database.wake_workers = self.wake
        super().start()

    async def _round(self) -> bool:
        """Do what is due; True where the catalog changed meanwhile, so that there may be more."""
        database = self._database
        await self._survey.refresh(database)
        deletions = self._survey.due_deletions(database.clock.now())
        backfills = [
            each for each in self._survey.backfills if await database.is_usable(each.table_id)
        ]
        purge = await next_purge(database)
        if not (deletions or backfills or purge) or not await self._hold():
            return False
        try:
            for deletion in deletions:
                await self._step(finish_deletions, deletion.table_name)
            for backfill in backfills:
                await self._steps(backfill_step, backfill)
        except CatalogChanged:
            return not self._stopping.is_set()
        while not self._stopping.is_set() and (purge := await next_purge(database)):
            await self._steps(purge_step, purge)
        return bool(deletions or backfills) and not self._stopping.is_set()
