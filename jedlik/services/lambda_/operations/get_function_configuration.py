"""GetFunctionConfiguration."""

from __future__ import annotations

from typing import Any

from jedlik.services.lambda_.operations.descriptions import describe_function
from jedlik.services.lambda_.operations.operation import Host, Payload
from jedlik.services.lambda_.store import get_function


async def get_function_configuration(host: Host, payload: Payload) -> dict[str, Any]:
    """A function's configuration."""
    arns = host.database.arns
    function = await get_function(
        host.database.engine, arns, payload["FunctionName"], payload.get("Qualifier")
    )
    return describe_function(arns, function)
