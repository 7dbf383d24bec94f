"""UpdateFunctionConfiguration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jedlik.services.lambda_.errors import PreconditionFailedException
from jedlik.services.lambda_.model import ENDPOINT, Function
from jedlik.services.lambda_.names import parse_function_name
from jedlik.services.lambda_.operations import function_settings as settings
from jedlik.services.lambda_.operations.descriptions import describe_function
from jedlik.services.lambda_.operations.operation import Host, Payload
from jedlik.services.lambda_.store import ChangeFunction, get_function

_MEMBERS = {
    "Role": "role",
    "Handler": "handler",
    "Description": "description",
    "Timeout": "timeout",
    "MemorySize": "memory_size",
    "Runtime": "runtime",
}


async def update_function_configuration(host: Host, payload: Payload) -> dict[str, Any]:
    """Change the settings that the request names."""
    database = host.database
    settings.check_unavailable(payload)
    settings.check_limits(payload)
    given: dict[str, Any] = {
        field: payload[member]
        for member, field in _MEMBERS.items()
        if payload.get(member) is not None
    }
    if payload.get("Environment") is not None:
        given["environment"] = settings.variables(payload)
    given["revision"] = database.ids.uuid()
    given["last_modified"] = database.clock.now()
    kept = settings.kept_settings(parse_function_name(payload["FunctionName"]).name, payload)

    def change(before: Function) -> Function:
        if payload.get("RevisionId") not in (None, before.revision):
            raise PreconditionFailedException
        after = replace(before, **given, settings={**before.settings, **kept})
        package_type = "Image" if after.code.kind == ENDPOINT else "Zip"
        settings.check_runtime(after.code, after.runtime, after.handler, package_type)
        return after

    before = await get_function(database.engine, database.arns, payload["FunctionName"])
    if payload.get("Role"):
        await host.invoker.roles.check(payload["Role"], before.name)
    task = ChangeFunction(database.arns, before.name, change)
    return describe_function(database.arns, await database.engine.write(task))
