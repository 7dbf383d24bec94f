"""DescribeLimits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DescribeLimitsInput


async def describe_limits(database: Database, payload: DescribeLimitsInput) -> Body:  # noqa: ARG001
    """The quotas of capacity that the server was started with."""
    quotas = database.quotas
    return {
        "AccountMaxReadCapacityUnits": quotas.account,
        "AccountMaxWriteCapacityUnits": quotas.account,
        "TableMaxReadCapacityUnits": quotas.table,
        "TableMaxWriteCapacityUnits": quotas.table,
    }
