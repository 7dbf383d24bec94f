"""CreateEventSourceMapping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jedlik.base.errors import ResourceNotFoundException, ValidationException
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.streams.checkpoints import Checkpoint
from jedlik.services.dynamodb.streams.reading import find_stream, shard_state
from jedlik.services.dynamodb.tables.stream import Stream
from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.event_source_mappings import (
    NOTHING_YET,
    CreateMapping,
    Twins,
    TwinsMoved,
)
from jedlik.services.lambda_.mapping_model import LATEST, EventSourceMapping
from jedlik.services.lambda_.model import LATEST as LATEST_VERSION
from jedlik.services.lambda_.model import Function
from jedlik.services.lambda_.names import parse_function_name
from jedlik.services.lambda_.operations.descriptions import describe_mapping
from jedlik.services.lambda_.operations.mapping_settings import given_settings
from jedlik.services.lambda_.operations.operation import Host, Payload
from jedlik.services.lambda_.operations.tagged import check_tags
from jedlik.services.lambda_.store import find_function
from jedlik.storage.engine import WriteTask


async def create_event_source_mapping(host: Host, payload: Payload) -> dict[str, Any]:
    """Have the records of a table's stream delivered to a function.

    LATEST means from now on: positions are read here and stored with the mapping.
    """
    database = host.database
    arn = payload.get("EventSourceArn")
    if not arn:
        raise InvalidParameterValueException("Unrecognized event source.")
    settings = given_settings(payload, host.invoker.destinations)
    check_tags(payload.get("Tags") or {})
    start = _starting_position(payload, arn)
    function = await checked_function(database, payload["FunctionName"])
    name = function.name
    stream = await _stream(database, arn)
    await host.invoker.roles.check_stream(function.role, name, arn)
    await check_destination(host, function, settings.get("destination"))
    mapping = EventSourceMapping(
        uuid=database.ids.uuid(),
        revision=database.ids.uuid(),
        stream_arn=arn,
        function=name,
        last_modified=round(database.clock.now(), 3),
        starting_position=start,
        tags=payload.get("Tags") or {},
        **settings,
    )
    checkpoints = await _latest(database, stream) if start == LATEST else {}
    await write_with_twins(
        database, arn, name, None, lambda twins: CreateMapping(mapping, checkpoints, twins)
    )
    host.wake()
    return describe_mapping(database.arns, mapping, NOTHING_YET, "Creating")


async def write_with_twins(
    database: Database,
    stream_arn: str,
    function: str,
    besides: str | None,
    task: Callable[[Twins], WriteTask[EventSourceMapping]],
) -> EventSourceMapping:
    """Commit a task that adds a mapping of a stream and function; `besides` is its UUID if it
    exists already. Raises ResourceConflictException if there is another."""
    while True:
        twins = await Twins.of(database.engine, stream_arn, function, besides)
        try:
            return await database.engine.write(task(twins))
        except TwinsMoved:
            continue


async def check_destination(host: Host, function: Function, destination: str | None) -> None:
    """Raise InvalidParameterValueException unless the function's role may have records sent to the
    destination, if there is one."""
    if destination:
        await host.invoker.roles.check_destination(function.role, function.name, destination)


async def checked_function(database: Database, given: str) -> Function:
    """The function that a parameter means.

    Raises InvalidParameterValueException if it is missing.
    """
    name, qualifier = parse_function_name(given)
    function = await find_function(database.engine, name)
    if function is None or qualifier not in (None, LATEST_VERSION):
        raise InvalidParameterValueException("Function does not exist")
    return function


def _starting_position(payload: Payload, arn: str) -> str:
    start: str | None = payload.get("StartingPosition")
    if start is None:
        raise InvalidParameterValueException(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
            "constraint: Member must not be null."
        )
    if start == "AT_TIMESTAMP":
        raise InvalidParameterValueException(f"Unsupported starting position for arn type: {arn}")
    if payload.get("StartingPositionTimestamp") is not None:
        raise InvalidParameterValueException(
            "Timestamp only valid with StartingPosition AT_TIMESTAMP"
        )
    return start


async def _stream(database: Database, arn: str) -> Stream:
    try:
        table_name, label = database.arns.stream(arn)
    except ValidationException:
        if database.arns.of_other_region(arn):
            raise InvalidParameterValueException(
                f"Event source region must match Lambda region {database.arns.region}"
            ) from None
        raise InvalidParameterValueException(
            f"Unrecognized event source. Unsupported source arn : {arn}"
        ) from None
    try:
        return await find_stream(database, table_name, label)
    except ResourceNotFoundException:
        raise InvalidParameterValueException(f"Stream not found: {arn}") from None


async def _latest(database: Database, stream: Stream) -> dict[str, Checkpoint]:
    """The positions after the current records. Shards opened later are read from their start."""
    positions = {}
    for shard in stream.shards:
        if shard.end is not None:
            positions[shard.id] = Checkpoint(shard.end + 1, ended=True)
        else:
            state = await shard_state(database, stream, shard)
            positions[shard.id] = Checkpoint(state.last + 1)
    return positions
