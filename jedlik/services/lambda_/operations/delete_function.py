"""DeleteFunction."""

from __future__ import annotations

from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.model import LATEST
from jedlik.services.lambda_.operations.operation import Host, Payload, Result
from jedlik.services.lambda_.store import DeleteFunction, function_not_found, qualified_name


async def delete_function(host: Host, payload: Payload) -> Result:
    """Delete a function. Its mappings stay, and fail, until they are deleted too."""
    database = host.database
    name, qualifier = qualified_name(payload["FunctionName"], payload.get("Qualifier"))
    if qualifier == LATEST:
        raise InvalidParameterValueException(
            f"{LATEST} version cannot be deleted without deleting the function."
        )
    if qualifier is not None:  # the service does not name the missing version
        raise function_not_found(database.arns, name)
    await database.engine.write(DeleteFunction(database.arns, name))
    return Result(status=204)
