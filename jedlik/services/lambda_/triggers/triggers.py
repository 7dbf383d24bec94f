"""Which process delivers for which mapping.

Every process looks at all mappings every now and then, and tries to take the lease of each that is
enabled and that it does not hold. Who has the lease delivers; who dies loses it after a few
seconds, and another process goes on from the checkpoints. Commits check the lease's fence, so one
that was replaced can at most deliver once more what it had in hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Final

from jedlik.kernel.leases import Lease, LeaseLost, acquire, release, renew
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.lambda_.event_source_mappings import all_mappings, lease_name
from jedlik.services.lambda_.mapping_model import EventSourceMapping
from jedlik.services.lambda_.runtime.invoker import Invoker
from jedlik.services.lambda_.triggers.delivery import Delivery
from jedlik.storage.failures import StorageFailure

_log = logging.getLogger(__name__)

LEASE_SECONDS: Final = 6.0
LOOK_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 3.0
"""What an invocation is given to end in when its delivery is to stop."""

assert LEASE_SECONDS / 3 + GRACE_SECONDS < LEASE_SECONDS, "leases outlast the end of deliveries"


class _Held:
    """A lease and the delivery under it."""

    __slots__ = ("delivery", "lease", "renew_at")

    def __init__(self, lease: Lease, delivery: Delivery, renew_at: float) -> None:
        self.lease = lease
        self.delivery = delivery
        self.renew_at = renew_at


class Triggers:
    """The deliveries of one process."""

    def __init__(self, database: Database, invoker: Invoker) -> None:
        self._database = database
        self._invoker = invoker
        self._owner = database.ids.uuid()
        self._held: dict[str, _Held] = {}
        self._wake: asyncio.Event | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the running event loop."""
        self._stopping = False
        self._wake = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._loop())

    def wake(self) -> None:
        """Look at the mappings now: some have changed."""
        if self._wake is not None:
            self._wake.set()

    async def stop(self) -> None:
        """End after what is being invoked, and let others take over at once."""
        self._stopping = True
        self.wake()
        if self._task is not None:
            await self._task
            self._task = None
        await asyncio.gather(*(self._let_go(uuid, GRACE_SECONDS) for uuid in list(self._held)))

    async def _loop(self) -> None:
        assert self._wake is not None
        while not self._stopping:
            self._wake.clear()
            try:
                await self.look()
            except Exception:
                _log.exception("triggers could not be looked after; it is tried again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)

    async def look(self) -> None:
        """Start, renew and end deliveries as mappings and leases say."""
        mappings = {mapping.uuid: mapping for mapping in await all_mappings(self._database.engine)}
        await self._end_finished()
        await self._renew()
        await asyncio.gather(*(self._follow(uuid, mappings.get(uuid)) for uuid in list(self._held)))
        free = [each for uuid, each in mappings.items() if each.enabled and uuid not in self._held]
        await asyncio.gather(*map(self._take, free))

    async def _follow(self, uuid: str, mapping: EventSourceMapping | None) -> None:
        """Do to a delivery what was done to its mapping."""
        held = self._held[uuid]
        if mapping is None:
            await self._let_go(uuid, 0.0)
        elif not mapping.enabled:
            await self._let_go(uuid, GRACE_SECONDS)
        elif mapping.revision != held.delivery.mapping.revision:
            await held.delivery.stop(GRACE_SECONDS)
            held.delivery = self._deliver(mapping, held.lease)

    async def _end_finished(self) -> None:
        """Take note of deliveries that have ended by themselves: lease lost, or an error."""
        for uuid, held in list(self._held.items()):
            task = held.delivery.task
            if not task.done():
                continue
            del self._held[uuid]
            error = None if task.cancelled() else task.exception()
            if isinstance(error, LeaseLost):
                _log.info("delivery to %s goes on elsewhere", held.delivery.mapping.function)
                continue
            if error is not None:
                function = held.delivery.mapping.function
                _log.error("delivery to %s failed and begins anew", function, exc_info=error)
            await self._release(held)

    async def _renew(self) -> None:
        # All at once, so that they share commits: one after the other a thousand of them would
        # take longer than their leases last.
        now = self._database.clock.now()
        due = [(uuid, held) for uuid, held in self._held.items() if now >= held.renew_at]
        await asyncio.gather(*(self._keep(uuid, held, now) for uuid, held in due))

    async def _keep(self, uuid: str, held: _Held, now: float) -> None:
        if await renew(self._database.engine, held.lease, now, LEASE_SECONDS):
            held.renew_at = now + LEASE_SECONDS / 3
        else:
            del self._held[uuid]
            await held.delivery.stop(0.0)

    async def _take(self, mapping: EventSourceMapping) -> None:
        now = self._database.clock.now()
        name = lease_name(mapping.uuid)
        lease = await acquire(self._database.engine, name, self._owner, now, LEASE_SECONDS)
        if lease is not None:
            delivery = self._deliver(mapping, lease)
            self._held[mapping.uuid] = _Held(lease, delivery, now + LEASE_SECONDS / 3)

    def _deliver(self, mapping: EventSourceMapping, lease: Lease) -> Delivery:
        return Delivery(self._database, self._invoker, mapping, lease)

    async def _let_go(self, uuid: str, grace: float) -> None:
        held = self._held.pop(uuid)
        await held.delivery.stop(grace)
        await self._release(held)

    async def _release(self, held: _Held) -> None:
        try:
            await release(self._database.engine, held.lease)
        except StorageFailure as failure:  # then it ends by itself
            function = held.delivery.mapping.function
            _log.warning("the lease of delivery to %s was not given up: %s", function, failure)
