"""A connection and the caller of its requests, as policies see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jedlik.auth.identity import Identity
from jedlik.gateway.exchange import AccessPoint


@dataclass(slots=True)
class Peer:
    """A connection as policies see it (see `CallContext`)."""

    headers: dict[bytes, bytes]
    client: str
    secure: bool
    point: AccessPoint | None = None
    parsed: None = None


class ClusterCaller(NamedTuple):
    """The sender of a connection's requests, and the ARN of the cluster to which they go."""

    identity: Identity
    peer: Peer
    cluster: str
