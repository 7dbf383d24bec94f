"""GetFunctionConfiguration."""

from __future__ import annotations

from typing import Any

from jedlik.database.functions import get_function
from jedlik.operations.functions.descriptions import describe_function
from jedlik.operations.functions.operation import Host, Payload


async def get_function_configuration(host: Host, payload: Payload) -> dict[str, Any]:
    """A function's configuration."""
    names = host.database.names
    function = await get_function(
        host.database.engine, names, payload["FunctionName"], payload.get("Qualifier")
    )
    return describe_function(names, function)
