"""The pool of connections, without a database: who gets one, in which order, and what is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from jedlik.storage.failures import StorageUnavailable
from jedlik.storage.postgres.commits import _HoldBack
from jedlik.storage.postgres.connections import Connection, ConnectionLost, Connections

SOON = 0.05
LATE = 30.0


class Raw:
    """A connection that does nothing."""

    def __init__(self) -> None:
        self.closed = False

    def add_log_listener(self, _listener: Any) -> None: ...

    def is_closed(self) -> bool:
        return self.closed

    def terminate(self) -> None:
        self.closed = True

    async def close(self, **_options: Any) -> None:
        self.closed = True


class Pool(Connections):
    """Connections to nowhere; `opened` counts them."""

    def __init__(self, size: int) -> None:
        super().__init__("postgresql://", size)
        self.opened = 0
        self.fails = False

    async def _open(self, _seconds: float) -> Connection:
        await asyncio.sleep(0)
        if self.fails:
            raise OSError("nobody there")
        self.opened += 1
        return Connection(Raw())


def deadline(seconds: float = LATE) -> float:
    return asyncio.get_running_loop().time() + seconds


async def held(pool: Pool) -> tuple[asyncio.Event, asyncio.Task[None]]:
    """Holds a connection until the event is set."""
    end, begun = asyncio.Event(), asyncio.Event()

    async def work(_connection: Connection) -> None:
        begun.set()
        await end.wait()

    task = asyncio.create_task(pool.use(work, deadline()))
    await begun.wait()
    return end, task


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(scenario(), 20)

    asyncio.run(bounded())


async def nothing(_connection: Connection) -> None: ...


def test_a_connection_is_used_again() -> None:
    async def scenario() -> None:
        pool = Pool(2)
        for _ in range(5):
            await pool.use(nothing, deadline())
        assert (pool.opened, pool._used) == (1, 0)

    run(scenario)


def test_who_waits_is_served_before_who_comes_later() -> None:
    async def scenario() -> None:
        pool, order = Pool(1), []
        end, holder = await held(pool)

        async def user(name: str) -> None:
            async def work(_connection: Connection) -> None:
                order.append(name)

            await pool.use(work, deadline())

        first = asyncio.create_task(user("first"))
        await asyncio.sleep(0)
        end.set()
        await holder
        # The connection is handed over by now; it is not free for this one.
        second = asyncio.create_task(user("second"))
        await asyncio.gather(first, second)
        assert order == ["first", "second"]
        assert (pool.opened, pool._used, len(pool._free)) == (1, 0, 1)

    run(scenario)


def test_no_waiting_caller_starves() -> None:
    async def scenario() -> None:
        pool, served = Pool(1), 0

        async def greedy() -> None:
            nonlocal served
            while not done.is_set():
                await pool.use(nothing, deadline())
                served += 1

        done = asyncio.Event()
        crowd = [asyncio.create_task(greedy()) for _ in range(3)]
        await asyncio.sleep(0.001)
        await pool.use(nothing, deadline())
        done.set()
        await asyncio.gather(*crowd)
        assert served > 0

    run(scenario)


def test_a_turn_whose_caller_was_cancelled_is_handed_on() -> None:
    async def scenario() -> None:
        class Cancelling(Pool):
            def _give_back(self, connection: Connection) -> None:
                super()._give_back(connection)
                cancelled.cancel()  # it has its turn, and has not run yet

        pool = Cancelling(1)
        end, holder = await held(pool)
        cancelled = asyncio.create_task(pool.use(nothing, deadline()))
        waiting = asyncio.create_task(pool.use(nothing, deadline(5)))
        await asyncio.sleep(0)
        end.set()
        await holder
        await waiting
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert pool._used == 0

    run(scenario)


def test_who_waits_longer_than_he_may_is_told_so() -> None:
    async def scenario() -> None:
        pool = Pool(1)
        end, holder = await held(pool)
        with pytest.raises(StorageUnavailable, match="every connection"):
            await pool.use(nothing, deadline(SOON))
        end.set()
        await holder
        await pool.use(nothing, deadline())
        assert pool._used == 0

    run(scenario)


def test_a_lost_connection_leaves_its_place_to_others() -> None:
    async def scenario() -> None:
        pool = Pool(1)

        async def lose(_connection: Connection) -> None:
            raise ConnectionLost("gone")

        with pytest.raises(ConnectionLost):
            await pool.use(lose, deadline())
        await pool.use(nothing, deadline())
        assert (pool.opened, pool._used) == (2, 0)

    run(scenario)


def test_where_none_can_be_made_the_place_is_free_again() -> None:
    async def scenario() -> None:
        pool = Pool(1)
        pool.fails = True
        with pytest.raises(ConnectionLost):
            await pool.use(nothing, deadline(SOON))
        pool.fails = False
        await pool.use(nothing, deadline())
        assert pool._used == 0

    run(scenario)


def test_holding_back_at_the_gate_costs_no_connection() -> None:
    async def scenario() -> None:
        pool = Pool(1)

        async def hold_back(_connection: Connection) -> None:
            raise _HoldBack

        for _ in range(100):
            with pytest.raises(_HoldBack):
                await pool.use(hold_back, deadline())
        assert pool.opened == 1

    run(scenario)


def test_a_closed_pool_refuses_and_ends_waits() -> None:
    async def scenario() -> None:
        pool = Pool(1)
        end, holder = await held(pool)
        waiting = asyncio.create_task(pool.use(nothing, deadline()))
        await asyncio.sleep(0)
        await pool.close()
        with pytest.raises(StorageUnavailable, match="closed"):
            await waiting
        with pytest.raises(StorageUnavailable, match="closed"):
            await pool.use(nothing, deadline())
        end.set()
        await holder

    run(scenario)


@pytest.mark.parametrize(
    "url", ["postgresql://me:SECRET/x@127.0.0.1/name", "postgresql://me:p@[::SECRET/name"]
)
def test_a_malformed_connection_string_is_one_line_without_its_password(url: str) -> None:
    async def scenario() -> None:
        async def work(_connection: Connection) -> None: ...

        with pytest.raises(StorageUnavailable, match="percent-encoded") as failure:
            await Connections(url, 1).use(work, deadline())
        assert "SECRET" not in str(failure.value)

    run(scenario)
