"""Requests that a service sends itself, by itself or in a principal's name."""

from __future__ import annotations

from dataclasses import dataclass, field

from jedlik.gateway.exchange import AccessPoint


@dataclass(slots=True)
class FromService:
    """What policies may ask about how such a request came in: from nowhere, and safely."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    client: str = ""
    secure: bool = True
    point: AccessPoint | None = None
