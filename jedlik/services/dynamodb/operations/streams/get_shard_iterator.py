"""GetShardIterator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import TrimmedDataAccessException, ValidationException
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.recording.stream_records import FIRST_SEQUENCE_NUMBER
from jedlik.services.dynamodb.streams import shard_iterators
from jedlik.services.dynamodb.streams.reading import (
    HORIZON,
    ShardState,
    find_stream,
    position_at_time,
    read_records,
    shard_not_found,
    shard_state,
)
from jedlik.services.dynamodb.streams.shard_iterators import ShardIterator

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import GetShardIteratorInput


async def get_shard_iterator(database: Database, payload: GetShardIteratorInput) -> Body:
    """A position in a shard from which to read."""
    _check_parameters(payload)
    arn = payload["StreamArn"]
    stream = await find_stream(database, *database.arns.stream(arn))
    shard = stream.shard(payload["ShardId"])
    if shard is None:
        raise shard_not_found()
    state = await shard_state(database, stream, shard)
    position = await _position(database, payload, state)
    iterator = ShardIterator(arn, shard.number, position)
    return {"ShardIterator": shard_iterators.encode(iterator, database.clock.now())}


def _check_parameters(payload: Payload) -> None:
    """Refuse parameters that do not belong to the type of iterator. It is known that the service
    does this, but not its texts."""
    kind = payload["ShardIteratorType"]
    for member, kinds in (
        ("SequenceNumber", ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")),
        ("Timestamp", ("AT_TIMESTAMP",)),
    ):
        given = payload.get(member) is not None
        if given != (kind in kinds):
            how = "must not be specified" if given else "is required"
            raise ValidationException.of_values(f"{member} {how} for ShardIteratorType {kind}")


async def _position(database: Database, payload: Payload, state: ShardState) -> int:
    match payload["ShardIteratorType"]:
        case "TRIM_HORIZON":
            return HORIZON
        case "LATEST":
            return state.last + 1
        case "AT_TIMESTAMP":
            return await _at_timestamp(database, payload, state)
        case kind:
            number = _number(payload, state)
            behind = number + 1 if kind == "AFTER_SEQUENCE_NUMBER" else number
            position = max(behind, state.shard.start + 1)
            await read_records(database, state.stream, state.shard.number, position, limit=1)
            return position


def _number(payload: Payload, state: ShardState) -> int:
    """The number in SequenceNumber, which is one of the shard's."""
    text = payload["SequenceNumber"]
    number = int(text) - FIRST_SEQUENCE_NUMBER if text.isascii() and text.isdigit() else -1
    if number < 0 or number > state.last:
        raise ValidationException("Invalid SequenceNumber")
    if number < state.shard.start:
        raise TrimmedDataAccessException
    return number


async def _at_timestamp(database: Database, payload: Payload, state: ShardState) -> int:
    timestamp = payload["Timestamp"]
    if timestamp > database.clock.now():
        raise ValidationException.of_values("Timestamp must not be in the future")
    position = await position_at_time(database, state, timestamp)
    return HORIZON if position == state.shard.start + 1 else position
