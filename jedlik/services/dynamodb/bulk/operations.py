"""Bulk operations found, listed and described (API reference, "BulkOperationDescription")."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import ResourceNotFoundException
from jedlik.kernel import keyspaces
from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.bulk.model import BulkOperation, decode_bulk_operation
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.transfers.names import transfer_arn
from jedlik.services.dynamodb.transfers.operation_list import OperationList

KIND: Final = "bulk-operation"
BULK_OPERATIONS: Final = OperationList(
    KIND,
    keyspaces.BULK_OPERATIONS,
    decode_bulk_operation,
    lambda arn: ResourceNotFoundException(
        f"Requested resource not found: BulkOperation: {arn} not found"
    ),
)


def arn_of(arns: Arns, operation: BulkOperation) -> str:
    """BulkOperationArn."""
    return transfer_arn(arns, KIND, operation.table_name, operation.id)


def summarized(arns: Arns, operation: BulkOperation) -> dict[str, Any]:
    """An entry of ListBulkOperations."""
    answer = {
        "BulkOperationArn": arn_of(arns, operation),
        "BulkOperationStatus": operation.status,
        "StartTime": operation.start,
    }
    if operation.end is not None:
        answer["EndTime"] = operation.end
    return answer


def bulk_operation_description(
    arns: Arns, operation: BulkOperation, table: Table | None
) -> dict[str, Any]:
    """BulkOperationDescription; `table` says of which kind each index is."""
    request = operation.request
    answer = {
        **summarized(arns, operation),
        "TableDetails": [{"TableName": operation.table_name, "TableId": operation.table_uuid}],
        "InputS3Configuration": {
            "InputCompressionType": "NONE",
            **request["InputS3Configuration"],
        },
        "OutputS3Configuration": request["OutputS3Configuration"],
        "ProcessedItemCount": operation.processed,
        "ProcessedInputBytes": operation.read,
        "FailedItemCount": operation.failed,
        "PerformanceTier": request.get("PerformanceTier") or "STANDARD",
        "BulkOperationUsage": [_usage(operation, table)],
        **operation.failure,
    }
    for member in ("ClientToken", "MaxWriteRequestUnits"):
        if request.get(member) is not None:
            answer[member] = request[member]
    if operation.total is not None:
        answer["TotalInputBytes"] = operation.total
    return answer


def _usage(operation: BulkOperation, table: Table | None) -> dict[str, Any]:
    local: dict[str, dict[str, int]] = {}
    of_all: dict[str, dict[str, int]] = {}
    vectors: dict[str, dict[str, int]] = {}
    indexes = () if table is None or table.id != operation.table_id else table.indexes
    of_vectors = set() if table is None else {each.name for each in table.vector_indexes}
    is_local = {each.name for each in indexes if each.local}
    for name, size in operation.index_bytes.items():
        if name in of_vectors:
            vectors[name] = {"BulkPutVectorBytes": size}
        else:
            (local if name in is_local else of_all)[name] = {"BulkPutBytes": size}
    put = sum(each["BulkPutBytes"] for each in (*local.values(), *of_all.values()))
    of_indexes = {
        "LocalSecondaryIndexes": local,
        "GlobalSecondaryIndexes": of_all,
        "VectorIndexes": vectors,
    }
    return {
        "TableName": operation.table_name,
        "BulkPutBytes": operation.table_bytes + put,
        "Table": {"BulkPutBytes": operation.table_bytes},
        **{member: each for member, each in of_indexes.items() if each},
    }
