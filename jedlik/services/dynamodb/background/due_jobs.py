"""The loop that does what is due: the jobs of `kernel.due_work`, of whatever kind.

One process has the lease and looks; it takes the lease before it looks, so the others ask for
nothing but the lease. A look is one range, and if nothing is due that is all.

What is due runs in tasks of the loop's own, a few at a time and few of a kind, so that one that
waits for another machine keeps no one else waiting. A job works in steps of a few milliseconds each
(`JobKind.step`), with a turn of the event loop between them. A step that fails is logged, and its
job put off, longer each time: a job in front that cannot be done must not stand in the others' way.

A service adds a kind of job with `DueJobs.add`, before the loop starts, on every process: any of
them may be the one with the lease.
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
from jedlik.services.dynamodb.background.loop import LeasedLoop
from jedlik.services.dynamodb.tables.database import Database
from jedlik.storage.failures import StorageFailure

JOBS_A_LOOK: Final = 64
MOST_RUNNING: Final = 16
MOST_OF_A_KIND: Final = 4
FIRST_DELAY: Final = 1.0
LONGEST_DELAY: Final = 60.0
"""Seconds that a job is put off after its first failure and after many."""
_LONGEST_WAIT: Final = 86_400.0
"""Seconds for which work of the server's own is put off at most, alarms of a day's period included.
What is due later was set by someone: the expiry of an item or a backup."""

_log = logging.getLogger(__name__)


class JobKind(Protocol):
    """A kind of job. `name` is what its jobs have as `kind`; letters, digits and hyphens."""

    @property
    def name(self) -> str: ...

    async def step(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """Do a part of the work, of a few milliseconds.

        Returns the jobs that follow, which then replace this one in one commit (see
        `due_work.Settle`): none if the work is done; the same with its cursor moved on
        (`job.again`), which goes on at once; the same at a later time. The same job as it is goes
        on at once too, without a commit. None says that the step has settled the job itself, in the
        commit of its work. Every commit is to check `lease`: the step may be run again, or by
        another process, if one was not settled.

        It is called earlier than the job was due where the clock was put back, so it is to look at
        the time itself. CatalogChanged and LeaseLost end the task and leave the job as it is.
        """
        ...


class DueJobs(LeasedLoop):
    """The due jobs of one database. `interval` is the seconds between two looks."""

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
        """Have jobs of a kind done from now on."""
        assert kind.name not in self._kinds, f"there are jobs of the kind {kind.name} already"
        self._kinds[kind.name] = kind

    @property
    def idle(self) -> bool:
        """Whether nothing of it is going on at this moment."""
        return super().idle and not self._running

    async def stop(self) -> None:
        """End after the steps that are going on, and let others take over at once."""
        self._stopping.set()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        await super().stop()

    async def _after_put_back(self, seconds: float) -> None:
        """Have what waits for a time that the wrong clock had set looked at now: whatever is not
        due yet finds that, and is put off again."""
        assert self._lease is not None
        store, now = self._database.store, self._database.clock.now()
        _log.warning("the clock was put back by %.0f s: work that waits is looked at now", seconds)
        low, high = due_key(now + 0.001), due_key(now + seconds + _LONGEST_WAIT)
        more = True
        while more:
            page = await store.range(low, high, limit=JOBS_A_LOOK)
            for key, payload in page.rows:
                job = job_of(key, payload)
                await store.write(Settle(self._lease, job, (job.again(now),)))
                low = key + b"\0"
            more = page.more

    async def _round(self) -> bool:
        """Begin what is due; True if something ended, so that there may be more."""
        self._reap()
        if await self._hold() is None:
            return False
        database = self._database
        jobs = await due_jobs(database.store, database.clock.now(), JOBS_A_LOOK)
        for job in jobs:
            if len(self._running) >= MOST_RUNNING:
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
        if known not in self._running and of_kind < MOST_OF_A_KIND:
            self._running[known] = asyncio.get_running_loop().create_task(self._run(job))

    def _reap(self) -> bool:
        """Take note of jobs that have ended; whether there were any. Raises LeaseLost."""
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
        """Steps of a job for as long as it is due. Raises LeaseLost and StorageFailure."""
        clock = self._database.clock
        going: Job | None = job
        while going is not None and not self._stopping.is_set():
            lease = self._lease
            if lease is None:
                raise LeaseLost(self.lease_name)
            following = await self._following(going, lease)
            # One that goes on as it is needs no commit: with that, a step would have two.
            if following is not None and list(following) != [going]:
                await self._database.store.write(Settle(lease, going, following))
            await give_way()
            now = clock.now()
            same = [each for each in following or () if each[:2] == job[:2] and each.due <= now]
            going = same[0] if len(same) == 1 else None

    async def _following(self, job: Job, lease: Lease) -> Sequence[Job] | None:
        """What follows after a step, or after its failure."""
        known = (job.kind, job.name)
        kind = self._kinds.get(job.kind)
        if kind is None:  # of a newer version, or of a service that is closed here
            return [job.again(self._database.clock.now() + LONGEST_DELAY)]
        try:
            following = await kind.step(job, lease)
        except (LeaseLost, StorageFailure):
            raise
        except CatalogChanged:
            return None
        except Exception:
            failures = self._failures[known] = self._failures.get(known, 0) + 1
            delay = min(FIRST_DELAY * 2.0 ** min(failures - 1, 30), LONGEST_DELAY)
            _log.exception("the job %s of %s is tried again in %.0f s", *known, delay)
            return [job.again(self._database.clock.now() + delay)]
        self._failures.pop(known, None)
        return following
