"""A node: a cluster that listens, with its connections, their limits, and its endpoint.

Here a cluster is the memory of one node, whatever its replication factor, so clients immediately
read what others wrote. (Between the nodes of the service, a write takes a moment.)
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from jedlik.base.clock import Clock
from jedlik.base.ids import Ids
from jedlik.base.limits import MIB
from jedlik.dax import replies
from jedlik.dax.access.access import Access
from jedlik.dax.cache import NodeMemory
from jedlik.dax.cluster import Cluster
from jedlik.dax.counters import OperationCounters
from jedlik.dax.errors import DaxError
from jedlik.gateway.accepting import Listener
from jedlik.gateway.client_networks import client_of
from jedlik.gateway.shared_limit import SharedLimit

MAX_CONNECTIONS: Final = 20_000
"""For all nodes of a process; a single one has half of them (see `SharedLimit`)."""
MAX_HELD: Final = 512 * MIB
"""Bytes of incomplete requests and unread answers, of all connections of all nodes."""
_MAX_TURNED_AWAY: Final = 64
"""Connections beyond a node's share that are answered with an error; further ones are closed
immediately."""
_TURNED_AWAY_PART: Final = 8
"""At most one in this many of all connections."""
_STRANGERS_PART: Final = 8
"""At most one in this many of all connections may come from one client and not be authenticated:
that takes a client a moment, and otherwise one that never does could shut out all others."""
_FEW_STRANGERS: Final = 256
"""As many as may always be: a client's pool may open all of its connections together."""
SWEEP_SECONDS: Final = 1.0
_ZONE: Final = "a"
"""The availability zone of the region in which all nodes are."""


@dataclass(frozen=True, slots=True)
class Advertised:
    """Where clients are sent: a name, its addresses, and a port."""

    hostname: str
    addresses: tuple[str, ...]
    port: int


@dataclass(slots=True)
class ConnectionCounters:
    """What connections have transferred, and what they hold."""

    bytes_in: int = 0
    bytes_out: int = 0
    held: int = 0


