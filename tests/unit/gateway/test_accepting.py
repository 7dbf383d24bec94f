"""Connections accepted by a listener, and its pause without open files."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from typing import Any

import pytest
import uvloop

from jedlik.gateway import accepting
from jedlik.gateway.accepting import ACCEPTS_A_TURN, Listener
from jedlik.http.allowances import Allowances
from jedlik.http.settings import HttpSettings
from tests.servers import is_closed
from tests.simulated_clock import SimulatedClock
from tests.waiting import until

LOOPS = pytest.mark.parametrize("run", [asyncio.run, uvloop.run])


class Noted(asyncio.Protocol):
    """Keeps the transports of all connections in a list."""

    def __init__(self, made: list[asyncio.BaseTransport]) -> None:
        self._made = made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._made.append(transport)


def allowances(**settings: int) -> Allowances:
    return Allowances(HttpSettings(**settings), SimulatedClock())


def listening(backlog: int = 512) -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=backlog)


def clients_of(bound: socket.socket, count: int) -> list[socket.socket]:
    return [socket.create_connection(bound.getsockname()) for _ in range(count)]


async def turns_until(made: list[Any], count: int) -> int:
    """How many turns the loop takes until this many connections are made."""
    for turn in range(10_000):
        if len(made) >= count:
            return turn
        await asyncio.sleep(0)
    pytest.fail("the connections were never made")


@LOOPS
def test_connections_that_wait_are_taken_in_a_few_turns(run: Any) -> None:
    async def scenario() -> None:
        made: list[asyncio.BaseTransport] = []
        bound = listening()
        clients = clients_of(bound, 3 * ACCEPTS_A_TURN)
        listener = Listener(bound, lambda: Noted(made), None, allowances())
        # One turn each for taking them, and some for transports to be connected.
        assert await turns_until(made, len(clients)) <= 12
        assert {each.get_extra_info("peername") for each in made} == {
            each.getsockname() for each in clients
        }
        listener.close()
        await listener.settle()
        for each in (*made, *clients):
            each.close()

    run(scenario())


@LOOPS
def test_a_turn_takes_no_more_than_its_bound(run: Any) -> None:
    async def scenario() -> None:
        made: list[asyncio.BaseTransport] = []
        bound = listening()
        clients = clients_of(bound, 3 * ACCEPTS_A_TURN)
        listener = Listener(bound, lambda: Noted(made), None, allowances())
        before, most = 0, 0
        while len(made) < len(clients):
            await asyncio.sleep(0)
            most, before = max(most, len(made) - before), len(made)
        assert most <= ACCEPTS_A_TURN
        listener.close()
        await listener.settle()
        for each in (*made, *clients):
            each.close()

    run(scenario())


class Exhausted:
    """A listening socket of a process that has no more files, until `left` is 0."""

    def __init__(self, bound: socket.socket, left: int) -> None:
        self._bound = bound
        self.left = left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bound, name)

    def accept(self) -> tuple[socket.socket, Any]:
        if self.left:
            self.left -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return self._bound.accept()


def test_without_files_for_connections_it_waits_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(accepting, "_PAUSE", 0.01)

    async def scenario() -> None:
        made: list[asyncio.BaseTransport] = []
        bound: Any = Exhausted(listening(), left=2)
        (client,) = clients_of(bound, 1)
        listener = Listener(bound, lambda: Noted(made), None, allowances())
        await until(lambda: made)
        listener.close()
        await listener.settle()
        made[0].close()
        client.close()

    with caplog.at_level(logging.ERROR):
        asyncio.run(scenario())
    # Each try is one line, and not one for every turn of the loop.
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


def test_what_was_taken_before_the_end_becomes_a_protocol() -> None:
    async def scenario() -> None:
        made: list[asyncio.BaseTransport] = []
        bound = listening()
        clients = clients_of(bound, 5)
        listener = Listener(bound, lambda: Noted(made), None, allowances())
        while not listener._connecting:  # noqa: ASYNC110
            await asyncio.sleep(0)
        listener.close()
        await listener.settle()
        assert len(made) == 5
        for each in (*made, *clients):
            each.close()

    uvloop.run(scenario())


def test_clients_that_never_shake_hands_are_counted() -> None:
    """Each is a file that is open, though it is no connection of the protocol's yet."""

    async def scenario() -> None:
        bound = listening()
        room = allowances(max_connections=4, max_client_connections=2, max_turned_away=1)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        listener = Listener(bound, lambda: Noted([]), tls, room)
        clients = clients_of(bound, 5)
        await until(lambda: sum(map(is_closed, clients)) >= 2)
        assert len(listener._connecting) == 3, "as many as one client may have, and one turned away"
        assert not room.begin_handshake("127.0.0.1")
        assert room.begin_handshake("192.0.2.1"), "others have their share"
        for each in clients:
            each.close()
        await until(lambda: not listener._connecting)
        assert room.begin_handshake("127.0.0.1")
        listener.close()
        await listener.settle()

    asyncio.run(scenario())
