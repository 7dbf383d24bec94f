"""DisableKinesisStreamingDestination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.kinesis.changes import change_destinations, disable
from jedlik.services.dynamodb.kinesis.model import DISABLING

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import KinesisStreamingDestinationInput


async def disable_kinesis_streaming_destination(
    database: Database, payload: KinesisStreamingDestinationInput
) -> Body:
    """Have no more changes of a table written to a Kinesis stream; those before this commit are."""
    name = database.arns.table_name(payload["TableName"])
    arn = payload["StreamArn"]
    if payload.get("EnableKinesisStreamingConfiguration") is not None:
        raise ValidationException(
            "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters"
        )
    now = database.clock.now()
    await change_destinations(database, name, disable(arn, now, now + database.transition_seconds))
    return {"TableName": name, "StreamArn": arn, "DestinationStatus": DISABLING}
