"""UpdateKinesisStreamingDestination."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.kinesis.changes import WRONG_STATE, active, change_destinations
from jedlik.services.dynamodb.kinesis.model import MILLISECOND, UPDATING, Destination
from jedlik.services.dynamodb.streams.streams import StreamDraft
from jedlik.services.dynamodb.tables.model import Table

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import UpdateKinesisStreamingDestinationInput


async def update_kinesis_streaming_destination(
    database: Database, payload: UpdateKinesisStreamingDestinationInput
) -> Body:
    """Change the precision of the times in the records of a destination that is ACTIVE."""
    name = database.arns.table_name(payload["TableName"])
    arn = payload["StreamArn"]
    given = payload.get("UpdateKinesisStreamingConfiguration") or {}
    precision = given.get("ApproximateCreationDateTimePrecision")
    if precision is None:
        raise ValidationException(
            "Streaming destination cannot be updated with given parameters: "
            "UpdateKinesisStreamingConfiguration cannot be null or contain only null values"
        )
    now = database.clock.now()

    def change(
        _draft: StreamDraft, table: Table, known: list[Destination]
    ) -> tuple[Table, list[Destination]]:
        if all(each.stream_arn != arn for each in known):
            raise ValidationException(
                f"{WRONG_STATE}No streaming destination with streamArn: {arn} found for table with "
                f"tableName: {name}"
            )
        found = active(known, arn, now)
        if found is None:
            raise ValidationException(
                f"{WRONG_STATE}Kinesis streaming is not in ACTIVE state. Updates are only allowed "
                f"in ACTIVE state. TableName: {name}, kdsArn: {arn}"
            )
        if (found.precision or MILLISECOND) == precision:
            raise ValidationException(
                "Invalid Request: Precision is already set to the desired value of "
                f"{precision} for tableId: {table.uuid}, kdsArn: {arn}"
            )
        until = now + database.transition_seconds
        after = replace(found, state=UPDATING, until=until, precision=precision)
        return table, [after if each is found else each for each in known]

    await change_destinations(database, name, change)
    return {
        "TableName": name,
        "StreamArn": arn,
        "DestinationStatus": UPDATING,
        "UpdateKinesisStreamingConfiguration": given,
    }
