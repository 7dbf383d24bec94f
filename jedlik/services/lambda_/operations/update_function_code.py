"""UpdateFunctionCode."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from jedlik.services.lambda_.errors import PreconditionFailedException
from jedlik.services.lambda_.model import ENDPOINT, Function
from jedlik.services.lambda_.operations import function_settings as settings
from jedlik.services.lambda_.operations.descriptions import describe_function
from jedlik.services.lambda_.operations.operation import Host, Payload
from jedlik.services.lambda_.store import ChangeFunction, get_function


async def update_function_code(host: Host, payload: Payload) -> dict[str, Any]:
    """Replace a function's code; the new code is used from the next invocation on."""
    database = host.database
    settings.check_unavailable(payload)
    before = await get_function(database.engine, database.arns, payload["FunctionName"])
    settings.check_package_type(before.code, payload)
    code, package = await asyncio.to_thread(settings.given_code, payload)
    code_id, revision = database.ids.uuid(), database.ids.uuid()
    now = database.clock.now()

    def change(before: Function) -> Function:
        if payload.get("RevisionId") not in (None, before.revision):
            raise PreconditionFailedException
        package_type = "Image" if before.code.kind == ENDPOINT else "Zip"
        settings.check_runtime(code, before.runtime, before.handler, package_type)
        kept = dict(before.settings)
        if payload.get("Architectures"):
            kept["Architectures"] = payload["Architectures"]
        return replace(
            before, code=code, code_id=code_id, revision=revision, last_modified=now, settings=kept
        )

    if payload.get("DryRun"):
        return describe_function(database.arns, change(before))
    task = ChangeFunction(database.arns, before.name, change, package)
    return describe_function(database.arns, await database.engine.write(task))
