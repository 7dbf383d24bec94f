"""DescribeLimits."""

from __future__ import annotations

from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.tables.database import Database


async def describe_limits(database: Database, payload: Payload) -> Body:  # noqa: ARG001
    """The quotas of capacity that the server was started with."""
    quotas = database.quotas
    return {
        "AccountMaxReadCapacityUnits": quotas.account,
        "AccountMaxWriteCapacityUnits": quotas.account,
        "TableMaxReadCapacityUnits": quotas.table,
        "TableMaxWriteCapacityUnits": quotas.table,
    }
