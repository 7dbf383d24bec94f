"""UntagResource of the Lambda API."""

from __future__ import annotations

from jedlik.services.lambda_.operations.operation import Host, Payload, Result
from jedlik.services.lambda_.operations.tagged import Tags, change_tags


async def untag_resource(host: Host, payload: Payload) -> Result:
    """Remove tags from a function or mapping."""
    to_delete = frozenset(payload["TagKeys"])

    def without(before: Tags) -> Tags:
        return {key: value for key, value in before.items() if key not in to_delete}

    await change_tags(host, payload["Resource"], without)
    return Result()
