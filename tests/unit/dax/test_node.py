"""A node's connections: how many there may be, and from when on they count."""

from __future__ import annotations

import asyncio
import socket
import ssl
from types import SimpleNamespace
from typing import Any

import pytest

from jedlik.auth.sigv4 import OpenVerifier
from jedlik.base.clock import SimulatedClock
from jedlik.base.ids import RandomIds
from jedlik.dax import node as nodes
from jedlik.dax.access import Access
from jedlik.dax.connection import DaxConnection
from jedlik.dax.node import MAX_TURNED_AWAY, Node
from tests.servers import is_closed

MOST = 3


def node_of_few(monkeypatch: pytest.MonkeyPatch) -> Node:
    """A node without a cluster, which connections that send nothing do not need."""

    async def stop() -> None:
        pass

    monkeypatch.setattr(nodes, "MAX_CONNECTIONS", MOST)
    cluster: Any = SimpleNamespace(memory=None, counters=None, count=lambda _error: None, stop=stop)
    clock = SimulatedClock()
    access = Access(OpenVerifier(), None)
    return Node(cluster, "arn", access, clock, RandomIds(), "us-east-1")


def test_handshakes_that_never_end_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is an open file, though it is no connection of the protocol's yet."""

    async def scenario() -> None:
        node = node_of_few(monkeypatch)
        bound = socket.create_server(("127.0.0.1", 0), backlog=512)
        await node.start(DaxConnection, [bound], ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        room = MOST + MAX_TURNED_AWAY
        address = bound.getsockname()
        clients = [socket.create_connection(address) for _ in range(room + 5)]
        async with asyncio.timeout(60):
            while sum(map(is_closed, clients)) < 5:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        assert node.connections == 0
        assert not node.arrive("192.0.2.1")
        for each in clients:
            each.close()
        async with asyncio.timeout(60):
            while not node.arrive("192.0.2.1"):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        node.arrived("192.0.2.1")
        await node.stop()

    asyncio.run(scenario())


def test_one_connection_too_many_is_answered_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        node = node_of_few(monkeypatch)
        bound = socket.create_server(("127.0.0.1", 0))
        await node.start(DaxConnection, [bound])
        address = bound.getsockname()
        clients = [socket.create_connection(address) for _ in range(MOST)]
        async with asyncio.timeout(60):
            while node.connections < MOST:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            reader, writer = await asyncio.open_connection(*address)
            assert await reader.read()
        writer.close()
        for each in clients:
            each.close()
        await node.stop()

    asyncio.run(scenario())
