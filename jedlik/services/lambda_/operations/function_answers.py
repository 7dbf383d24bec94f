"""Operations on functions with the same answer for every function here.

Tools such as Terraform call them when they read a function. The answers are those of the service
for a function without such settings.
"""

from __future__ import annotations

from typing import Any

from jedlik.services.lambda_.errors import FunctionNotFoundException
from jedlik.services.lambda_.model import LATEST, Function
from jedlik.services.lambda_.names import function_arn
from jedlik.services.lambda_.operations.descriptions import listed_function
from jedlik.services.lambda_.operations.operation import Host, Payload
from jedlik.services.lambda_.store import get_function, qualified_name


async def _existing(host: Host, payload: Payload) -> Function:
    arns = host.database.arns
    return await get_function(
        host.database.engine, arns, payload["FunctionName"], payload.get("Qualifier")
    )


async def list_versions_by_function(host: Host, payload: Payload) -> dict[str, Any]:
    """The only version of a function."""
    function = await _existing(host, payload)
    return {"Versions": [listed_function(host.database.arns, function, versions=True)]}


async def list_aliases(host: Host, payload: Payload) -> dict[str, Any]:
    """None: there are no aliases."""
    await _existing(host, payload)
    return {"Aliases": []}


async def get_policy(host: Host, payload: Payload) -> dict[str, Any]:
    """None: functions have no policies."""
    await _existing(host, payload)
    raise FunctionNotFoundException("The resource you requested does not exist.")


async def get_function_code_signing_config(host: Host, payload: Payload) -> dict[str, Any]:
    """None: code is not signed."""
    await _existing(host, payload)
    return {}


async def get_function_concurrency(host: Host, payload: Payload) -> dict[str, Any]:
    """Nothing is reserved."""
    await _existing(host, payload)
    return {}


async def get_function_event_invoke_config(host: Host, payload: Payload) -> dict[str, Any]:
    """None was set, whether the function exists or not."""
    name, qualifier = qualified_name(payload["FunctionName"], payload.get("Qualifier"))
    arn = function_arn(host.database.arns, name)
    raise FunctionNotFoundException(
        f"The function {arn}:{qualifier or LATEST} doesn't have an EventInvokeConfig"
    )


async def get_function_recursion_config(host: Host, payload: Payload) -> dict[str, Any]:
    """Recursive loops are not detected."""
    await _existing(host, payload)
    return {"RecursiveLoop": "Allow"}


async def get_runtime_management_config(host: Host, payload: Payload) -> dict[str, Any]:
    """The runtime is the server's Python."""
    function = await _existing(host, payload)
    arn = function_arn(host.database.arns, function.name)
    return {"UpdateRuntimeOn": "Auto", "FunctionArn": arn}
