"""Determines the sender of a request: the first step of every API."""

from __future__ import annotations

from typing import Protocol

from jedlik.auth.identity import Identity
from jedlik.gateway.exchange import Request


class Verifier(Protocol):
    """Verifies signatures; on an open server it accepts any credentials."""

    def verify(self, request: Request) -> Identity:
        """Who sent the request. Raises the service's error if that cannot be determined."""
        ...
