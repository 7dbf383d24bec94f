"""GetEventSourceMapping."""

from __future__ import annotations

from typing import Any

from jedlik.services.lambda_.event_source_mappings import get_mapping
from jedlik.services.lambda_.operations.descriptions import describe_mapping
from jedlik.services.lambda_.operations.operation import Host, Payload


async def get_event_source_mapping(host: Host, payload: Payload) -> dict[str, Any]:
    """A mapping, and the result of its last batch."""
    mapping, result = await get_mapping(host.database.engine, payload["UUID"])
    return describe_mapping(host.database.arns, mapping, result)
