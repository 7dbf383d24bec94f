"""DeleteFunction."""

from __future__ import annotations

from jedlik.services.lambda_.operations.operation import Host, Payload, Result
from jedlik.services.lambda_.store import DeleteFunction, get_function


async def delete_function(host: Host, payload: Payload) -> Result:
    """Delete a function. Its mappings stay, and fail, until they are deleted too."""
    database = host.database
    function = await get_function(
        database.engine, database.names, payload["FunctionName"], payload.get("Qualifier")
    )
    await database.engine.write(DeleteFunction(database.names, function.name))
    return Result(status=204)
