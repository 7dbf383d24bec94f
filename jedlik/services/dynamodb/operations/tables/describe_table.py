"""DescribeTable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.catalog import table_not_found
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.encryption.table_encryption import encryption_of
from jedlik.services.dynamodb.tables.descriptions import read_figures, table_description

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DescribeTableInput


async def describe_table(database: Database, payload: DescribeTableInput) -> Body:
    """A table's description with its exact item count and size, in any state."""
    name = database.arns.table_name(payload["TableName"])
    table = await database.catalog.find(name)
    if table is None:
        raise table_not_found(name)
    figures, version = await read_figures(database.engine, table.id)
    database.catalog.check(version, table)
    now = database.clock.now()
    encryption = await encryption_of(database, table.model)
    return {"Table": table_description(table.model, database.arns, now, figures, encryption)}
