"""The loop that does the due jobs of `kernel.due_work`, of all kinds.

One process has the lease and looks for jobs; it takes the lease first, so the others read only the
lease. A look is one range read, and costs no more than that if nothing is due.

Jobs run in tasks, a few at a time and few of each kind, so that one that waits for another machine
does not delay the others. A job works in steps of a few milliseconds each (`JobKind.step`), with a
turn of the event loop between them. If a step fails, that is logged and the job is postponed,
longer each time: a job that cannot be done must not block those after it.

A service adds a kind of job with `DueJobs.add`, before the loop starts, in every process, since any
of them may get the lease.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, Protocol

from jedlik.base.turns import give_way
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.kernel.due_work import Job, Settle, due_jobs, due_key, job_of
from jedlik.kernel.leases import Lease, LeaseLost
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.loops.loop import LeasedLoop
from jedlik.storage.failures import StorageFailure

JOBS_A_ROUND: Final = 64
MAX_RUNNING: Final = 16
MAX_RUNNING_OF_A_KIND: Final = 4
FIRST_DELAY: Final = 1.0
MAX_DELAY: Final = 60.0
"""Seconds by which a job is postponed after its first failure, and after many."""
_MAX_WAIT: Final = 86_400.0
"""The server itself postpones work by no more than this, even alarms with a period of a day. Jobs
due later were set by clients: the expiry of an item or a backup."""

_log = logging.getLogger(__name__)


class JobKind(Protocol):
    """A kind of job. `name` is the `kind` of its jobs; letters, digits and hyphens."""

    @property
    def name(self) -> str: ...

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """Do a part of the work that takes a few milliseconds.

        Returns the jobs that replace this one, in one commit (see `due_work.Settle`): none if the
        work is done; the same job with its cursor moved on (`Job.again`), to continue immediately;
        or the same job at a later time. If it is the unchanged job, that continues without a
        commit. None means that the step has already replaced the job, in the commit of its work.
        Every commit must check `lease`: a step whose job was not replaced may be run again, also by
        another process.

        A step may be called before its job is due, if the clock was set back, so it must check the
        time itself. CatalogChanged and LeaseLost end the task and leave the job unchanged.
        """
        ...


class DueJobs(LeasedLoop):
    """The due jobs of one database. `interval` is the number of seconds between two looks."""

    lease_name = "due-work"

    def __init__(
        self, database: Database, interval: float = 1.0, kinds: Sequence[JobKind] = ()
    ) -> None:
        super().__init__(database, interval)
        self._kinds: dict[str, JobKind] = {}
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._failures: dict[tuple[str, str], int] = {}
        for kind in kinds:
            self.add(kind)

    def add(self, kind: JobKind) -> None:
        """Do jobs of this kind from now on."""
        assert kind.name not in self._kinds, f"there are jobs of the kind {kind.name} already"
        self._kinds[kind.name] = kind

    @property
    def idle(self) -> bool:
        """Whether no work is running at this moment."""
        return super().idle and not self._running

    async def stop(self) -> None:
        """Finish the current steps, then let other processes take over immediately."""
        self._stopping.set()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        await super().stop()

    async def _after_clock_set_back(self, seconds: float) -> None:
        """Make jobs due now that wait for a time set by the wrong clock: those that are not due yet
        notice, and postpone themselves again."""
        assert self._lease is not None
        store, now = self._database.store, self._database.clock.now()
        _log.warning("the clock was set back by %.0f s: waiting work is checked now", seconds)
        low, high = due_key(now + 0.001), due_key(now + seconds + _MAX_WAIT)
        more = True
        while more:
            page = await store.range(low, high, limit=JOBS_A_ROUND)
            for key, payload in page.rows:
                job = job_of(key, payload)
                await store.write(Settle(self._lease, job, (job.again(now),)))
                low = key + b"\0"
            more = page.more

    async def _round(self) -> bool:
        """Start due jobs; True if some have ended, so that there may be more."""
        self._reap()
        if await self._hold() is None:
            return False
        database = self._database
        jobs = await due_jobs(database.store, database.clock.now(), JOBS_A_ROUND)
        for job in jobs:
            if len(self._running) >= MAX_RUNNING:
                break
            self._begin(job)
        if not self._running or self._stopping.is_set():
            return False
        await asyncio.wait(
            self._running.values(), timeout=self._interval, return_when=asyncio.FIRST_COMPLETED
        )
        return self._reap() and not self._stopping.is_set()

    def _begin(self, job: Job) -> None:
        known = (job.kind, job.name)
        of_kind = sum(kind == job.kind for kind, _ in self._running)
        if known not in self._running and of_kind < MAX_RUNNING_OF_A_KIND:
            self._running[known] = asyncio.get_running_loop().create_task(self._run(job))

    def _reap(self) -> bool:
        """Remove tasks that have ended; whether there were any. Raises LeaseLost."""
        ended = [known for known, task in self._running.items() if task.done()]
        lost = None
        for known in ended:
            error = self._running.pop(known).exception()
            if isinstance(error, LeaseLost | StorageFailure):
                lost = error
            elif error is not None:
                _log.error("the job %s of %s failed", *known, exc_info=error)
        if lost is not None:
            raise lost
        return bool(ended)

    async def _run(self, job: Job) -> None:
        """Do steps of a job as long as it is due. Raises LeaseLost and StorageFailure."""
        clock = self._database.clock
        going: Job | None = job
        while going is not None and not self._stopping.is_set():
            lease = self._lease
            if lease is None:
                raise LeaseLost(self.lease_name)
            following = await self._following(going, lease)
            # An unchanged job needs no commit, which would be the second one of its step.
            if following is not None and list(following) != [going]:
                await self._database.store.write(Settle(lease, going, following))
            await give_way()
            now = clock.now()
            same = [each for each in following or () if each[:2] == job[:2] and each.due <= now]
            going = same[0] if len(same) == 1 else None

    async def _following(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """The jobs that follow a step, or its failure."""
        known = (job.kind, job.name)
        kind = self._kinds.get(job.kind)
        if kind is None:  # of a newer version, or of a service that this process does not run
            return [job.again(self._database.clock.now() + MAX_DELAY)]
        try:
            following = await kind.step(job, lease)
        except (LeaseLost, StorageFailure):
            raise
        except CatalogChanged:
            return None
        except Exception:
            failures = self._failures[known] = self._failures.get(known, 0) + 1
            delay = min(FIRST_DELAY * 2.0 ** min(failures - 1, 30), MAX_DELAY)
            _log.exception("the job %s of %s will be retried in %.0f s", *known, delay)
            return [job.again(self._database.clock.now() + delay)]
        self._failures.pop(known, None)
        return following
