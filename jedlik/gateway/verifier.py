"""Who sent a request: what every API asks before it does anything."""

from __future__ import annotations

from typing import Protocol

from jedlik.auth.identity import Identity
from jedlik.gateway.exchange import Request


class Verifier(Protocol):
    """Verifies signatures, or takes any credentials where the server is open."""

    def verify(self, request: Request) -> Identity:
        """Who sent the request. Raises the service's error where that cannot be known."""
        ...
