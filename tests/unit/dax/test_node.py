"""A node's connections: their limits, and when they begin to count."""

from __future__ import annotations

import asyncio
import socket
import ssl
from types import SimpleNamespace
from typing import Any

from jedlik.auth.sigv4 import OpenVerifier
from jedlik.base.ids import RandomIds
from jedlik.dax.access.access import Access
from jedlik.dax.connection import DaxConnection
from jedlik.dax.node import MAX_HELD, Node, NodeLimits
from jedlik.dax.wire import cbor, methods
from tests.servers import is_closed
from tests.simulated_clock import SimulatedClock
from tests.unit.dax.requesting import HELLO, authentication, request
from tests.unit.http.conftest import MemoryTransport
from tests.waiting import until

MOST = 8
TURNED_AWAY = 2


def node_of_few(limits: NodeLimits) -> Node:
    """A node without a cluster, which connections that send nothing do not need."""

    async def stop() -> None:
        pass

    cluster: Any = SimpleNamespace(memory=None, counters=None, count=lambda _error: None, stop=stop)
    clock = SimulatedClock()
    access = Access(OpenVerifier(), None)
    return Node(cluster, "arn", access, clock, RandomIds(), "us-east-1", limits)


def test_handshakes_that_never_end_are_counted() -> None:
    """Each is an open file, though it is no connection of the protocol's yet."""

    async def scenario() -> None:
        node = node_of_few(NodeLimits(2 * MOST))
        bound = socket.create_server(("127.0.0.1", 0), backlog=512)
        await node.start(DaxConnection, [bound], ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        room = MOST + TURNED_AWAY
        address = bound.getsockname()
        clients = [socket.create_connection(address) for _ in range(room + 5)]
        await until(lambda: sum(map(is_closed, clients)) >= 5)
        assert node.connections == 0
        assert not node.begin_handshake("192.0.2.1")
        for each in clients:
            each.close()
        await until(lambda: node.begin_handshake("192.0.2.1"))
        node.end_handshake("192.0.2.1")
        await node.stop()

    asyncio.run(scenario())


def test_one_connection_too_many_is_answered_and_closed() -> None:
    async def scenario() -> None:
        node = node_of_few(NodeLimits(2 * MOST))
        bound = socket.create_server(("127.0.0.1", 0))
        await node.start(DaxConnection, [bound])
        address = bound.getsockname()
        clients = [socket.create_connection(address) for _ in range(MOST)]
        # Those that have just been admitted count as arriving too, for a turn or two.
        await until(lambda: (node.connections, node._own) == (MOST, MOST))
        async with asyncio.timeout(60):
            reader, writer = await asyncio.open_connection(*address)
            assert await reader.read()
        writer.close()
        for each in clients:
            each.close()
        await node.stop()

    asyncio.run(scenario())


def handshakes(node: Node) -> int:
    """How many connections a node takes until it closes them at once."""
    count = 0
    while node.begin_handshake(address(count)):
        count += 1
    return count


def address(number: int) -> str:
    """The address of one of many clients."""
    return f"10.0.{number >> 8}.{number & 255}"


def test_nodes_share_what_a_process_may_have_open() -> None:
    """However many clusters there are, and some is left for the one whose clients come last."""
    limits = NodeLimits(800)
    taken = [handshakes(node_of_few(limits)) for _ in range(20)]
    assert taken[0] == 400 + limits.turned_away
    assert sum(taken) == limits.connections.used == 800
    assert taken[1] == (800 - taken[0]) // 2 + limits.turned_away


def test_a_node_has_what_others_have_given_back() -> None:
    limits = NodeLimits(800)
    first, second = node_of_few(limits), node_of_few(limits)
    for number in range(handshakes(first)):
        first.end_handshake(address(number))
    assert handshakes(second) == 400 + limits.turned_away


def test_a_client_that_never_authenticates_leaves_room_for_others() -> None:
    """Half-open connections of one address filled the node."""

    async def scenario() -> None:
        limits = NodeLimits(8000)
        node = node_of_few(limits)
        stranger = [MemoryTransport() for _ in range(limits.strangers)]
        strangers = [DaxConnection(node) for _ in stranger]
        for connection, transport in zip(strangers, stranger, strict=True):
            connection.connection_made(transport)  # type: ignore[arg-type]
        client = strangers[0]._peer.client
        assert limits.strangers == 1000
        assert not node.begin_handshake(client)
        assert node.begin_handshake("192.0.2.77")
        node.end_handshake("192.0.2.77")
        for connection in strangers[:2]:
            connection.data_received(HELLO + authentication(node.clock.now()))
        await until(lambda: strangers[1]._session.known)
        for _ in range(2):  # they know who those two are now
            assert node.begin_handshake(client)
        assert not node.begin_handshake(client)
        for _ in range(2):
            node.end_handshake(client)
        for connection in strangers:
            connection.connection_lost(None)
        assert not node._strangers
        assert not node._unknown
        assert limits.connections.used == 0

    asyncio.run(scenario())


def test_nodes_share_the_memory_for_requests() -> None:
    limits = NodeLimits(800)
    first, second = node_of_few(limits), node_of_few(limits)
    first.hold(limits.held.most // 2)
    assert not first.is_full
    second.hold(limits.held.most // 4)
    assert not second.is_full
    assert first.is_full  # it has more than half of what the other leaves
    first.hold(-limits.held.most // 4)
    assert not first.is_full


def test_answers_from_the_cache_that_are_not_read_are_counted() -> None:
    node = node_of_few(NodeLimits(800))
    connection = DaxConnection(node)
    transport: Any = SimpleNamespace(
        get_extra_info=lambda _name: None,
        get_write_buffer_size=lambda: 1000,
        pause_reading=lambda: None,
    )
    connection.connection_made(transport)
    connection.pause_writing()
    assert node.counters.held == 1000
    connection.connection_lost(None)
    assert node.counters.held == 0


def test_a_request_counts_until_it_is_answered() -> None:
    """A client that has many of them carried out at a time could fill the memory; it may have gone
    before their end."""

    async def scenario() -> None:
        node = node_of_few(NodeLimits(800))
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def operate(*_arguments: Any) -> bytes:
            begun.set()
            await go_on.wait()
            return b""

        node.cluster.define = operate  # type: ignore[method-assign]
        connection, transport = DaxConnection(node), MemoryTransport()
        connection.connection_made(transport)  # type: ignore[arg-type]
        connection.data_received(HELLO + authentication(node.clock.now()))
        await until(lambda: connection._session.known)
        sent = request(methods.DEFINE_ATTRIBUTE_LIST, cbor.integer(7))
        connection.data_received(sent)
        await begun.wait()
        assert node.counters.held == len(sent)
        connection.connection_lost(None)
        assert node.counters.held == len(sent)
        go_on.set()
        await until(lambda: node.counters.held == 0)

    asyncio.run(scenario())


def test_a_full_node_begins_no_long_requests() -> None:
    async def scenario() -> None:
        node = node_of_few(NodeLimits(800))
        connection, transport = DaxConnection(node), MemoryTransport()
        connection.connection_made(transport)  # type: ignore[arg-type]
        connection.data_received(HELLO + authentication(node.clock.now()))
        await until(lambda: connection._session.known)
        node.hold(MAX_HELD)
        long = request(methods.DEFINE_ATTRIBUTE_LIST, cbor.byte_string(bytes(20_000)))
        connection.data_received(long)
        assert transport.closed
        assert b"no memory left" in b"".join(transport.writes)

    asyncio.run(scenario())
