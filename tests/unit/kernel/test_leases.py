"""Leases: taken, kept, lost, and overridden after wrong clocks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from jedlik.kernel.leases import MAX_AHEAD, Lease, LeaseLost, acquire, release, renew
from jedlik.storage.engine import Changes, Value, WriteTask
from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.memory import MemoryEngine


class Work:
    """A commit that is made under a lease."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self.keys = (lease.key,)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        self._lease.check(values[0])
        return Changes({b"work": b"done"}, None)


async def taken(engine: MemoryEngine, owner: str, now: float) -> Lease:
    lease = await acquire(engine, "job", owner, now, 10)
    assert lease is not None
    return lease


def test_only_one_holds_it_until_it_ends() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        first = await taken(engine, "a", 100)
        assert first.fence == 1
        assert await acquire(engine, "job", "b", 109.9, 10) is None
        assert await acquire(engine, "another job", "b", 109.9, 10) is not None
        second = await taken(engine, "b", 110)
        assert second.fence == 2

    asyncio.run(scenario())


def test_renewing_keeps_it_and_fails_once_it_is_lost() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        lease = await taken(engine, "a", 100)
        assert await renew(engine, lease, 109, 10)
        assert await acquire(engine, "job", "b", 118, 10) is None
        await taken(engine, "b", 119)
        assert not await renew(engine, lease, 120, 10)
        assert await acquire(engine, "job", "a", 121, 10) is None

    asyncio.run(scenario())


class FailingEngine(MemoryEngine):
    """Refuses all writes while `fails` is set."""

    fails = False

    async def write(self, task: WriteTask[Any]) -> Any:
        if self.fails:
            raise StorageUnavailable("the store does not answer")
        return await super().write(task)


def test_one_that_cannot_be_given_up_ends_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        engine = FailingEngine()
        lease = await taken(engine, "a", 100)
        engine.fails = True
        await release(engine, lease)
        assert "the lease job was not given up: the store does not answer" in caplog.text
        engine.fails = False
        assert await acquire(engine, "job", "b", 109.9, 10) is None
        await taken(engine, "b", 110)

    asyncio.run(scenario())


def test_a_lease_that_nobody_took_can_still_be_renewed() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        lease = await taken(engine, "a", 100)
        assert await renew(engine, lease, 500, 10)

    asyncio.run(scenario())


def test_a_lease_given_up_is_free_at_once_and_fences_go_on() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        await release(engine, await taken(engine, "a", 100))
        assert (await taken(engine, "b", 100)).fence == 2

    asyncio.run(scenario())


def test_a_holder_that_was_replaced_changes_nothing() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        lease = await taken(engine, "a", 100)
        await engine.write(Work(lease))
        newer = await taken(engine, "b", 110)
        with pytest.raises(LeaseLost):
            await engine.write(Work(lease))
        await release(engine, lease)
        await engine.write(Work(newer))

    asyncio.run(scenario())


def test_taking_it_again_ends_the_earlier_holding() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        lease = await taken(engine, "a", 100)
        await taken(engine, "a", 101)
        with pytest.raises(LeaseLost):
            await engine.write(Work(lease))

    asyncio.run(scenario())


def test_a_lease_whose_holder_has_ended_is_taken_at_once(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        lease = await taken(engine, "gone", 100)
        assert await acquire(engine, "job", "b", 101, 10, lambda owner: owner == "other") is None
        assert not caplog.messages
        heir = await acquire(engine, "job", "b", 101, 10, lambda owner: owner == "gone")
        assert heir is not None
        assert heir.fence == lease.fence + 1
        assert caplog.messages == ["the lease of job is taken over: its holder has ended"]

    asyncio.run(scenario())


@pytest.mark.parametrize("day", [86_400.0, -86_400.0])
def test_a_clock_that_was_a_day_off_stops_no_work(
    day: float, caplog: pytest.LogCaptureFixture
) -> None:
    """The clock was wrong when the lease was taken, and is right now."""

    async def scenario() -> None:
        engine = MemoryEngine()
        wrong = await taken(engine, "a", 1e6 + day)
        right = await acquire(engine, "job", "b", 1e6, 10)
        assert right is not None
        with pytest.raises(LeaseLost):
            await engine.write(Work(wrong))
        assert bool(caplog.messages) == (day > 0)

    asyncio.run(scenario())


def test_clocks_of_nodes_may_differ_by_minutes() -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        await taken(engine, "ahead", 1000 + MAX_AHEAD)
        assert await acquire(engine, "job", "b", 1000, 10) is None
        assert await acquire(engine, "job", "b", 999, 10) is not None

    asyncio.run(scenario())
