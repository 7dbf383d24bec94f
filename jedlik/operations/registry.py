"""Which operations there are. Those of the service that are not here are not built yet."""

from __future__ import annotations

from jedlik.operations.batch_get_item import batch_get_item
from jedlik.operations.batch_write_item import batch_write_item
from jedlik.operations.delete_item import delete_item
from jedlik.operations.get_item import get_item
from jedlik.operations.operation import Operation
from jedlik.operations.put_item import put_item
from jedlik.operations.query import query
from jedlik.operations.scan import scan
from jedlik.operations.transact_get_items import transact_get_items
from jedlik.operations.transact_write_items import transact_write_items
from jedlik.operations.update_item import update_item

OPERATIONS: dict[str, Operation] = {
    "BatchGetItem": batch_get_item,
    "BatchWriteItem": batch_write_item,
    "DeleteItem": delete_item,
    "GetItem": get_item,
    "PutItem": put_item,
    "Query": query,
    "Scan": scan,
    "TransactGetItems": transact_get_items,
    "TransactWriteItems": transact_write_items,
    "UpdateItem": update_item,
}
