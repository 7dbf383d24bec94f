"""Kinds of jobs whose code is loaded with the first job: most servers never have one."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from jedlik.base.loading import load
from jedlik.kernel.due_work import Job
from jedlik.kernel.leases import Lease
from jedlik.services.dynamodb.loops.due_jobs import JobKind


class LazyJobKind:
    """See `JobKind`. `home` names the module and the class in it, which is called with
    `arguments`."""

    def __init__(self, name: str, home: str, *arguments: Any) -> None:
        self.name = name
        self._home = home
        self._arguments = arguments
        self._kind: JobKind | None = None

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """See `JobKind.step`."""
        await load(self._home.partition(":")[0])
        return await self._loaded().step(job, lease)

    def _loaded(self) -> JobKind:
        if self._kind is None:
            module, _, kind = self._home.partition(":")
            made: JobKind = getattr(importlib.import_module(module), kind)(*self._arguments)
            assert made.name == self.name, f"jobs of the kind {made.name} are not {self.name}'s"
            self._kind = made
        return self._kind
