"""DescribeBulkOperation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.bulk.operations import BULK_OPERATIONS, bulk_operation_description
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DescribeBulkOperationInput


async def describe_bulk_operation(database: Database, payload: DescribeBulkOperationInput) -> Body:
    """The progress of a bulk operation, or its result. Raises ResourceNotFoundException."""
    operation = await BULK_OPERATIONS.find(database, payload["BulkOperationArn"])
    table = await database.catalog.current(operation.table_name)
    return {"BulkOperationDescription": bulk_operation_description(database.arns, operation, table)}
