"""A loop that does background work under a lease.

Every process runs all loops; for each kind of work, the lease lets one of the processes work. A
loop looks for work every `interval` seconds, and immediately when this process has created some.
Work is done in steps of a few milliseconds, each of which lets requests go first (see
`base.turns`). Work that fails is tried again in the next round (see `kernel.rounds`).
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from jedlik.base.turns import give_way
from jedlik.kernel.leases import Lease, LeaseLost, acquire, clock_set_back, release, renew
from jedlik.kernel.rounds import failures_logged, wait_for_wake
from jedlik.services.dynamodb.database.database import Database

LEASE_SECONDS: Final = 15.0

_log = logging.getLogger(__name__)
_WorkT = TypeVar("_WorkT")


class LeasedLoop(ABC):
    """One kind of background work on one database."""

    lease_name: str

    def __init__(self, database: Database, interval: float = 1.0) -> None:
        self._database = database
        self._interval = interval
        self._owner = database.processes.owner(database.ids.uuid())
        self._lease: Lease | None = None
        self._renew_at = 0.0
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._awaiting_round: list[asyncio.Future[None]] = []
        self._idle = False

    @abstractmethod
    async def _round(self) -> bool:
        """Do what is due; True if the catalog has changed meanwhile, so that there may be more."""

    def start(self) -> None:
        """Start, on the running event loop."""
        self._stopping.clear()
        self._task = asyncio.get_running_loop().create_task(self._loop())

    def wake(self) -> None:
        """Look for work immediately."""
        self._wake.set()

    @property
    def idle(self) -> bool:
        """Whether no work is running at this moment."""
        return self._idle

    async def wake_and_wait(self) -> None:
        """Look for work immediately, and return when all that was due is done."""
        done = asyncio.get_running_loop().create_future()
        self._awaiting_round.append(done)
        self._wake.set()
        await done

    async def stop(self) -> None:
        """Finish the current step, then let other processes take over immediately."""
        self._stopping.set()
        self._wake.set()
        if self._task is not None:
            await self._task
            self._task = None
        if self._lease is not None:
            lease, self._lease = self._lease, None
            await release(self._database.engine, lease)

    async def run_once(self) -> None:
        """Do everything that is due now, unless another process holds the lease."""
        try:
            while await self._round():
                pass
        except LeaseLost:
            self._lease = None

    async def _loop(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            awaiting, self._awaiting_round = self._awaiting_round, []
            with failures_logged(_log, "background work"):
                await self.run_once()
            _set_done(awaiting)
            self._idle = True
            await wait_for_wake(self._wake, self._interval)
            self._idle = False
        _set_done(self._awaiting_round)

    async def _step(
        self,
        step: Callable[[Database, Lease, _WorkT], Awaitable[bool | None]],
        work: _WorkT,
    ) -> bool | None:
        """Do one step under the lease, then let others have a turn."""
        lease = await self._hold()
        if lease is None:
            raise LeaseLost(self.lease_name)
        more = await step(self._database, lease, work)
        await give_way()
        return more

    async def _steps(
        self,
        step: Callable[[Database, Lease, _WorkT], Awaitable[bool | None]],
        work: _WorkT,
        most: int | None = None,
    ) -> None:
        """Do steps until there is nothing left to do, `most` are done, or this loop has to end."""
        done = 0
        while done != most and not self._stopping.is_set() and await self._step(step, work):
            done += 1

    async def _hold(self) -> Lease | None:
        """Take the lease, or keep it; None if another process has it."""
        engine, now = self._database.engine, self._database.clock.now()
        set_back = 0.0
        if self._lease is not None:
            set_back = clock_set_back(self._renew_at - LEASE_SECONDS / 3, now)
            if not set_back and now < self._renew_at:
                return self._lease
            self._lease = await renew(engine, self._lease, now, LEASE_SECONDS)
        if self._lease is None:
            is_gone = self._database.processes.is_gone
            self._lease = await acquire(
                engine, self.lease_name, self._owner, now, LEASE_SECONDS, is_gone
            )
            if self._lease is not None:
                set_back = max(set_back, self._lease.clock_set_back)
        self._renew_at = now + LEASE_SECONDS / 3
        if set_back and self._lease is not None:
            await self._after_clock_set_back(set_back)
        return self._lease

    async def _after_clock_set_back(self, seconds: float) -> None:  # noqa: B027  most loops need not
        """Correct the times that were set by a clock `seconds` ahead. The lease is held."""


def _set_done(futures: list[asyncio.Future[None]]) -> None:
    for each in futures:
        if not each.done():  # the caller may have been cancelled
            each.set_result(None)
