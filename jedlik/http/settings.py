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
    `body_timeout` and, beyond that, as long as in each further such time it comes at
    `minimum_body_rate` bytes a second.
    `write_timeout` is how long a client may leave its answer unread, `linger_timeout` how long what
    a refused client still sends is read and dropped, so that it sees the answer and not a reset.
    """

    max_body_size: int = limits.MAX_REQUEST_SIZE
    max_headers_size: int = limits.MAX_HEADERS_SIZE
    max_headers: int = 128
    max_target_size: int = 16 * limits.KIB
    max_pipelined: int = 32
    """Requests of one connection that wait for their answer before reading stops."""
    max_connections: int = 10_000
    max_client_connections: int = 2_500
    max_turned_away: int = 500
    """Connections beyond the limit that are given an answer; further ones are only closed."""
    max_pending: int = 512 * limits.MIB
    """Bytes of requests that have not arrived completely or wait behind others, of all clients."""
    max_client_pending: int = 128 * limits.MIB
    """The same of one client, which is an address."""
    max_unread: int = 1024 * limits.MIB
    """Bytes of answers that were sent and not read, of all clients; one client may have half of
    what the others leave."""

    header_timeout: float = 15.0
    body_timeout: float = 15.0
    minimum_body_rate: int = 16 * limits.KIB
    idle_timeout: float = 120.0
    write_timeout: float = 60.0
    linger_timeout: float = 3.0
    sweep_interval: float = 1.0

    compress_from: int = 4 * limits.KIB
    """The smallest body that is compressed for a client that asks for it; the service's is about
    there too."""
    cors_origin: str | None = LOOPBACK_ORIGINS
    """What browsers get in `Access-Control-Allow-Origin`; None: pages of other origins may not
    call this server. LOOPBACK_ORIGINS: pages that this machine itself serves may, and no others:
    where any credentials will do, any page that someone looks at could read the data else."""
