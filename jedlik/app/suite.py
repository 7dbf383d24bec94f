"""The controls of a test suite over a server. `jedlik.testing` calls them within the process, other
languages over HTTP (`admin.suite_calls`).

Snapshots are copies of the memory engine's dictionary, so servers on other engines have none.
Everything here belongs to one process; a server of several workers is refused at its start
(`exposure`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from jedlik.app.seeds import plant_in
from jedlik.base.clock import ShiftedClock
from jedlik.base.errors import LimitExceededException, ResourceNotFoundException, ServiceError
from jedlik.base.errors import ValidationException as Invalid
from jedlik.faults.injection import FaultInjection
from jedlik.gateway.middleware import Layered
from jedlik.kernel.due_work import due_jobs
from jedlik.kernel.rollback import roll_back
from jedlik.request_log.recording import Recording
from jedlik.seeding.planting import Planted
from jedlik.seeding.seed import Seed
from jedlik.services.dynamodb.database.database import Database
from jedlik.storage.memory import MemoryEngine, MemorySnapshot

MAX_SNAPSHOTS: Final = 100
MAX_AHEAD_SECONDS: Final = 100 * 366 * 86_400.0
"""How far the clock may be set forward altogether, so that years keep four digits."""
SETTLE_SECONDS: Final = 10.0

_NO_SNAPSHOTS: Final = (
    "Snapshots are copies of what is kept in memory: start the server with --memory."
)
_CACHED: Final = "Caches of DAX would not notice: start the server without --dax."


class Flush(Protocol):
    """Stores the metrics that were recorded; auto scaling and alarms read them."""

    async def flush(self) -> None: ...


class Loop(Protocol):
    """Background work. `wake_and_wait` makes it look for work immediately, and returns when that is
    done; `stop` returns when none of its work is running; `idle` says that none is running now."""

    @property
    def idle(self) -> bool: ...

    def start(self) -> None: ...

    async def wake_and_wait(self) -> None: ...

    async def stop(self) -> None: ...


class SuiteRealm(Protocol):
    """A region of an account, with its metrics and its background work."""

    @property
    def database(self) -> Database: ...

    @property
    def metrics(self) -> Flush: ...

    @property
    def loops(self) -> Sequence[Loop]: ...


class SuiteControls:
    """The controls of one server. `realms` returns its regions and accounts, the home region first;
    `cached`: there are caches in front of the tables."""

    def __init__(
        self,
        database: Database,
        clock: ShiftedClock,
        realms: Callable[[], Sequence[SuiteRealm]],
        faults: FaultInjection,
        *,
        cached: bool = False,
    ) -> None:
        self._database = database
        self._realms = realms
        self._cached = cached
        self._snapshots: dict[str, MemorySnapshot] = {}
        self._numbers = 0
        self.clock = clock
        self.faults = faults
        self.recording = Recording()

    def record(self, layers: Layered, order: int) -> None:
        """Record the requests that go through `layers`."""
        layers.put(self.recording, order)

    # --- Snapshots --------------------------------------------------------------------------------

    def snapshot(self) -> MemorySnapshot:
        """Everything in the server at present: tables, items, streams, keys, functions."""
        return self._engine().snapshot()

    async def restore(self, snapshot: MemorySnapshot) -> None:
        """Restore everything to the snapshot, except for the clock."""
        engine = self._engine()
        # Work that was found before must not be done afterwards: a table that was deleted is back,
        # and would be purged.
        loops = self._loops()
        busy = [] if all(loop.idle for loop in loops) else loops
        for loop in busy:
            await loop.stop()
        await roll_back(engine, snapshot)
        for realm in self._realms():
            realm.database.forget_vectors()
        for loop in busy:
            loop.start()

    async def reset(self) -> None:
        """Remove everything, including recorded requests and faults."""
        await self.restore(MemorySnapshot({}, []))
        self.recording.clear()
        self.faults.clear()

    def keep_snapshot(self, name: str | None = None) -> str:
        """Keep a snapshot under a name, replacing an earlier one; without a name, under a new one.

        Raises LimitExceededException.
        """
        if name is None:
            self._numbers += 1
            name = f"snapshot-{self._numbers}"
        if name not in self._snapshots and len(self._snapshots) >= MAX_SNAPSHOTS:
            raise LimitExceededException(f"There are {MAX_SNAPSHOTS} snapshots; delete some.")
        self._snapshots[name] = self.snapshot()
        return name

    async def restore_kept(self, name: str) -> None:
        """Restore everything to a snapshot that was kept.

        Raises ResourceNotFoundException.
        """
        if name not in self._snapshots:
            raise _no_snapshot(name)
        await self.restore(self._snapshots[name])

    def forget_snapshot(self, name: str) -> None:
        """Delete a snapshot. Raises ResourceNotFoundException."""
        if self._snapshots.pop(name, None) is None:
            raise _no_snapshot(name)

    def snapshots(self) -> list[str]:
        """The names of snapshots, oldest first."""
        return list(self._snapshots)

    def _engine(self) -> MemoryEngine:
        engine = self._database.store
        if not isinstance(engine, MemoryEngine):
            raise Invalid(_NO_SNAPSHOTS)
        if self._cached:
            raise Invalid(_CACHED)
        return engine

    # --- Seeds ------------------------------------------------------------------------------------

    async def seed(self, seed: Seed) -> Planted:
        """Create tables and put items. Raises SeedError if the server refuses any of them."""
        return await plant_in(self._database, seed)

    # --- Time -------------------------------------------------------------------------------------

    async def advance(self, seconds: float) -> bool:
        """Set the clock forward, and wait until work that became due is done: items have expired,
        shards have ended, backups are gone. False if that takes more than a few seconds.

        Raises ValidationException.
        """
        if not 0 <= seconds <= MAX_AHEAD_SECONDS - self.clock.ahead:
            raise Invalid("Time does not go back, nor forward by more than a hundred years.")
        for realm in self._realms():
            await realm.metrics.flush()
        self.clock.advance(seconds)
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await self._settle()
        except TimeoutError:
            return False
        return True

    async def _settle(self) -> None:
        """Return when all work that is due now is done, except for jobs that fail: those are
        postponed."""
        until = self._database.clock.now()
        await self._run_loops()
        while await self._has_due(until):
            await self._run_loops()

    async def _has_due(self, until: float) -> bool:
        for realm in self._realms():
            if await due_jobs(realm.database.store, until, 1):
                return True
        return False

    async def _run_loops(self) -> None:
        for loop in self._loops():
            await loop.wake_and_wait()

    def _loops(self) -> list[Loop]:
        return [loop for realm in self._realms() for loop in realm.loops]


def _no_snapshot(name: str) -> ServiceError:
    return ResourceNotFoundException(f"There is no snapshot {name!r}.")
