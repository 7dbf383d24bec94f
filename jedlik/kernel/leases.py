"""Leases: one of many workers and nodes does a job, and another takes over when it dies.

A lease is a record with an owner, an end and a fencing number that grows with every new holder. The
end only decides when another process may take it. Safety comes from the fence: every commit of a
job declares the lease's key and checks the number under lock (`check`), so a holder that was paused
beyond its end, and replaced, can no longer change anything.

Ends are times of wall clocks, which may be wrong for a while and then corrected. So a lease counts
as ended if its end is further ahead than any holder sets it, or if its holder has certainly ended
(see `processes`); both are logged. The record also has the time at which it was last taken or
renewed, even after its release. From this, the next holder learns whether the clock was set back,
so that work was postponed by a wrong clock (`Lease.clock_set_back`).

    {"owner": id, "fence": number, "until": seconds since the epoch, "clock": seconds, too}
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import orjson

from jedlik.kernel.keyspaces import lease_key
from jedlik.storage.engine import Changes, Engine, Value
from jedlik.storage.failures import StorageFailure

NO_OWNER = ""

MAX_AHEAD: Final = 300.0
"""Seconds by which the clocks of two nodes may differ. If a lease ends later than its duration and
this time from now, it was made by a wrong clock, and counts as ended."""

_log = logging.getLogger(__name__)
IsGone = Callable[[str], bool]
"""Returns whether the process of an owner has certainly ended."""


class LeaseLost(Exception):
    """Another process holds the lease."""


class Lease(NamedTuple):
    """An acquired lease. `clock_set_back` is how many seconds the clock of its previous holder was
    ahead of this one; 0 if that is within the tolerance for clocks."""

    name: str
    owner: str
    fence: int
    clock_set_back: float = 0.0

    @property
    def key(self) -> bytes:
        """The key to declare in every task that works under the lease."""
        return lease_key(self.name)

    def check(self, record: Value) -> None:
        """Raise LeaseLost unless `record`, read under lock, is still this holder's."""
        if not self.holds(record):
            raise LeaseLost(self.name)

    def holds(self, record: Value) -> bool:
        """Whether `record` is this holder's."""
        held = _parse(record)
        return bool(held["fence"] == self.fence and held["owner"] == self.owner)


def _parse(record: Value) -> dict[str, Any]:
    if record is None:
        return {"owner": NO_OWNER, "fence": 0, "until": 0.0}
    held: dict[str, Any] = orjson.loads(record)
    return held


class _Acquire:
    """Takes a free lease. `overridden` is the reason why one whose end has not come counted as
    ended."""

    def __init__(self, name: str, owner: str, now: float, seconds: float, is_gone: IsGone) -> None:
        self._name = name
        self._owner = owner
        self._now = now
        self._seconds = seconds
        self._is_gone = is_gone
        self.overridden: str | None = None
        self.keys = (lease_key(name),)

    def decide(self, values: Sequence[Value]) -> Changes[Lease | None]:
        held = _parse(values[0])
        self.overridden = None
        if held["owner"] not in (NO_OWNER, self._owner) and self._now < held["until"]:
            self.overridden = self._reason(held)
            if self.overridden is None:
                return Changes({}, None)
        set_back = clock_set_back(held.get("clock", 0.0), self._now)
        lease = Lease(self._name, self._owner, held["fence"] + 1, set_back)
        until = self._now + self._seconds
        return Changes({lease.key: _record(lease, until, self._now)}, lease)

    def _reason(self, held: dict[str, Any]) -> str | None:
        if self._is_gone(held["owner"]):
            return "its holder has ended"
        ahead = held["until"] - self._now
        if ahead > self._seconds + MAX_AHEAD:
            return f"it would end in {ahead:.0f} s, so a clock was wrong"
        return None


class _Extend:
    """Gives a lease another owner and end, if it is still held. Without a `clock`, the record keeps
    its own."""

    def __init__(self, lease: Lease, owner: str, until: float, clock: float | None) -> None:
        self._lease = lease
        self._owner = owner
        self._until = until
        self._clock = clock
        self.keys = (lease.key,)

    def decide(self, values: Sequence[Value]) -> Changes[Lease | None]:
        if not self._lease.holds(values[0]):
            return Changes({}, None)
        held = self._lease._replace(owner=self._owner)
        clock = _clock_of(values[0]) if self._clock is None else self._clock
        return Changes({held.key: _record(held, self._until, clock)}, held)


def _record(lease: Lease, until: float, clock: float) -> bytes:
    return orjson.dumps(
        {"owner": lease.owner, "fence": lease.fence, "until": until, "clock": clock}
    )


def _clock_of(record: Value) -> float:
    clock: float = _parse(record).get("clock", 0.0)
    return clock


def clock_set_back(before: float, now: float) -> float:
    """How many seconds a clock that showed `before` was set back; 0 if that is within the tolerance
    for clocks."""
    return before - now if before > now + MAX_AHEAD else 0.0


async def acquire(
    engine: Engine,
    name: str,
    owner: str,
    now: float,
    seconds: float,
    is_gone: IsGone = lambda _owner: False,
) -> Lease | None:
    """Take a lease for `seconds` from `now`; None if another process holds it. `owner` is an id
    that no other process has. An owner that takes its own lease again gets a new fence. A lease
    whose owner `is_gone` is taken immediately."""
    task = _Acquire(name, owner, now, seconds, is_gone)
    lease = await engine.write(task)
    if lease is not None and task.overridden is not None:
        _log.warning("the lease of %s is taken over: %s", name, task.overridden)
    return lease


async def renew(engine: Engine, lease: Lease, now: float, seconds: float) -> Lease | None:
    """Keep a lease for `seconds` from `now`; None if it is lost."""
    return await engine.write(_Extend(lease, lease.owner, now + seconds, now))


async def release(engine: Engine, lease: Lease) -> None:
    """Give a lease up, so that others need not wait for its end. A failure of the store is logged:
    the lease then ends by itself."""
    try:
        await engine.write(_Extend(lease, NO_OWNER, 0.0, None))
    except StorageFailure as failure:
        _log.warning("the lease %s was not given up: %s", lease.name, failure)


def ended(record: bytes) -> bytes:
    """The record of a lease that its holder has lost, and that is free again."""
    return _record(Lease("", NO_OWNER, _parse(record)["fence"] + 1), 0.0, _clock_of(record))
