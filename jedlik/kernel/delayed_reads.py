"""Deliberately stale reads, for tests of how programs cope with them.

The engine is polled ten times within the delay, and if something was committed since the last poll,
by any process, a snapshot is taken. A read gets the youngest snapshot that is as old as the delay:
it sees no write younger than the delay, and every write that is a tenth older. If nothing is
written, one snapshot is kept and nothing is copied.

What a snapshot costs depends on the engine: LMDB and SQLite cannot reuse pages that were replaced
meanwhile, and the engine in memory copies its keys. SQLite can reuse its log only when no snapshot
reads from it, so once the log is long, all snapshots are released, and reads do not lag until there
is a new one. So this is not for servers under load, and is not loaded without a delay.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol

from jedlik.base.clock import Clock
from jedlik.storage.engine import Page, Reads, Value
from jedlik.storage.failures import SnapshotLost, StorageFailure

POLLS_PER_DELAY: Final = 10
MIN_POLL_SECONDS: Final = 0.005
"""Minimum seconds between two polls."""


class Snapshot(Reads, Protocol):
    """Everything in an engine at one moment, readable until it is released, on the event loop's
    thread. Reads raise SnapshotLost if the engine had to end it."""

    def release(self) -> None:
        """Release the snapshot."""
        ...


class SnapshotEngine(Reads, Protocol):
    """An engine that keeps snapshots."""

    def state(self) -> int:
        """A number that every commit of any process changes. Raises StorageFailure."""
        ...

    def hold(self) -> Snapshot:
        """A snapshot of the present state. Raises StorageFailure."""
        ...


class _Held(NamedTuple):
    since: float
    state: int
    snapshot: Snapshot


class DelayedReads:
    """Reads of an engine as it was `delay` seconds ago, once `start` was called."""

    def __init__(self, engine: SnapshotEngine, delay: float, clock: Clock) -> None:
        self._engine = engine
        self._delay = delay
        self._clock = clock
        self._held: deque[_Held] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Poll the engine from now on."""
        self._poll_again(asyncio.get_running_loop())

    async def close(self) -> None:
        """Stop polling, and release all snapshots."""
        if self._timer is not None:
            self._timer.cancel()
        self._release_all()

    def poll(self) -> None:
        """Take a snapshot if something was committed since the last poll, and release those that no
        read will use again."""
        now = self._clock.monotonic()
        try:
            state = self._engine.state()
            if not self._held or self._held[-1].state != state:
                # Read before the snapshot is made: what was committed in between counts as later.
                self._held.append(_Held(now, state, self._engine.hold()))
        except StorageFailure:
            # Those that are held may be the reason, and without new ones reads would lag ever more.
            self._release_all()
        while len(self._held) > 1 and self._held[1].since <= now - self._delay:
            self._held.popleft().snapshot.release()

    async def read(self, keys: Sequence[bytes]) -> list[Value]:
        """See `Reads.read`."""
        try:
            return await self._source().read(keys)
        except SnapshotLost:
            self._release_all()
            return await self._engine.read(keys)

    async def range(self, low: bytes, high: bytes | None, **options: Any) -> Page:
        """See `Reads.range`."""
        try:
            return await self._source().range(low, high, **options)
        except SnapshotLost:
            self._release_all()
            return await self._engine.range(low, high, **options)

    def _source(self) -> Reads:
        """The youngest snapshot that is old enough, else the oldest of all."""
        held = self._held
        if not held:
            return self._engine
        latest = self._clock.monotonic() - self._delay
        found = held[0]
        for each in held:
            if each.since > latest:
                break
            found = each
        return found.snapshot

    def _poll_again(self, loop: asyncio.AbstractEventLoop) -> None:
        self.poll()
        pause = max(MIN_POLL_SECONDS, self._delay / POLLS_PER_DELAY)
        self._timer = loop.call_later(pause, self._poll_again, loop)

    def _release_all(self) -> None:
        while self._held:
            self._held.pop().snapshot.release()
