"""The kinds of jobs that alarms have, each loaded when the first one is due."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from jedlik.kernel.due_work import Job
from jedlik.kernel.leases import Lease
from jedlik.kernel.store import Store

if TYPE_CHECKING:
    from jedlik.services.cloudwatch.alarms.jobs import ActionRunner

_JOBS: Final = "jedlik.services.cloudwatch.alarms.jobs"


class _Loaded:
    """A kind of job that is loaded with the first one: most servers have no alarms."""

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        self.name = name
        self._make = make
        self._made: Any = None

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """See JobKind."""
        if self._made is None:
            self._made = self._make()
        following: Sequence[Job] | None = await self._made.step(job, lease)
        return following


def alarm_jobs(store: Store, runner: ActionRunner) -> list[_Loaded]:
    """All kinds, for one store."""

    def module() -> Any:
        return importlib.import_module(_JOBS)

    return [
        _Loaded("alarm", lambda: module().Evaluations(store)),
        _Loaded("alarm-action", lambda: module().Actions(store, runner)),
        _Loaded("alarm-history", lambda: module().Forgetting(store)),
    ]
