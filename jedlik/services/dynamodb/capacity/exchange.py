"""Settling the budgets of a process with the ledgers, in the background.

All tables in use are settled in one commit: every second, and sooner while a budget runs low. A
table that was not used for a while returns what it holds and falls asleep, and a process without
tables in use does nothing at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Final, NamedTuple

from jedlik.base.clock import Clock
from jedlik.kernel.keyspaces import counters_prefix, ledger_key
from jedlik.kernel.rounds import failures_logged, wait_for_wake
from jedlik.services.dynamodb.capacity.budget import Budget, Partition, ResourceBudget, TableBudget
from jedlik.services.dynamodb.capacity.ledger import Claim, Heat, Ledger, Settlement
from jedlik.services.dynamodb.capacity.limits import partitions_for
from jedlik.services.dynamodb.tables.figures import total
from jedlik.storage.engine import Changes, Engine, Value
from jedlik.storage.failures import StorageFailure
from jedlik.values.keybytes import HASH_SIZE, successor

CALM_SECONDS: Final = 1.0
BUSY_SECONDS: Final = 0.2
"""Seconds between settlements while a budget runs low. With fewer, the last units are divided more
evenly, at the price of more commits."""
_MIN_SECONDS: Final = 0.02
"""Demand is averaged over at least this time."""
_SLEEPY_SECONDS: Final = 3.0
"""Seconds without a request after which a table falls asleep."""
_SIZES_SECONDS: Final = 300.0
"""Seconds between two measurements of a table's size."""
_PERIODS_AHEAD: Final = 2
"""Of how many periods like the last one the needs should be there."""

_log = logging.getLogger(__name__)


class _Table(NamedTuple):
    """A table that is being settled; `left` is what was left of each claim's balance."""

    budget: TableBudget
    claims: list[Claim]
    left: list[float]
    leaving: bool = False


class _Settle:
    """Write task: settle with the ledgers of several tables."""

    def __init__(self, peer: str, tables: Sequence[_Table], now: float) -> None:
        self._peer = peer
        self._tables = tables
        self._now = now
        self.keys = tuple(ledger_key(table.budget.id) for table in tables)

    def decide(self, values: Sequence[Value]) -> Changes[list[Settlement]]:
        """See WriteTask."""
        changes: dict[bytes, Value] = {}
        settlements = []
        for key, stored, table in zip(self.keys, values, self._tables, strict=True):
            ledger = Ledger(stored)
            settlements.append(
                ledger.settle(self._peer, table.claims, self._now, leaving=table.leaving)
            )
            changes[key] = ledger.encode()
        return Changes(changes, settlements)


