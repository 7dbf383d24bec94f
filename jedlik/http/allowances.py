"""What clients may hold: connections, bytes of requests, and bytes of answers.

A signature covers the whole body, so a body has to be held before its sender is known. There are
limits on connections and on the bytes of unfinished and waiting requests, for each client (an
address) and for all together. A client's limit is a part of the total, so that one client leaves
room for others. A request that arrives in one piece, as nearly all do, is never counted.

Answers count while they are unread: a request of a hundred bytes may have an answer of 16 MB, and a
connection stays open for a while even if its client does not read.

A refused client gets a status after which SDKs retry, and the log says so, at most once a minute.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import Final

from jedlik.base.clock import Clock
from jedlik.gateway.client_networks import client_of
from jedlik.gateway.shared_limit import SharedLimit
from jedlik.http.settings import HttpSettings

log = logging.getLogger(__name__)

_LOG_INTERVAL: Final = 60.0


class Allowances:
    """Counts what the clients of one process hold, and refuses more than they may."""

    __slots__ = (
        "_bytes",
        "_carried_out",
        "_connections",
        "_handshakes",
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
        self._handshakes: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._total = 0
        self._carried_out = _Shares(settings.max_carried_out)
        self._unread = _Shares(settings.max_unread)
        self._logged = -_LOG_INTERVAL
        self._turned = 0

    def begin_handshake(self, address: str) -> bool:
        """See `Handshakes`. Connections beyond the limit are closed without an answer: while they
        waited for one, or for their handshake, each would take an open file."""
        client = client_of(address)
        total = self._connections.total() + self._handshakes.total() + 1
        own = self._connections[client] + self._handshakes[client] + 1
        if self._are_too_many(total, own, client, self._settings.max_turned_away):
            return False
        self._handshakes[client] += 1
        return True

    def end_handshake(self, address: str) -> None:
        """See `Handshakes`."""
        _take(self._handshakes, client_of(address), 1)

    def connect(self, client: str) -> bool:
        """Count a connection; returns whether the client may have it."""
        self._connections[client] += 1
        own = self._connections[client]
        return not self._are_too_many(self._connections.total(), own, client)

    def disconnect(self, client: str, held: int) -> None:
        """Stop counting a connection and the bytes that it held."""
        _take(self._connections, client, 1)
        self.release(client, held)

    def hold(self, client: str, size: int) -> bool:
        """Count `size` more bytes, if the client may hold them; returns whether it may."""
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
        """Stop counting `size` bytes of requests."""
        if size:
            _take(self._bytes, client, size)
            self._total -= size

    def begin(self, client: str, size: int) -> bool:
        """Whether a long request of `size` bytes may be carried out, which are then counted."""
        if self._carried_out.take(client, size):
            return True
        share = self._carried_out.share(client)
        self._turn_away(f"{client} has {share:,} bytes of requests carried out at a time")
        return False

    def end(self, client: str, size: int) -> None:
        """No longer count such a request."""
        self._carried_out.give_back(client, size)

    def leave_unread(self, client: str, size: int) -> bool:
        """Count `size` more unread bytes, if the client may leave them; returns whether it may."""
        if self._unread.take(client, size):
            return True
        share = self._unread.share(client)
        self._turn_away(f"{client} leaves {share:,} bytes of answers unread")
        return False

    def read(self, client: str, size: int) -> None:
        """Stop counting `size` bytes as unread."""
        self._unread.give_back(client, size)

    def _are_too_many(self, total: int, own: int, client: str, tolerated: int = 0) -> bool:
        """Whether connections are over a limit by more than is `tolerated`: all, or a client's own;
        the next one is then turned away."""
        most, most_own = self._settings.max_connections, self._settings.max_client_connections
        if total > most + tolerated:
            self._turn_away(f"more than {most:,} connections")
            return True
        if own > most_own + tolerated:
            self._turn_away(f"{client} has more than {most_own:,} connections")
            return True
        return False

    def _turn_away(self, why: str) -> None:
        self._turned += 1
        now = self._monotonic()
        if now - self._logged >= _LOG_INTERVAL:
            log.warning("turned away %d times since the last such line; %s", self._turned, why)
            self._logged = now
            self._turned = 0


class _Shares:
    """What each client has of what all together may have, which is half of what the others leave
    at most."""

    __slots__ = ("_all", "_own")

    def __init__(self, most: int) -> None:
        self._own: Counter[str] = Counter()
        self._all = SharedLimit(most)

    def share(self, client: str) -> int:
        """How much a client may have."""
        return self._all.share(self._own[client])

    def take(self, client: str, size: int) -> bool:
        """Count `size` more, if the client may have it; returns whether it may."""
        if self._own[client] + size > self.share(client):
            return False
        self._own[client] += size
        self._all.used += size
        return True

    def give_back(self, client: str, size: int) -> None:
        """Stop counting `size`."""
        if size:
            _take(self._own, client, size)
            self._all.used -= size


def _take(counter: Counter[str], client: str, count: int) -> None:
    counter[client] -= count
    assert counter[client] >= 0, "what was counted is given back once"
    if not counter[client]:
        del counter[client]
