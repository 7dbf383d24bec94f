"""Which process reads which stream, and for what: for mappings, destinations and replicas.

From time to time every process looks at everything that follows a stream, and tries to take the
leases that it does not hold. The process with the lease reads. One that dies loses it after a few
seconds, and another continues from the checkpoints. Commits check the lease's fence, so a process
that was replaced can at most deliver the records that it had in hand once more.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Final, Generic, Protocol, TypeVar

from jedlik.base.together import together
from jedlik.kernel.leases import Lease, LeaseLost, acquire, release, renew
from jedlik.kernel.rounds import POLL_SECONDS, failures_logged, wait_for_wake
from jedlik.kernel.store import Store
from jedlik.services.dynamodb.streams.arrivals import Arrivals
from jedlik.services.dynamodb.streams.stream_reader import StreamReader

_log = logging.getLogger(__name__)

LEASE_SECONDS: Final = 6.0
GRACE_SECONDS: Final = 3.0
"""How long a reader that has records in hand may take to finish them when it is stopped."""
assert LEASE_SECONDS / 3 + GRACE_SECONDS < LEASE_SECONDS, "leases outlast the end of readings"


class Followed(Protocol):
    """Something that follows a stream, as described in the store."""

    @property
    def revision(self) -> str:
        """Changes with every change, which restarts the reading."""
        ...

    @property
    def enabled(self) -> bool:
        """Whether its stream is to be read."""
        ...


FollowedT = TypeVar("FollowedT", bound=Followed)


class _Held(Generic[FollowedT]):
    """A lease and the reader that runs under it."""

    __slots__ = ("followed", "lease", "reader", "renew_at")

    def __init__(
        self, followed: FollowedT, lease: Lease, reader: StreamReader, renew_at: float
    ) -> None:
        self.followed = followed
        self.lease = lease
        self.reader = reader
        self.renew_at = renew_at


class Followers(ABC, Generic[FollowedT]):
    """The readers of one kind in one process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.arrivals = Arrivals(store)
        self._owner = store.processes.owner(store.ids.uuid())
        self._held: dict[str, _Held[FollowedT]] = {}
        self._wake: asyncio.Event | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def all(self) -> Mapping[str, FollowedT]:
        """Everything that follows a stream, enabled or not, by an id."""

    @abstractmethod
    def lease_name(self, followed_id: str) -> str:
        """The lease under which it is read for."""

    @abstractmethod
    def begin(self, followed: FollowedT, lease: Lease) -> StreamReader:
        """Start reading for it, under a lease."""

    def start(self) -> None:
        """Start, on the running event loop."""
        self._stopping = False
        self._wake = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._loop())

    def wake(self) -> None:
        """Look now: something has changed."""
        if self._wake is not None:
            self._wake.set()

    async def stop(self) -> None:
        """Finish the records in hand, then let other processes take over immediately."""
        self._stopping = True
        self.wake()
        if self._task is not None:
            await self._task
            self._task = None
        await together(self._stop_following(each, GRACE_SECONDS) for each in list(self._held))

    async def _loop(self) -> None:
        assert self._wake is not None
        while not self._stopping:
            self._wake.clear()
            with failures_logged(_log, "following streams"):
                await self.reconcile()
            await wait_for_wake(self._wake, POLL_SECONDS)

    async def reconcile(self) -> None:
        """Start, renew and end readers according to the store and the leases."""
        everything = await self.all()
        await self._end_finished()
        await self._renew()
        await together(self._change(each, everything.get(each)) for each in [*self._held])
        free = [
            each for each in everything.items() if each[1].enabled and each[0] not in self._held
        ]
        await together(self._take(*each) for each in free)

    async def _change(self, followed_id: str, followed: FollowedT | None) -> None:
        """Restart or end a reader after a change of what it reads for."""
        held = self._held[followed_id]
        if followed is None:
            await self._stop_following(followed_id, 0.0)
        elif not followed.enabled:
            await self._stop_following(followed_id, GRACE_SECONDS)
        elif followed.revision != held.followed.revision:
            await held.reader.stop(GRACE_SECONDS)
            held.followed, held.reader = followed, self.begin(followed, held.lease)

    async def _end_finished(self) -> None:
        """Note which readers have ended by themselves: lease lost, or an error."""
        for followed_id, held in list(self._held.items()):
            task = held.reader.task
            if not task.done():
                continue
            del self._held[followed_id]
            error = None if task.cancelled() else task.exception()
            name = held.lease.name
            if isinstance(error, LeaseLost):
                _log.info("%s continues in another process", name)
                continue
            if error is not None:
                _log.error("%s failed and starts again", name, exc_info=error)
            await release(self._store.engine, held.lease)

    async def _renew(self) -> None:
        # All at once, so that they share commits: one after the other a thousand of them would
        # take longer than their leases last.
        now = self._store.clock.now()
        due = [(each, held) for each, held in self._held.items() if now >= held.renew_at]
        await together(self._renew_one(*each) for each in due)

    async def _renew_one(self, followed_id: str, held: _Held[FollowedT]) -> None:
        now = self._store.clock.now()
        if await renew(self._store.engine, held.lease, now, LEASE_SECONDS) is None:
            del self._held[followed_id]
            await held.reader.stop(0.0)
        else:
            held.renew_at = now + LEASE_SECONDS / 3

    async def _take(self, followed_id: str, followed: FollowedT) -> None:
        now = self._store.clock.now()
        name = self.lease_name(followed_id)
        store = self._store
        is_gone = store.processes.is_gone
        lease = await acquire(store.engine, name, self._owner, now, LEASE_SECONDS, is_gone)
        if lease is not None:
            reader = self.begin(followed, lease)
            self._held[followed_id] = _Held(followed, lease, reader, now + LEASE_SECONDS / 3)

    async def _stop_following(self, followed_id: str, grace: float) -> None:
        held = self._held.pop(followed_id)
        await held.reader.stop(grace)
        await release(self._store.engine, held.lease)
