"""DescribeTimeToLive."""

from __future__ import annotations

from jedlik.base.errors import ValidationException
from jedlik.database.catalog import table_not_found
from jedlik.database.database import Database
from jedlik.model.table import CREATING, DELETING
from jedlik.operations.operation import Body, Payload


async def describe_time_to_live(database: Database, payload: Payload) -> Body:
    """Always DISABLED: there is no UpdateTimeToLive yet that could enable it."""
    name = database.names.table_name(payload["TableName"])
    table = await database.catalog.current(name)
    if table is None:
        raise table_not_found(name)
    status = table.status(database.clock.now())
    if status in (CREATING, DELETING):
        raise ValidationException(
            f"Cannot describe time to live while table is in {status} state: Current table state "
            f"is {status}"
        )
    return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
