"""What clients may hold: connections, bytes of requests, and bytes of answers.

A signature covers the whole body, so a body has to be held before its sender can be known. There
are limits on the connections and on the bytes of unfinished and waiting requests, for each client
(which is an address) and for all together. A client's limit is a part of the whole, so that one
client leaves room for others. A request that arrives in one piece, as nearly all do, is never
counted.

Answers count while they are unread: a request of some hundred bytes may have an answer of 16 MB,
and a connection stays open for a while even if its client does not read.

A refused client gets a status after which SDKs try again, and the log says so, at most once a
minute.
"""

from __future__ import annotations

import logging
from collections import Counter
from ipaddress import IPv6Address, ip_address
from typing import Final

from jedlik.base.clock import Clock
from jedlik.gateway.shared_limit import SharedLimit
from jedlik.http.settings import HttpSettings

log = logging.getLogger(__name__)

_LOG_INTERVAL: Final = 60.0
_NETWORK_BITS: Final = 64
"""The bits of an IPv6 address that identify a client: networks assign at least a /64 (RFC 6177)."""


def client_of(address: str) -> str:
    """The client to which an address belongs."""
    if ":" not in address:
        return address
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    shift = 128 - _NETWORK_BITS
    return f"{IPv6Address(int(parsed) >> shift << shift)}/{_NETWORK_BITS}"


class Allowances:
    """What the clients of one process hold, and may hold."""

    __slots__ = (
        "_all_unread",
        "_arriving",
        "_bytes",
        "_connections",
        "_logged",
        "_monotonic",
        "_settings",
        "_total",
        "_turned",
        "_unread",
    )

    def __init__(self, settings: HttpSettings, clock: Clock) -> None:
        self._settings = settings
        self._monotonic = clock.monotonic
        self._connections: Counter[str] = Counter()
        self._arriving: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._total = 0
        self._unread: Counter[str] = Counter()
        self._all_unread = SharedLimit(settings.max_unread)
        self._logged = -_LOG_INTERVAL
        self._turned = 0

    def arrive(self, address: str) -> bool:
        """See `Arrivals`. Connections beyond the limit are closed without an answer, since those
        that wait for an answer, or for their handshake, take open files too."""
        settings, client = self._settings, client_of(address)
        room = settings.max_connections + settings.max_turned_away
        if self._connections.total() + self._arriving.total() >= room:
            self._turn_away(f"more than {settings.max_connections:,} connections")
            return False
        room = settings.max_client_connections + settings.max_turned_away
        if self._connections[client] + self._arriving[client] >= room:
            limit = settings.max_client_connections
            self._turn_away(f"{client} has more than {limit:,} connections")
            return False
        self._arriving[client] += 1
        return True

    def arrived(self, address: str) -> None:
        """See `Arrivals`."""
        _take(self._arriving, client_of(address), 1)

    def connect(self, client: str) -> bool:
        """Count a connection; whether the client may have it."""
        self._connections[client] += 1
        if self._connections.total() > self._settings.max_connections:
            self._turn_away(f"more than {self._settings.max_connections:,} connections")
            return False
        if self._connections[client] > self._settings.max_client_connections:
            limit = self._settings.max_client_connections
            self._turn_away(f"{client} has more than {limit:,} connections")
            return False
        return True

    def disconnect(self, client: str, held: int) -> None:
        """No longer count a connection, and what it held."""
        _take(self._connections, client, 1)
        self.release(client, held)

    def hold(self, client: str, size: int) -> bool:
        """Whether a client may hold `size` more bytes, which are then counted."""
        settings = self._settings
        if self._bytes[client] + size > settings.max_client_pending:
            limit = settings.max_client_pending
            self._turn_away(f"{client} holds {limit:,} bytes of unfinished requests")
            return False
        if self._total + size > settings.max_pending:
            self._turn_away(f"clients hold {settings.max_pending:,} bytes of unfinished requests")
            return False
        self._bytes[client] += size
        self._total += size
        return True

    def release(self, client: str, size: int) -> None:
        """No longer count these bytes."""
        if size:
            _take(self._bytes, client, size)
            self._total -= size

    def leave_unread(self, client: str, size: int) -> bool:
        """Whether a client may leave `size` more bytes unread, which are then counted."""
        own = self._unread[client]
        share = self._all_unread.share(own)
        if own + size > share:
            self._turn_away(f"{client} leaves {share:,} bytes of answers unread")
            return False
        self._unread[client] += size
        self._all_unread.used += size
        return True

    def read(self, client: str, size: int) -> None:
        """No longer count these bytes as unread."""
        if size:
            _take(self._unread, client, size)
            self._all_unread.used -= size

    def _turn_away(self, why: str) -> None:
        self._turned += 1
        now = self._monotonic()
        if now - self._logged >= _LOG_INTERVAL:
            log.warning("turned away %d times since the last such line; %s", self._turned, why)
            self._logged = now
            self._turned = 0


def _take(counter: Counter[str], client: str, count: int) -> None:
    counter[client] -= count
    assert counter[client] >= 0, "what was counted is given back once"
    if not counter[client]:
        del counter[client]
