"""How processes share the capacity of a table: one record, with which they settle in the
background.

A bucket is the capacity of a table, an index or a partition in one direction. Its level rises at
its rate, up to the units of a certain number of seconds. Each process holds a part of the level,
and spends that without coordination. When it settles, it returns what it has left (or owes), and is
granted a part of the present level, by its share of the demand.

Units that other processes hold count as available, although granting them makes the level negative
until those processes return theirs: so a process that starts working while another holds the whole
burst need not wait for it. At worst, a part of what is held is spent twice. That is a debt of the
bucket, and nothing is granted until its rate has paid it, so over time no more is admitted than the
rate allows.

What a dead process held is lost to the others for `PEER_SECONDS`.

Clocks of processes may differ slightly. A time that is further in the future was noted by a wrong
clock, and counts as now: otherwise no level would rise until then.

    {"levels": {bucket: [level, when, in seconds since the epoch]},
     "peers":  {process: [when it settled last, {bucket: [held, demand in units a second]}]},
     "growth": {bucket: [...], see `growth`},
     "heat":   {bucket: [when it became hot, when it was hot last]},
     "splits": {resource: [hash that a partition begins at, in hexadecimal]}}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from jedlik.kernel.leases import MAX_AHEAD
from jedlik.services.dynamodb.capacity.growth import Growth, grown
from jedlik.services.dynamodb.capacity.limits import Limit
from jedlik.storage.engine import Value

PEER_SECONDS: Final = 5.0
"""A process that has not settled for so long no longer counts; longer than two settlements."""
_MIN_DEMAND: Final = 0.02
"""As a part of the rate, so that a process without any demand yet gets something too."""
HEAT_SECONDS: Final = 60.0
"""How long a partition has to refuse requests before it is split."""
_COOLING_SECONDS: Final = 10.0
"""A partition that has refused nothing for so long is no longer hot."""
_MAX_SPLITS: Final = 64


def _moment(noted: float, now: float) -> float:
    return noted if noted <= now + MAX_AHEAD else now


class Heat(NamedTuple):
    """The hashes at which to split a hot partition of a resource."""

    resource: str
    at: tuple[bytes, ...]


class Claim(NamedTuple):
    """What a process settles for one bucket: the units that it returns (negative: owes), the units
    that it has spent since it last settled, and the demand in units a second."""

    bucket: str
    limit: Limit
    returned: float
    spent: float
    demand: float
    heat: Heat | None = None


class Settlement(NamedTuple):
    """Granted units by bucket, the rates of buckets that grow, and the splits of resources."""

    grants: dict[str, float]
    rates: dict[str, float]
    splits: dict[str, list[bytes]]


class Ledger:
    """The record of one table, during a settlement."""

    def __init__(self, stored: Value) -> None:
        record: dict[str, Any] = orjson.loads(stored) if stored else {}
        self._levels: dict[str, list[float]] = record.get("levels", {})
        self._peers: dict[str, Any] = record.get("peers", {})
        self._growth: dict[str, list[float]] = record.get("growth", {})
        self._heat: dict[str, list[float]] = record.get("heat", {})
        self._splits: dict[str, list[str]] = record.get("splits", {})

    def encode(self) -> bytes:
        """The stored bytes."""
        return orjson.dumps(
            {
                "levels": self._levels,
                "peers": self._peers,
                "growth": self._growth,
                "heat": self._heat,
                "splits": self._splits,
            }
        )

    def settle(
        self, peer: str, claims: Sequence[Claim], now: float, *, leaving: bool = False
    ) -> Settlement:
        """Settle all claims of the process `peer`; one that is `leaving` is granted nothing."""
        self._peers.pop(peer, None)
        for other, (seen, _) in list(self._peers.items()):
            if not now - PEER_SECONDS <= seen <= now + MAX_AHEAD:
                del self._peers[other]
        grants: dict[str, float] = {}
        rates: dict[str, float] = {}
        shares: dict[str, tuple[float, float]] = {}
        for claim in claims:
            rate = self._rate(claim, now)
            if claim.limit.ceiling is not None:
                rates[claim.bucket] = rate
            demand = max(claim.demand, rate * _MIN_DEMAND)
            grant = self._settle(claim, rate, demand, now, leaving=leaving)
            grants[claim.bucket] = grant
            shares[claim.bucket] = (grant, demand)
            if claim.heat is not None:
                self._note_heat(claim.bucket, claim.heat, now)
        if not leaving:
            self._peers[peer] = (now, shares)
        splits = {
            resource: [bytes.fromhex(start) for start in starts]
            for resource, starts in self._splits.items()
        }
        return Settlement(grants, rates, splits)

    def _rate(self, claim: Claim, now: float) -> float:
        limit = claim.limit
        if limit.ceiling is None:
            return limit.rate
        known = self._growth.get(claim.bucket)
        growth = Growth(*known) if known else Growth.beginning(now)
        growth = growth._replace(
            period=_moment(growth.period, now), window=_moment(growth.window, now)
        )
        growth = growth.after(claim.spent, now)
        self._growth[claim.bucket] = list(growth)
        return grown(limit.rate, growth, limit.ceiling)

    def _settle(
        self, claim: Claim, rate: float, demand: float, now: float, *, leaving: bool
    ) -> float:
        bucket, limit = claim.bucket, claim.limit
        held = others = 0.0
        for _, buckets in self._peers.values():
            if bucket in buckets:
                held += buckets[bucket][0]
                others += buckets[bucket][1]
        level, at = self._levels.get(bucket, (rate, now))
        at = _moment(at, now)
        level += claim.returned + max(0.0, now - at) * rate
        level = min(level, max(0.0, rate * limit.seconds - held))
        grant = 0.0
        if not leaving:
            grant = max(0.0, (level + held) * demand / (demand + others))
        self._levels[bucket] = [level - grant, max(at, now)]
        return grant

    def _note_heat(self, bucket: str, heat: Heat, now: float) -> None:
        since, last = (_moment(each, now) for each in self._heat.get(bucket, (now, now)))
        if now - last > _COOLING_SECONDS:
            since = now
        self._heat[bucket] = [since, now]
        if now - since < HEAT_SECONDS:
            return
        splits = self._splits.setdefault(heat.resource, [])
        for each in heat.at:
            start = each.hex()
            if start not in splits and len(splits) < _MAX_SPLITS:
                splits.append(start)
        del self._heat[bucket]
