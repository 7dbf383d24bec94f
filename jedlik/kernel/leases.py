"""Leases: of many workers and nodes one does a job, and another takes over when it dies.

A lease is a record with an owner, an end and a fencing number that grows with every new holder. The
end only decides when someone else may take it. What makes work safe is the fence: every commit
that a job makes declares the lease's key and checks the number under lock (`check`), so a holder
that was paused beyond its end and has been replaced can no longer change anything.

Ends are read off wall clocks, which may be wrong for a while and then put right. So an end that is
further ahead than any holder sets it counts as ended, and so does a holder that has certainly ended
(see `processes`); both are logged. The record also has the time at which it was taken or renewed
last, also after its release: the next holder learns from that whether the clock was set back, and
what the wrong clock has postponed (`Lease.clock_set_back`).

    {"owner": id, "fence": number, "until": seconds since the epoch, "clock": seconds, too}
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import orjson

from jedlik.kernel.keyspaces import lease_key
from jedlik.storage.engine import Changes, Engine, Value

NO_OWNER = ""

MAX_AHEAD: Final = 300.0
"""Seconds by which the clocks of two nodes may differ. A lease that ends later than this, beyond
what its holder asks for, was made by a clock that was wrong, and has ended."""

_log = logging.getLogger(__name__)
IsGone = Callable[[str], bool]
"""Says of an owner whether its process has certainly ended."""


class LeaseLost(Exception):
    """Someone else holds the lease by now."""


class Lease(NamedTuple):
    """A lease that was acquired. `clock_set_back` is how many seconds the clock by which it was
    last taken or renewed was ahead of this one; 0 if that is no more than clocks may differ."""

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
    """Takes a lease that is free. `overridden` is why one that has not ended was taken as ended."""

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
    def __init__(self, lease: Lease, owner: str, until: float, clock: float | None) -> None:
        self._lease = lease
        self._owner = owner
        self._until = until
        self._clock = clock
        self.keys = (lease.key,)

    def decide(self, values: Sequence[Value]) -> Changes[bool]:
        if not self._lease.holds(values[0]):
            return Changes({}, False)
        held = self._lease._replace(owner=self._owner)
        clock = _clock_of(values[0]) if self._clock is None else self._clock
        return Changes({held.key: _record(held, self._until, clock)}, True)


def _record(lease: Lease, until: float, clock: float) -> bytes:
    return orjson.dumps(
        {"owner": lease.owner, "fence": lease.fence, "until": until, "clock": clock}
    )


def _clock_of(record: Value) -> float:
    clock: float = _parse(record).get("clock", 0.0)
    return clock


def clock_set_back(before: float, now: float) -> float:
    """How many seconds a clock that showed `before` was set back; 0 if that is no more than clocks
    may differ."""
    return before - now if before > now + MAX_AHEAD else 0.0


async def acquire(
    engine: Engine,
    name: str,
    owner: str,
    now: float,
    seconds: float,
    is_gone: IsGone = lambda _owner: False,
) -> Lease | None:
    """Take a lease for `seconds` from `now`; None if someone else holds it.

    `owner` is an id that no other process has. One that takes its own lease again gets a new fence.
    A lease whose owner `is_gone` is taken at once.
    """
    task = _Acquire(name, owner, now, seconds, is_gone)
    lease = await engine.write(task)
    if lease is not None and task.overridden is not None:
        _log.warning("the lease of %s is taken over: %s", name, task.overridden)
    return lease


async def renew(engine: Engine, lease: Lease, now: float, seconds: float) -> bool:
    """Keep a lease for `seconds` from `now`; False if it is lost."""
    return await engine.write(_Extend(lease, lease.owner, now + seconds, now))


async def release(engine: Engine, lease: Lease) -> None:
    """Give a lease up, so that others need not wait for its end."""
    await engine.write(_Extend(lease, NO_OWNER, 0.0, None))


def ended(record: bytes) -> bytes:
    """The record of a lease that is free again, and that its holder has lost."""
    return _record(Lease("", NO_OWNER, _parse(record)["fence"] + 1), 0.0, _clock_of(record))
