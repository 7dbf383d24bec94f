"""The background work of tables: deletions, purges, backfills; see `loops.loop`.

The code for each is loaded when it is first due.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Final

from jedlik.base.loading import load
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.background.survey import (
    Backfill,
    Deletion,
    Survey,
    next_purge,
)
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.loops.loop import LEASE_SECONDS, LeasedLoop

__all__ = ["LEASE_SECONDS", "Maintenance"]

_WORK: Final = "jedlik.services.dynamodb.background"
STEPS_A_ROUND: Final = 16
"""Steps of one piece of work before the others get theirs and new work is looked for, so that a new
index does not wait until a large table is purged."""


class Maintenance(LeasedLoop):
    """Deletions, purges and backfills of one database."""

    lease_name = "maintenance"

    def __init__(self, database: Database, interval: float = 1.0) -> None:
        super().__init__(database, interval)
        self._survey = Survey()

    def start(self) -> None:
        """Start, on the running event loop."""
        self._database.wake_workers = self.wake
        super().start()

    async def _round(self) -> bool:
        """Do some steps of everything that is due; True if there may be more."""
        database = self._database
        await self._survey.refresh(database)
        deletions = self._survey.due_deletions(database.clock.now())
        backfills = [
            each for each in self._survey.backfills if await database.is_usable(each.table_id)
        ]
        purge = await next_purge(database)
        if not (deletions or backfills or purge) or not await self._hold():
            return False
        with contextlib.suppress(CatalogChanged):
            await self._change_tables(deletions, backfills)
        if purge is not None:
            await load(f"{_WORK}.purge")
            from jedlik.services.dynamodb.background.purge import purge_step  # noqa: PLC0415

            await self._steps(purge_step, purge, STEPS_A_ROUND)
        return not self._stopping.is_set()

    async def _change_tables(
        self, deletions: Sequence[Deletion], backfills: Sequence[Backfill]
    ) -> None:
        if not (deletions or backfills):
            return
        await load(f"{_WORK}.backfill", f"{_WORK}.transitions")
        from jedlik.services.dynamodb.background.backfill import backfill_step  # noqa: PLC0415
        from jedlik.services.dynamodb.background.transitions import (  # noqa: PLC0415
            finish_deletions,
        )

        for deletion in deletions:
            await self._step(finish_deletions, deletion.table_name)
        for backfill in backfills:
            await self._steps(backfill_step, backfill, STEPS_A_ROUND)