class Exchange:
    """The settlements of one process, `peer` (an id of its own), with the ledgers in the store."""

    def __init__(self, engine: Engine, clock: Clock, peer: str) -> None:
        self._engine = engine
        self._clock = clock
        self._peer = peer
        self._in_use: dict[TableBudget, float] = {}
        """When each was last used."""
        self._settled_at = clock.now()
        self._began = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def add(self, table: TableBudget) -> None:
        """Settle for this table, which was asleep, from now on."""
        self._in_use[table] = self._clock.now()
        self._began.set()

    def hurry(self) -> None:
        """Settle soon: something ran out."""
        self._began.set()

    def start(self) -> None:
        """Start, on the running event loop."""
        self._stopping.clear()
        self._task = asyncio.get_running_loop().create_task(self._loop())

    async def stop(self) -> None:
        """Return everything held, and end."""
        self._stopping.set()
        self._began.set()
        if self._task is not None:
            await self._task
            self._task = None
        with contextlib.suppress(StorageFailure):
            await self.settle(leaving=True)

    async def _loop(self) -> None:
        while not self._stopping.is_set():
            await wait_for_wake(self._began, self._pause())
            self._began.clear()
            if self._stopping.is_set():
                return  # `stop` settles for the last time
            with failures_logged(_log, "sharing out capacity"):
                await self.settle()
            await wait_for_wake(self._stopping, BUSY_SECONDS)

    def _pause(self) -> float | None:
        """Seconds until the next settlement, BUSY_SECONDS after the last one; None: no end."""
        if not self._in_use:
            return None
        low = any(
            balance.left < (balance.granted - balance.left) * _PERIODS_AHEAD
            for table in self._in_use
            for balance in table.balances()
        )
        return 0.0 if low else CALM_SECONDS - BUSY_SECONDS

    async def settle(self, *, leaving: bool = False) -> None:
        """Settle with the ledgers of all tables in use. Raises StorageFailure."""
        now = self._clock.now()
        elapsed = max(now - self._settled_at, _MIN_SECONDS)
        tables = [_Table(table, *_claims(table, elapsed)) for table in self._in_use]
        for each in tables:
            if any(claim.demand for claim in each.claims):
                self._in_use[each.budget] = now
        tables = [
            each._replace(leaving=leaving or now - self._in_use[each.budget] > _SLEEPY_SECONDS)
            for each in tables
        ]
        if not tables:
            return
        self._settled_at = now
        await self._measure(tables, now)
        settlements = await self._engine.write(_Settle(self._peer, tables, now))
        for each, settlement in zip(tables, settlements, strict=True):
            untouched = _take(each, settlement)
            if each.leaving and untouched:
                each.budget.sleep()
                self._in_use.pop(each.budget, None)

    async def _measure(self, tables: Sequence[_Table], now: float) -> None:
        """Give tables that have grown the partitions for their size."""
        for budget in [table.budget for table in tables]:
            if now - budget.measured < _SIZES_SECONDS:
                continue
            budget.measured = now
            prefix = counters_prefix(budget.id)
            page = await self._engine.range(prefix, successor(prefix))
            figures = total(value for _, value in page.rows)
            for resource in budget.resources():
                _, size = figures.get(resource.id, (0, 0))
                resource.partition(max(resource.even, partitions_for(0, 0, size)), ())


def _claims(table: TableBudget, elapsed: float) -> tuple[list[Claim], list[float]]:
    """What to settle for a table, and what was left then."""
    claims = []
    for resource in table.resources():
        for balance in resource.balances():
            spent = balance.granted - balance.left
            # What was refused would have cost a unit at least.
            demand = (max(spent, 0.0) + balance.refused) / elapsed
            returned = balance.left - balance.credit
            heat = _heat(resource, balance) if isinstance(balance, Partition) else None
            balance.refused = 0
            claims.append(Claim(balance.name, balance.limit, returned, spent, demand, heat))
    return claims, [balance.left for balance in table.balances()]


def _heat(resource: ResourceBudget, partition: Partition) -> Heat | None:
    """Where to split a partition that had to refuse requests: in the middle of the refused keys, or
    on both sides if they are all the same key."""
    samples = sorted(partition.samples)
    if not samples:
        return None
    partition.samples = []
    middle = samples[len(samples) // 2]
    if samples[0] != samples[-1] and middle != partition.start:
        return Heat(resource.name, (middle,))
    following = int.from_bytes(middle, "big") + 1
    if following >= 256**HASH_SIZE:
        return Heat(resource.name, (middle,))
    return Heat(resource.name, (middle, following.to_bytes(HASH_SIZE, "big")))


def _take(table: _Table, settlement: Settlement) -> bool:
    """Take what was granted, minus what was spent since the claim; True if nothing was spent."""
    untouched = True
    balances = {balance.name: balance for balance in table.budget.balances()}
    for claim, left in zip(table.claims, table.left, strict=True):
        balance = balances.get(claim.bucket)
        if balance is None:  # the index is gone meanwhile
            continue
        meanwhile = balance.left - left
        untouched = untouched and not meanwhile
        balance.granted = settlement.grants[claim.bucket]
        balance.left = balance.granted + meanwhile
        balance.credit = 0.0
    for resource in table.budget.resources():
        read, write = (
            _grow(budget, settlement.rates) for budget in (resource.read, resource.write)
        )
        splits = settlement.splits.get(resource.name, ())
        resource.partition(max(resource.even, partitions_for(read, write)), splits)
    return untouched


def _grow(budget: Budget, rates: dict[str, float]) -> float:
    """Note how far a budget has grown; returns its units a second, 0 if it does not grow."""
    limit = budget.limit
    rate = rates.get(budget.name, 0.0)
    if limit.ceiling is not None:
        budget.cause = limit.ceiling_cause if rate >= limit.ceiling else limit.cause
    return rate
