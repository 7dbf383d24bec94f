"""DescribeBulkOperation."""

from __future__ import annotations

from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.bulk.kept import BULK_OPERATIONS, described
from jedlik.services.dynamodb.tables.database import Database


async def describe_bulk_operation(database: Database, payload: Payload) -> Body:
    """How far a bulk operation is, or how it ended. Raises ResourceNotFoundException."""
    found = await BULK_OPERATIONS.find(database, payload["BulkOperationArn"])
    table = await database.catalog.current(found.table_name)
    return {"BulkOperationDescription": described(database.names, found, table)}
