"""ListStreams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jedlik.base.limits import MAX_STREAM_LIST
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.streams.stream_limits import checked_limit
from jedlik.services.dynamodb.streams import reading

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ListStreamsInput


async def list_streams(database: Database, payload: ListStreamsInput) -> Body:
    """Streams of all tables or of one, including those disabled within the last day."""
    limit = checked_limit(payload, MAX_STREAM_LIST)
    start = payload.get("ExclusiveStartStreamArn")
    after = None if start is None else database.arns.stream(start)
    table = payload.get("TableName")
    streams, more = await reading.list_streams(database, table, after, limit)
    arns = [database.arns.stream_arn(stream.table_name, stream.label) for stream in streams]
    answer: dict[str, Any] = {
        "Streams": [
            {"StreamArn": arn, "TableName": stream.table_name, "StreamLabel": stream.label}
            for arn, stream in zip(arns, streams, strict=True)
        ]
    }
    if more:
        answer["LastEvaluatedStreamArn"] = arns[-1]
    return answer
