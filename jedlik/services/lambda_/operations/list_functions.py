"""ListFunctions."""

from __future__ import annotations

from typing import Any

from jedlik.services.lambda_.operations.descriptions import describe_function
from jedlik.services.lambda_.operations.operation import Host, Payload
from jedlik.services.lambda_.store import PAGE
from jedlik.services.lambda_.store import list_functions as functions_after


async def list_functions(host: Host, payload: Payload) -> dict[str, Any]:
    """Functions in the order of their names, 50 a page at most."""
    limit = min(payload.get("MaxItems") or PAGE, PAGE)
    database = host.database
    functions, more = await functions_after(database.engine, payload.get("Marker") or "", limit)
    answer: dict[str, Any] = {
        "Functions": [describe_function(database.names, function) for function in functions]
    }
    if more:
        answer["NextMarker"] = functions[-1].name
    return answer
