"""CancelBulkOperation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.kernel.backup_keys import bulk_operation_key
from jedlik.services.dynamodb.bulk.model import CANCELLING, IN_PROGRESS, decode_bulk_operation
from jedlik.services.dynamodb.bulk.operations import BULK_OPERATIONS
from jedlik.services.dynamodb.database.database import Database
from jedlik.storage.engine import Changes, Value

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import CancelBulkOperationInput


async def cancel_bulk_operation(database: Database, payload: CancelBulkOperationInput) -> Body:
    """End a bulk operation after its present step; items that were put remain.

    One that has already ended is unchanged. Raises ResourceNotFoundException.
    """
    arn = payload["BulkOperationArn"]
    operation = await BULK_OPERATIONS.find(database, arn)
    status = await database.engine.write(
        _Cancel(bulk_operation_key(operation.id, operation.table_name))
    )
    database.wake_workers()
    return {"BulkOperationArn": arn, "BulkOperationStatus": status}


class _Cancel:
    """Write task: set an operation in progress to CANCELLING; the result is the status."""

    def __init__(self, key: bytes) -> None:
        self.keys = (key,)

    def decide(self, values: Sequence[Value]) -> Changes[str]:
        """See WriteTask."""
        assert values[0] is not None, "bulk operations are never forgotten while they are listed"
        operation = decode_bulk_operation(values[0])
        if operation.status != IN_PROGRESS:
            return Changes({}, operation.status)
        after = replace(operation, status=CANCELLING)
        return Changes({self.keys[0]: after.encode()}, CANCELLING)
