"""DescribeStream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_STREAM_LIST
from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.streams.stream_limits import checked_limit
from jedlik.services.dynamodb.recording.stream_records import sequence_number
from jedlik.services.dynamodb.streams.reading import find_stream, shard_not_found
from jedlik.services.dynamodb.tables.descriptions import key_schema
from jedlik.services.dynamodb.tables.stream import Shard, Stream

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DescribeStreamInput


async def describe_stream(database: Database, payload: DescribeStreamInput) -> Body:
    """A stream with its shards, up to 100 a page, or only the children of one shard."""
    limit = checked_limit(payload, MAX_STREAM_LIST)
    arns = database.arns
    stream = await find_stream(database, *arns.stream(payload["StreamArn"]))
    shards = _after(_filtered(stream, payload.get("ShardFilter")), stream, payload)
    description: dict[str, Any] = {
        "StreamArn": arns.stream_arn(stream.table_name, stream.label),
        "StreamLabel": stream.label,
        "StreamStatus": stream.status(database.clock.now()),
        "StreamViewType": stream.view_type,
        "CreationRequestDateTime": stream.created_at,
        "TableName": stream.table_name,
        "KeySchema": key_schema(stream.schema),
        "Shards": [_shard(shard) for shard in shards[:limit]],
    }
    if len(shards) > limit:
        description["LastEvaluatedShardId"] = shards[limit - 1].id
    return {"StreamDescription": description}


def _filtered(stream: Stream, shard_filter: Mapping[str, Any] | None) -> list[Shard]:
    if not shard_filter:
        return list(stream.shards)
    parent = shard_filter.get("ShardId")
    if shard_filter.get("Type") is None or parent is None:
        raise ValidationException(
            "ShardFilter must have both a Type and a ShardId: CHILD_SHARDS lists the children of "
            "one shard"
        )
    children = [shard for shard in stream.shards if shard.parent == parent]
    if not children and stream.shard(parent) is None:
        raise shard_not_found()
    return children


def _after(shards: list[Shard], stream: Stream, payload: Payload) -> list[Shard]:
    start = payload.get("ExclusiveStartShardId")
    if start is None:
        return shards
    last = stream.shard(start)
    if last is None:
        # Trimmed since the previous page; shard ids are in the order of creation.
        return [shard for shard in shards if shard.id > start]
    return [shard for shard in shards if shard.number > last.number]


def _shard(shard: Shard) -> dict[str, Any]:
    numbers = {"StartingSequenceNumber": sequence_number(shard.start)}
    if shard.end is not None:
        numbers["EndingSequenceNumber"] = sequence_number(shard.end)
    answer: dict[str, Any] = {"ShardId": shard.id, "SequenceNumberRange": numbers}
    if shard.parent is not None:
        answer["ParentShardId"] = shard.parent
    return answer
