"""DescribeKinesisStreamingDestination."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.catalog import table_not_found
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.kinesis.changes import destinations_of
from jedlik.services.dynamodb.kinesis.model import Destination

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DescribeKinesisStreamingDestinationInput


async def describe_kinesis_streaming_destination(
    database: Database, payload: DescribeKinesisStreamingDestinationInput
) -> Body:
    """The Kinesis streams that a table's changes go to, or went to lately; the latest first."""
    name = database.arns.table_name(payload["TableName"])
    table = await database.catalog.current(name)
    if table is None or table.filling:
        raise table_not_found(name)
    now = database.clock.now()
    known = await destinations_of(database, table.id)
    return {
        "TableName": name,
        "KinesisDataStreamDestinations": [
            _described(each, now) for each in known if each.is_shown(now)
        ],
    }


def _described(destination: Destination, now: float) -> dict[str, Any]:
    described = {
        "StreamArn": destination.stream_arn,
        "DestinationStatus": destination.status(now),
    }
    if destination.description:
        described["DestinationStatusDescription"] = destination.description
    if destination.precision is not None:
        described["ApproximateCreationDateTimePrecision"] = destination.precision
    return described
