"""DescribeTimeToLive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.base.errors import ValidationException
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.catalog import table_not_found
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.tables.model import CREATING, DELETING
from jedlik.services.dynamodb.tables.time_to_live import DISABLED

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DescribeTimeToLiveInput


async def describe_time_to_live(database: Database, payload: DescribeTimeToLiveInput) -> Body:
    """Whether items of a table expire, and by which attribute."""
    name = database.arns.table_name(payload["TableName"])
    table = await database.catalog.current(name)
    if table is None or table.filling:
        raise table_not_found(name)
    now = database.clock.now()
    status = table.status(now)
    if status in (CREATING, DELETING):
        raise ValidationException(
            f"Cannot describe time to live while table is in {status} state: Current table state "
            f"is {status}"
        )
    setting = table.time_to_live
    description = {"TimeToLiveStatus": DISABLED if setting is None else setting.status(now)}
    if setting is not None and description["TimeToLiveStatus"] != DISABLED:
        description["AttributeName"] = setting.attribute
    return {"TimeToLiveDescription": description}
