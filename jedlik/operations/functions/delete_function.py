"""DeleteFunction."""

from __future__ import annotations

from jedlik.database.functions import DeleteFunction, get_function
from jedlik.operations.functions.operation import Host, Payload, Result


async def delete_function(host: Host, payload: Payload) -> Result:
    """Delete a function. Its mappings stay, and fail, until they are deleted too."""
    database = host.database
    function = await get_function(
        database.engine, database.names, payload["FunctionName"], payload.get("Qualifier")
    )
    await database.engine.write(DeleteFunction(database.names, function.name))
    return Result(status=204)
