"""DeleteEventSourceMapping."""

from __future__ import annotations

from typing import Any

from jedlik.services.lambda_.event_source_mappings import DeleteMapping, get_mapping
from jedlik.services.lambda_.operations.descriptions import describe_mapping
from jedlik.services.lambda_.operations.operation import Host, Payload


async def delete_event_source_mapping(host: Host, payload: Payload) -> dict[str, Any]:
    """Stop delivery; a batch that is being delivered is not cancelled."""
    database, uuid = host.database, payload["UUID"]
    _, result = await get_mapping(database.engine, uuid)
    mapping = await database.engine.write(DeleteMapping(uuid))
    host.wake()
    return describe_mapping(database.arns, mapping, result, "Deleting")
