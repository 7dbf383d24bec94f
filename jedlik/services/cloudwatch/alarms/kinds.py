"""The kinds of jobs that alarms have, loaded with the first job: most servers have no alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jedlik.kernel.store import Store
from jedlik.services.dynamodb.loops.lazy_job_kind import LazyJobKind

if TYPE_CHECKING:
    from jedlik.services.cloudwatch.alarms.jobs import ActionRunner

_JOBS: Final = "jedlik.services.cloudwatch.alarms.jobs"


def alarm_jobs(store: Store, runner: ActionRunner) -> list[LazyJobKind]:
    """All kinds, for one store."""
    return [
        LazyJobKind("alarm", f"{_JOBS}:Evaluations", store),
        LazyJobKind("alarm-action", f"{_JOBS}:Actions", store, runner),
        LazyJobKind("alarm-history", f"{_JOBS}:Forgetting", store),
    ]
