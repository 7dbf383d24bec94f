"""EnableKinesisStreamingDestination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.kinesis.changes import change_destinations, enable
from jedlik.services.dynamodb.kinesis.model import ENABLING

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import KinesisStreamingDestinationInput


async def enable_kinesis_streaming_destination(
    database: Database, payload: KinesisStreamingDestinationInput
) -> Body:
    """Have a table's changes written to a Kinesis stream, from this commit on.

    The stream is looked for afterwards: one that is not there ends as ENABLE_FAILED.
    """
    name = database.arns.table_name(payload["TableName"])
    arn = payload["StreamArn"]
    given = payload.get("EnableKinesisStreamingConfiguration") or {}
    precision = given.get("ApproximateCreationDateTimePrecision")
    now = database.clock.now()
    change = enable(database.ids.uuid(), arn, precision, now, now + database.transition_seconds)
    await change_destinations(database, name, change, enabling=True)
    return {
        "TableName": name,
        "StreamArn": arn,
        "DestinationStatus": ENABLING,
        "EnableKinesisStreamingConfiguration": given,
    }
