"""ListBulkOperations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.bulk.operations import BULK_OPERATIONS, summarized
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ListBulkOperationsInput


async def list_bulk_operations(database: Database, payload: ListBulkOperationsInput) -> Body:
    """Bulk operations of the last 90 days, latest first. Raises ValidationException."""
    operations = await BULK_OPERATIONS.all(database)
    page = BULK_OPERATIONS.page(operations, payload.get("NextToken"), payload.get("MaxResults"))
    return {
        "BulkOperationsSummaryList": [summarized(database.arns, each) for each in page.operations],
        **page.token,
    }
