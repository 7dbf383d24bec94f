"""The set of open connections: its sweep, and its end."""

from __future__ import annotations

import asyncio
import time

from jedlik.gateway.exchange import Answer, Request
from jedlik.http.allowances import Allowances
from jedlik.http.answers import AnswerWriter
from jedlik.http.connections import Connections
from jedlik.http.settings import HttpSettings
from tests.simulated_clock import SimulatedClock


class Watched:
    """A connection that notes what is asked of it."""

    def __init__(self, connections: Connections, *, drains: bool) -> None:
        self.connections = connections
        self.drains = drains
        self.swept: list[float] = []
        self.aborted = False
        connections.open.add(self)

    def sweep(self, now: float) -> None:
        self.swept.append(now)
        self.connections.forget(self)

    def drain(self) -> None:
        if self.drains:
            asyncio.get_running_loop().call_soon(self.connections.forget, self)

    def abort(self) -> None:
        self.aborted = True
        asyncio.get_running_loop().call_soon(self.connections.forget, self)


def make() -> tuple[SimulatedClock, AnswerWriter, Connections]:
    clock = SimulatedClock()
    settings = HttpSettings()
    writer = AnswerWriter(settings, clock.now())
    return clock, writer, Connections(clock, writer, Allowances(settings, clock))


def test_a_sweep_looks_at_each_connection_though_some_go() -> None:
    clock, _, connections = make()
    watched = [Watched(connections, drains=True) for _ in range(3)]
    clock.advance(5)
    connections.sweep()
    assert [one.swept for one in watched] == [[clock.monotonic()]] * 3
    assert not connections.open


def test_a_sweep_moves_the_date() -> None:
    clock, writer, connections = make()
    clock.advance(3600)
    connections.sweep()
    request = Request(b"POST", b"/", {}, b"", b"", b"id")
    assert b"Date: Tue, 14 Nov 2023 23:13:20 GMT" in writer.write(Answer(200, b""), request, False)


def test_connections_that_end_are_not_cut_off() -> None:
    async def scenario() -> None:
        _, _, connections = make()
        watched = [Watched(connections, drains=True) for _ in range(3)]
        await connections.drain(60.0)
        assert not connections.open
        assert not any(one.aborted for one in watched)
        await connections.drain(60.0)  # nothing left to wait for

    begin = time.monotonic()
    asyncio.run(scenario())
    assert time.monotonic() - begin < 30


def test_connections_that_do_not_end_are_cut_off() -> None:
    async def scenario() -> None:
        _, _, connections = make()
        ending = Watched(connections, drains=True)
        staying = Watched(connections, drains=False)
        await connections.drain(0.01)
        assert staying.aborted
        assert not ending.aborted
        assert not connections.open

    asyncio.run(scenario())
