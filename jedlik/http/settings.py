"""The front door's limits and times; all in bytes and seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jedlik.base import limits

LOOPBACK_ORIGINS: Final = "loopback"


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How much and how long the front door waits for a client.

    `header_timeout` runs from a request's first byte to the end of its headers. A body may take
    `body_timeout`, and longer as long as it arrives at `minimum_body_rate` bytes a second in each
    further such period. `write_timeout` is how long a client may leave its answer unread,
    `linger_timeout` how long data from a refused client is read and dropped, so that the client
    sees the answer rather than a reset.
    """

    max_body_size: int = limits.MAX_REQUEST_SIZE
    max_headers_size: int = limits.MAX_HEADERS_SIZE
    max_headers: int = 128
    max_target_size: int = 16 * limits.KIB
    max_pipelined: int = 32
    """Requests of one connection that may wait for their answers before reading stops."""
    max_connections: int = 10_000
    max_client_connections: int = 2_500
    max_turned_away: int = 500
    """Connections beyond the limit that still get an answer; further ones are just closed."""
    max_pending: int = 512 * limits.MIB
    """Bytes of incomplete and waiting requests, of all clients."""
    max_client_pending: int = 128 * limits.MIB
    """The same for one client, which is an address."""
    max_carried_out: int = 512 * limits.MIB
    """Bytes of long requests that are being carried out, of all clients; one client may have half
    of what the others leave."""
    max_unread: int = 1024 * limits.MIB
    """Bytes of unread answers, of all clients; one client may have half of what the others
    leave."""

    header_timeout: float = 15.0
    body_timeout: float = 15.0
    minimum_body_rate: int = 16 * limits.KIB
    idle_timeout: float = 120.0
    write_timeout: float = 60.0
    linger_timeout: float = 3.0
    sweep_interval: float = 1.0

    compress_from: int = 4 * limits.KIB
    """The smallest body that is compressed for clients that accept it; about the same as the
    service's."""
    cors_origin: str | None = LOOPBACK_ORIGINS
    """What browsers get in `Access-Control-Allow-Origin`; None: pages of other origins may not
    call this server. LOOPBACK_ORIGINS: only pages served by this machine may, since on a server
    that accepts any credentials, every page that someone visits could otherwise read the data."""
