"""DescribeLimits."""

from __future__ import annotations

from jedlik.base.limits import MAX_ACCOUNT_CAPACITY_UNITS, MAX_TABLE_CAPACITY_UNITS
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.tables.database import Database


async def describe_limits(database: Database, payload: Payload) -> Body:  # noqa: ARG001
    """The service's default quotas of provisioned capacity."""
    return {
        "AccountMaxReadCapacityUnits": MAX_ACCOUNT_CAPACITY_UNITS,
        "AccountMaxWriteCapacityUnits": MAX_ACCOUNT_CAPACITY_UNITS,
        "TableMaxReadCapacityUnits": MAX_TABLE_CAPACITY_UNITS,
        "TableMaxWriteCapacityUnits": MAX_TABLE_CAPACITY_UNITS,
    }
