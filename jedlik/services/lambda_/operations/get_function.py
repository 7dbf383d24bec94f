"""GetFunction."""

from __future__ import annotations

from typing import Any

from jedlik.services.lambda_.model import DIRECTORY, ENDPOINT
from jedlik.services.lambda_.operations.descriptions import describe_function
from jedlik.services.lambda_.operations.operation import Host, Payload
from jedlik.services.lambda_.store import get_function as find


async def get_function(host: Host, payload: Payload) -> dict[str, Any]:
    """A function's configuration, the location of its code, and its tags."""
    database = host.database
    function = await find(
        database.engine, database.arns, payload["FunctionName"], payload.get("Qualifier")
    )
    code = function.code
    if code.kind == ENDPOINT:
        place = {"RepositoryType": "ECR", "ImageUri": code.location}
        place["ResolvedImageUri"] = code.location
    else:
        directory = code.kind == DIRECTORY
        location = f"file://{code.location}" if directory else f"zip:{function.code_id}"
        place = {"RepositoryType": "S3", "Location": location}
    answer = {"Configuration": describe_function(database.arns, function), "Code": place}
    if function.tags:
        answer["Tags"] = function.tags
    return answer
