"""Bulk operations found, listed and described (API reference, "BulkOperationDescription")."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import ResourceNotFoundException
from jedlik.kernel import keyspaces
from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.bulk.model import BulkOperation, decode_bulk_operation
from jedlik.services.dynamodb.tables.model import Table
from jedlik.services.dynamodb.transfers.kept import Kept
from jedlik.services.dynamodb.transfers.names import transfer_arn

KIND: Final = "bulk-operation"
BULK_OPERATIONS: Final = Kept(
    KIND,
    keyspaces.BULK_OPERATIONS,
    decode_bulk_operation,
    lambda arn: ResourceNotFoundException(
        f"Requested resource not found: BulkOperation: {arn} not found"
    ),
)


def arn_of(arns: Arns, found: BulkOperation) -> str:
    """BulkOperationArn."""
    return transfer_arn(arns, KIND, found.table_name, found.id)


def summarized(arns: Arns, found: BulkOperation) -> dict[str, Any]:
    """An entry of ListBulkOperations."""
    answer = {
        "BulkOperationArn": arn_of(arns, found),
        "BulkOperationStatus": found.status,
        "StartTime": found.start,
    }
    if found.end is not None:
        answer["EndTime"] = found.end
    return answer


def described(arns: Arns, found: BulkOperation, table: Table | None) -> dict[str, Any]:
    """BulkOperationDescription; `table` says of which kind each index is."""
    request = found.request
    answer = {
        **summarized(arns, found),
        "TableDetails": [{"TableName": found.table_name, "TableId": found.table_uuid}],
        "InputS3Configuration": {
            "InputCompressionType": "NONE",
            **request["InputS3Configuration"],
        },
        "OutputS3Configuration": request["OutputS3Configuration"],
        "ProcessedItemCount": found.processed,
        "ProcessedInputBytes": found.read,
        "FailedItemCount": found.failed,
        "PerformanceTier": request.get("PerformanceTier") or "STANDARD",
        "BulkOperationUsage": [_usage(found, table)],
        **found.failure,
    }
    for member in ("ClientToken", "MaxWriteRequestUnits"):
        if request.get(member) is not None:
            answer[member] = request[member]
    if found.total is not None:
        answer["TotalInputBytes"] = found.total
    return answer


def _usage(found: BulkOperation, table: Table | None) -> dict[str, Any]:
    local: dict[str, dict[str, int]] = {}
    of_all: dict[str, dict[str, int]] = {}
    vectors: dict[str, dict[str, int]] = {}
    indexes = () if table is None or table.id != found.table_id else table.indexes
    of_vectors = set() if table is None else {each.name for each in table.vector_indexes}
    is_local = {each.name for each in indexes if each.local}
    for name, size in found.index_bytes.items():
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
        "TableName": found.table_name,
        "BulkPutBytes": found.table_bytes + put,
        "Table": {"BulkPutBytes": found.table_bytes},
        **{member: each for member, each in of_indexes.items() if each},
    }
