"""Invoke."""

from __future__ import annotations

import asyncio
import base64
import logging

import orjson

from jedlik.services.lambda_.errors import InvalidRequestContentException, RequestTooLargeException
from jedlik.services.lambda_.model import LATEST, Function
from jedlik.services.lambda_.operations.operation import Host, Payload, Result
from jedlik.services.lambda_.runtime.invocation import MAX_PAYLOAD, Invocation
from jedlik.services.lambda_.runtime.logs import TAIL
from jedlik.services.lambda_.store import find_function, get_function
from jedlik.storage.failures import StorageFailure

_log = logging.getLogger(__name__)

MAX_EVENT = 1024 * 1024
"""Bytes of an event of an asynchronous invocation (Lambda quotas: "Invocation payload")."""
PAUSES = (60.0, 120.0)
"""Seconds before the second and the third attempt (guide, "Asynchronous invocation")."""
STORE_PAUSE = 1.0
"""Seconds until an event is retried after a failure of the store."""


async def invoke(host: Host, payload: Payload) -> Result:
    """Run a function: wait for it, run it in the background, or only check whether it could run."""
    database = host.database
    function = await get_function(
        database.engine, database.arns, payload["FunctionName"], payload.get("Qualifier")
    )
    kind = payload.get("InvocationType") or "RequestResponse"
    event = payload["Payload"]
    _check_event(event, MAX_EVENT if kind == "Event" else MAX_PAYLOAD)
    if kind == "DryRun":
        return Result(status=204)
    event = event or b"{}"
    context = payload.get("ClientContext")
    if kind == "Event":
        host.queued.take(len(event))
        task = asyncio.get_running_loop().create_task(_in_background(host, function, event))
        host.tasks.add(task)
        task.add_done_callback(host.tasks.discard)
        task.add_done_callback(lambda _task: host.queued.give_back(len(event)))
        return Result(status=202)
    client_context = _decoded(context)
    host.at_once.take(len(event))
    try:
        invocation = await host.invoker.invoke(function, event, client_context)
    finally:
        host.at_once.give_back(len(event))
    if invocation.refusal is not None:
        raise invocation.refusal
    headers = [("X-Amz-Executed-Version", LATEST)]
    if invocation.error is not None:
        headers.append(("X-Amz-Function-Error", invocation.error))
    if payload.get("LogType") == "Tail":
        log = base64.b64encode(invocation.log[-TAIL:]).decode("ascii")
        headers.append(("X-Amz-Log-Result", log))
    return Result(invocation.payload, headers=tuple(headers))


def _check_event(event: bytes, most: int) -> None:
    if len(event) > most:
        raise RequestTooLargeException(
            f"{len(event)} byte payload is too large for the invocation type (limit {most} bytes)"
        )
    if event:
        try:
            orjson.loads(event)
        except orjson.JSONDecodeError as error:
            raise InvalidRequestContentException(
                f"Could not parse request body into json: {error}"
            ) from None


def _decoded(context: str | None) -> str | None:
    if context is None:
        return None
    try:
        text = base64.b64decode(context, validate=True)
        if not isinstance(orjson.loads(text), dict):
            raise ValueError
    except ValueError:
        raise InvalidRequestContentException("Client context must be a valid JSON object") from None
    return text.decode("utf-8", "replace")


async def _in_background(host: Host, function: Function, event: bytes) -> None:
    """Run a function asynchronously, with at most three attempts."""
    for pause in (*PAUSES, None):
        invocation = await _run(host, function.name, event)
        if invocation is None or invocation.error is None:
            return
        if pause is None:
            _log.error(
                "function %s failed: %s; the event is dropped", function.name, invocation.logged
            )
            return
        _log.warning(
            "function %s failed: %s; it will be retried in %.0f s",
            function.name, invocation.logged, pause,
        )  # fmt: skip
        await asyncio.sleep(pause)


async def _run(host: Host, name: str, event: bytes) -> Invocation | None:
    """Run the function with this name; None if it no longer exists.

    A failure of the store is not the function's and does not count as an attempt: it is retried.
    """
    while True:
        try:
            function = await find_function(host.database.engine, name)
            return None if function is None else await host.invoker.invoke(function, event)
        except StorageFailure as failure:
            _log.warning("function %s waits: the store failed: %s", name, failure)
            await asyncio.sleep(STORE_PAUSE)
