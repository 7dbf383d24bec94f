"""DescribeEndpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DescribeEndpointsRequest

_CACHE_PERIOD_IN_MINUTES: Final = 1440


async def describe_endpoints(database: Database, payload: DescribeEndpointsRequest) -> Body:  # noqa: ARG001
    """This server itself: a client that discovers endpoints must not end up at another one."""
    return {
        "Endpoints": [
            {"Address": database.endpoint, "CachePeriodInMinutes": _CACHE_PERIOD_IN_MINUTES}
        ]
    }
