"""ListTags."""

from __future__ import annotations

from typing import Any

from jedlik.services.lambda_.operations.operation import Host, Payload
from jedlik.services.lambda_.operations.tagged import tags_of


async def list_tags(host: Host, payload: Payload) -> dict[str, Any]:
    """The tags of a function or mapping."""
    return {"Tags": await tags_of(host, payload["Resource"])}
