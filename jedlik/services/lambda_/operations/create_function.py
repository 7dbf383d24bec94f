"""CreateFunction."""

from __future__ import annotations

import asyncio
from typing import Any

from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.model import Function
from jedlik.services.lambda_.names import parse_function_name
from jedlik.services.lambda_.operations import function_settings as settings
from jedlik.services.lambda_.operations.descriptions import describe_function
from jedlik.services.lambda_.operations.operation import Host, Payload
from jedlik.services.lambda_.operations.tagged import check_tags
from jedlik.services.lambda_.store import CreateFunction

MAX_NAME = 64


async def create_function(host: Host, payload: Payload) -> dict[str, Any]:
    """Create a function: a zip, a directory or an HTTP endpoint."""
    database = host.database
    name, qualifier = parse_function_name(payload["FunctionName"])
    if qualifier is not None or len(name) > MAX_NAME:
        rule = f"have length less than or equal to {MAX_NAME}" if qualifier is None else "be a name"
        raise InvalidParameterValueException(
            f"1 validation error detected: Value '{payload['FunctionName']}' at 'functionName' "
            f"failed to satisfy constraint: Member must {rule}"
        )
    settings.check_unavailable(payload)
    settings.check_limits(payload)
    check_tags(payload.get("Tags") or {})
    runtime, handler = payload.get("Runtime"), payload.get("Handler")
    package_type = payload.get("PackageType") or "Zip"
    # In a thread: a package may list a hundred thousand files.
    code, package = await asyncio.to_thread(settings.given_code, payload["Code"])
    settings.check_runtime(code, runtime, handler, package_type)
    await host.invoker.roles.check(payload["Role"], name)
    function = Function(
        name=name,
        uuid=database.ids.uuid(),
        revision=database.ids.uuid(),
        code_id=database.ids.uuid(),
        role=payload["Role"],
        code=code,
        last_modified=database.clock.now(),
        runtime=runtime,
        handler=handler,
        description=payload.get("Description") or "",
        timeout=payload.get("Timeout") or 3,
        memory_size=payload.get("MemorySize") or 128,
        environment=settings.variables(payload),
        tags=payload.get("Tags") or {},
        settings=settings.kept_settings(name, payload),
    )
    await database.engine.write(CreateFunction(function, package))
    return describe_function(database.arns, function)
