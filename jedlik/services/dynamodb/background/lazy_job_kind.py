"""Kinds of jobs whose code is loaded with the first job: most servers never have one."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from jedlik.base.loading import load
from jedlik.kernel.due_work import Job
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.background.due_jobs import JobKind
from jedlik.services.dynamodb.tables.database import Database


class LazyJobKind:
    """See `JobKind`. `home` names the module and the class in it, which is made with the
    database."""

    def __init__(self, name: str, home: str, database: Database) -> None:
        self.name = name
        self._home = home
        self._database = database
        self._kind: JobKind | None = None

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """See `JobKind.step`."""
        await load(self._home.partition(":")[0])
        return await self._loaded().step(job, lease)

    def _loaded(self) -> JobKind:
        if self._kind is None:
            module, _, kind = self._home.partition(":")
            made: JobKind = getattr(importlib.import_module(module), kind)(self._database)
            assert made.name == self.name, f"jobs of the kind {made.name} are not {self.name}'s"
            self._kind = made
        return self._kind
