"""Requests that a service makes, for itself or on behalf of a principal."""

from __future__ import annotations

from dataclasses import dataclass, field

from jedlik.gateway.exchange import AccessPoint


@dataclass(slots=True)
class FromService:
    """The connection of such a request, for condition keys: without an address, and secure."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    client: str = ""
    secure: bool = True
    point: AccessPoint | None = None
    parsed: None = None
