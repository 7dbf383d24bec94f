"""ListFunctions."""

from __future__ import annotations

from typing import Any

from jedlik.services.lambda_.operations.descriptions import listed_function
from jedlik.services.lambda_.operations.operation import Host, Payload
from jedlik.services.lambda_.store import PAGE
from jedlik.services.lambda_.store import list_functions as functions_after


async def list_functions(host: Host, payload: Payload) -> dict[str, Any]:
    """Functions in the order of their names, at most 50 per page."""
    limit = min(payload.get("MaxItems") or PAGE, PAGE)
    database, versions = host.database, payload.get("FunctionVersion") is not None
    functions, more = await functions_after(database.engine, payload.get("Marker") or "", limit)
    answer: dict[str, Any] = {
        "Functions": [listed_function(database.arns, each, versions) for each in functions]
    }
    if more:
        answer["NextMarker"] = functions[-1].name
    return answer
