"""The jobs of deleted tables that are kept until the other regions have their last changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jedlik.kernel.due_work import Job
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.tables.delete_table import finish_departure
from jedlik.services.dynamodb.replication.membership import DEPARTURE, DRAIN_SECONDS


class DepartureWork:
    """See `JobKind`. A job's payload has the table's `id`."""

    name: Final = DEPARTURE

    def __init__(self, database: Database) -> None:
        self._database = database

    async def step(self, job: Job, _lease: Lease) -> Sequence[Job]:
        """Delete the table if it has sent everything, else check again in a moment. The commit
        needs no lease: only the first of two finds the table."""
        if await finish_departure(self._database, job.name, job.members["id"]):
            return ()
        return [job.again(self._database.clock.now() + DRAIN_SECONDS)]