class NodeLimits:
    """What all nodes of a process share: `connections`, and the bytes that these hold."""

    def __init__(self, connections: int = MAX_CONNECTIONS) -> None:
        self.connections = SharedLimit(connections)
        self.held = SharedLimit(MAX_HELD)
        self.turned_away = min(_MAX_TURNED_AWAY, connections // _TURNED_AWAY_PART)
        """For one node."""
        self.strangers = max(_FEW_STRANGERS, connections // _STRANGERS_PART)
        """For one client of a node."""


class Connection(Protocol):
    """What a node does to an open connection."""

    def sweep(self, now: float) -> None: ...

    def drain(self) -> None: ...

    def abort(self) -> None: ...


class Node:
    """Serves `cluster`, whose ARN is `arn`, to callers that `access` knows."""

    def __init__(
        self,
        cluster: Cluster,
        arn: str,
        access: Access,
        clock: Clock,
        ids: Ids,
        region: str,
        limits: NodeLimits,
        advertised: Advertised | None = None,
    ) -> None:
        self.cluster = cluster
        self.arn = arn
        self.access = access
        self.memory: NodeMemory = cluster.memory
        self.operations: OperationCounters = cluster.counters
        self.counters = ConnectionCounters()
        self.clock = clock
        self.now = clock.monotonic
        self._ids = ids
        self._zone = region + _ZONE
        self._advertised = advertised
        self._connections: set[Connection] = set()
        self._handshakes = 0
        self._unknown: dict[Connection, str] = {}
        """The clients of connections that are not authenticated."""
        self._strangers: Counter[str] = Counter()
        """How many such connections a client has, including handshakes."""
        self._limits = limits
        self._listeners: list[Listener] = []
        self._timer: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Event | None = None

    # --- Listening --------------------------------------------------------------------------------

    async def start(
        self,
        connect: Callable[[Node], asyncio.Protocol],
        sockets: Sequence[socket.socket],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Serve on sockets that are bound already; `connect` makes the protocol object of a new
        connection."""
        for each in sockets:
            self._listeners.append(Listener(each, partial(connect, self), tls, self))
        self._tick(asyncio.get_running_loop())

    async def stop(self, grace: float = 0.0) -> None:
        """Stop listening, answer accepted requests within `grace` seconds, close the rest."""
        if self._timer is not None:
            self._timer.cancel()
        for listener in self._listeners:
            listener.close()
        for listener in self._listeners:
            await listener.settle()
        for connection in list(self._connections):
            connection.drain()
        if self._connections:
            self._emptied = asyncio.Event()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._emptied.wait(), grace)
        for connection in list(self._connections):
            connection.abort()
        await self.cluster.stop()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(SWEEP_SECONDS, self._tick, loop)
        now = self.now()
        for connection in list(self._connections):
            connection.sweep(now)

    # --- Called by listeners ----------------------------------------------------------------------

    def begin_handshake(self, address: str) -> bool:
        """See `Handshakes`: during its handshake, a connection is an open file like any other."""
        limits, own, client = self._limits, self._own, client_of(address)
        share = limits.connections.share(own)
        if limits.connections.is_reached or own >= share + limits.turned_away:
            return False
        if self._strangers[client] >= limits.strangers:
            return False
        self._handshakes += 1
        self._strangers[client] += 1
        limits.connections.used += 1
        return True

    def end_handshake(self, address: str) -> None:
        """See `Handshakes`."""
        self._handshakes -= 1
        self._one_stranger_less(client_of(address))
        self._limits.connections.used -= 1

    def _one_stranger_less(self, client: str) -> None:
        self._strangers[client] -= 1
        if not self._strangers[client]:
            del self._strangers[client]

    # --- Called by connections --------------------------------------------------------------------

    @property
    def _own(self) -> int:
        """The connections that count. One that was just admitted is still arriving too."""
        return len(self._connections) + self._handshakes

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    @property
    def is_full(self) -> bool:
        """Whether connections hold as many bytes as they may."""
        held = self.counters.held
        return held > self._limits.held.share(held)

    def hold(self, more: int) -> None:
        """Note that connections hold this many more bytes."""
        self.counters.held += more
        self._limits.held.used += more

    def admits(self, connection: Connection, address: str) -> bool:
        """Accept a new connection from an address if there is room for it; returns whether there
        is."""
        self._connections.add(connection)
        client = self._unknown[connection] = client_of(address)
        self._strangers[client] += 1
        connections = self._limits.connections
        connections.used += 1
        return len(self._connections) <= connections.share(self._own)

    def recognize(self, connection: Connection) -> None:
        """A connection is authenticated, or was before."""
        client = self._unknown.pop(connection, None)
        if client is not None:
            self._one_stranger_less(client)

    def forget(self, connection: Connection) -> None:
        """A connection is closed."""
        self.recognize(connection)
        self._connections.discard(connection)
        self._limits.connections.used -= 1
        if self._emptied is not None and not self._connections:
            self._emptied.set()

    def request_id(self) -> str:
        """An id for an answer."""
        return self._ids.request_id().decode("ascii")

    def count_error(self, error: DaxError) -> None:
        """Count an error that was answered."""
        self.cluster.count(error)

    def count_cached_page(self, name: str) -> None:
        """Count a Query or Scan that was answered from the cache."""
        self.operations.count(name)
        self.cluster.count_page(name, hit=True)

    def endpoints(self, transport: asyncio.Transport | None) -> bytes:
        """The answer to a client that asks for the cluster's nodes: the address at which it reached
        this one, unless another one is advertised."""
        bound = transport.get_extra_info("sockname") if transport is not None else None
        host, port = (bound[0].partition("%")[0], bound[1]) if bound else ("127.0.0.1", 0)
        hostname = host
        if self._advertised is not None:
            hostname, port = self._advertised.hostname, self._advertised.port
            version = ipaddress.ip_address(host).version
            host = next(
                (
                    each
                    for each in self._advertised.addresses
                    if ipaddress.ip_address(each).version == version
                ),
                self._advertised.addresses[0],
            )
        address = ipaddress.ip_address(host)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return replies.endpoints(hostname, address.packed, port, self._zone)
