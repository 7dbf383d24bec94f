"""Budgets shared by several processes agree, in simulated time.

Each process has an exchange of its own on one store. They settle one after the other, as often as
their loops would, and between settlements a load comes that is larger than the budget, spread over
them in any proportion.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.capacity import exchange
from jedlik.services.dynamodb.capacity.budget import TableBudget
from jedlik.services.dynamodb.capacity.budgets import Budgets
from jedlik.services.dynamodb.capacity.exchange import BUSY_SECONDS, Exchange
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute, KeySchema
from jedlik.services.dynamodb.tables.model import PAY_PER_REQUEST, Table
from jedlik.storage.memory import MemoryEngine
from tests.simulated_clock import SimulatedClock

STEP = 0.01
KEY = bytes(40)


def table(write: int, **settings: object) -> Table:
    schema = KeySchema((KeyAttribute("pk", "S"),), ())
    provisioned = {"ReadCapacityUnits": 1, "WriteCapacityUnits": write}
    return Table(
        7, "uuid", "t", 0.0, schema, {"pk": "S"},
        settings={"ProvisionedThroughput": provisioned, **settings},
    )  # fmt: skip


class Process:
    """One process's budget of the table, and what it admitted."""

    def __init__(self, engine: MemoryEngine, clock: SimulatedClock, name: str, model: Table):
        self.exchange = Exchange(engine, clock, name)
        self.budgets = Budgets(self.exchange, Arns(), "enforced")
        budget = self.budgets.of(model, None)
        assert budget is not None
        self.budget: TableBudget = budget
        self.owed = 0.0
        self.admitted = 0.0
        self.refused = 0

    def offer(self, requests: float) -> None:
        """Have a number of requests of one unit come in; fractions are carried on."""
        self.owed += requests
        write = self.budget.own.write
        while self.owed >= 1.0:
            self.owed -= 1.0
            partition = write.at(KEY)
            if self.budget.has_room(partition, KEY):
                partition.charge(1.0)
                self.admitted += 1
            else:
                self.refused += 1


class Fleet:
    """Processes on one store, settling in turns."""

    def __init__(self, count: int, model: Table) -> None:
        self.clock = SimulatedClock()
        engine = MemoryEngine()
        self.processes = [Process(engine, self.clock, str(n), model) for n in range(count)]

    async def run(self, seconds: float, rates: Sequence[float]) -> float:
        """Offer requests at these rates a second to the processes; returns what was admitted."""
        before = sum(each.admitted for each in self.processes)
        every = round(BUSY_SECONDS / STEP)
        for step in range(round(seconds / STEP)):
            self.clock.advance(STEP)
            for number, (process, rate) in enumerate(zip(self.processes, rates, strict=True)):
                process.offer(rate * STEP)
                if (step + number) % every == 0:
                    await process.exchange.settle()
        return sum(each.admitted for each in self.processes) - before


@pytest.mark.parametrize("count", [1, 3, 4])
@pytest.mark.parametrize("capacity", [20, 800])
@pytest.mark.parametrize("skew", ["even", "skewed", "one"])
def test_ten_seconds_admit_what_is_provisioned(count: int, capacity: int, skew: str) -> None:
    weights = {
        "even": [1.0] * count,
        "skewed": [2.0**-n for n in range(count)],
        "one": [1.0, *[0.001] * (count - 1)],
    }[skew]
    rates = [3 * capacity * weight / sum(weights) for weight in weights]

    async def run() -> None:
        fleet = Fleet(count, table(capacity))
        await fleet.run(2.0, rates)
        for _ in range(3):
            assert await fleet.run(10.0, rates) == pytest.approx(10 * capacity, rel=0.05)

    asyncio.run(run())


def test_a_load_that_moves_from_process_to_process() -> None:
    chance = random.Random(7)

    async def run() -> None:
        fleet = Fleet(4, table(500))
        await fleet.run(2.0, [500.0] * 4)
        total = 0.0
        for _ in range(20):
            rates = [0.0] * 4
            rates[chance.randrange(4)] = 2000.0
            total += await fleet.run(1.0, rates)
        assert total == pytest.approx(20 * 500, rel=0.05)

    asyncio.run(run())


def test_below_the_budget_nothing_is_refused_wherever_it_comes() -> None:
    async def run() -> None:
        fleet = Fleet(4, table(400))
        for rates in ([90.0] * 4, [360.0, 0, 0, 0], [0, 0, 0, 360.0], [30.0, 60.0, 90.0, 180.0]):
            await fleet.run(5.0, rates)
        offered = 20 * 360
        refused = sum(each.refused for each in fleet.processes)
        assert refused / offered < 0.02

    asyncio.run(run())


def test_a_burst_is_found_by_a_process_that_did_not_save_it() -> None:
    async def run() -> None:
        fleet = Fleet(3, table(100))
        await fleet.run(100.0, [1.0, 1.0, 0.0])
        # Some 10,000 units are there; the third process has not said a word until now.
        assert await fleet.run(5.0, [0.0, 0.0, 900.0]) == pytest.approx(4500, rel=0.05)

    asyncio.run(run())


def test_all_processes_together_stay_within_a_partition() -> None:
    async def run() -> None:
        fleet = Fleet(3, Table(
            7, "uuid", "t", 0.0, KeySchema((KeyAttribute("pk", "S"),), ()), {"pk": "S"},
            billing_mode=PAY_PER_REQUEST,
        ))  # fmt: skip
        await fleet.run(2.0, [1500.0] * 3)
        assert await fleet.run(10.0, [1500.0] * 3) == pytest.approx(10_000, rel=0.05)

    asyncio.run(run())


def test_stopping_does_not_wait_for_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every server's end would take that much longer."""
    monkeypatch.setattr(exchange, "BUSY_SECONDS", 3600.0)

    async def run() -> None:
        process = Fleet(1, table(10)).processes[0]
        process.exchange.start()
        process.offer(1)
        async with asyncio.timeout(30):
            await asyncio.sleep(0)  # it has begun
            await process.exchange.stop()
            process.exchange.start()
            process.exchange.hurry()
            for _ in range(3):
                await asyncio.sleep(0)  # it pauses after a settlement
            await process.exchange.stop()

    asyncio.run(run())
