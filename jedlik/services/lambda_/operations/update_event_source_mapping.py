"""UpdateEventSourceMapping."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jedlik.services.lambda_.event_source_mappings import ChangeMapping, get_mapping
from jedlik.services.lambda_.mapping_model import EventSourceMapping
from jedlik.services.lambda_.operations.create_event_source_mapping import (
    check_destination,
    checked_function,
    write_with_twins,
)
from jedlik.services.lambda_.operations.descriptions import describe_mapping
from jedlik.services.lambda_.operations.mapping_settings import given_settings
from jedlik.services.lambda_.operations.operation import Host, Payload


async def update_event_source_mapping(host: Host, payload: Payload) -> dict[str, Any]:
    """Change how a mapping delivers, or to which function; its position stays."""
    database = host.database
    given = given_settings(payload, host.invoker.destinations)
    before, result = await get_mapping(database.engine, payload["UUID"])
    if payload.get("FunctionName"):
        function = await checked_function(database, payload["FunctionName"])
        await host.invoker.roles.check_stream(function.role, function.name, before.stream_arn)
        given["function"] = function.name
    destination = given.get("destination", before.destination)
    if destination and given.keys() & {"function", "destination"}:
        function = await checked_function(database, given.get("function", before.function))
        await check_destination(host, function, destination)
    given["revision"] = database.ids.uuid()
    given["last_modified"] = round(database.clock.now(), 3)
    uuid = payload["UUID"]

    def change(mapping: EventSourceMapping) -> EventSourceMapping:
        return replace(mapping, **given)

    if given.get("function") in (None, before.function):
        mapping = await database.engine.write(ChangeMapping(uuid, change))
    else:
        mapping = await write_with_twins(
            database, before.stream_arn, given["function"], uuid,
            lambda twins: ChangeMapping(uuid, change, twins),
        )  # fmt: skip
    host.wake()
    return describe_mapping(database.arns, mapping, result, _state(before, mapping))


def _state(before: EventSourceMapping, after: EventSourceMapping) -> str:
    """The mapping's state in the answer."""
    if before.enabled != after.enabled:
        return "Enabling" if after.enabled else "Disabling"
    return "Updating"
