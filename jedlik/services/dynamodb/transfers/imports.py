"""Imports found, listed and described (API reference, "ImportTableDescription", "ListImports")."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import ImportNotFoundException
from jedlik.kernel import keyspaces
from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.transfers.model import Import, decode_import
from jedlik.services.dynamodb.transfers.names import transfer_arn
from jedlik.services.dynamodb.transfers.operation_list import OperationList

IMPORTS: Final = OperationList(
    "import",
    keyspaces.IMPORTS,
    decode_import,
    lambda arn: ImportNotFoundException(f"Import not found: {arn}"),
)


def import_description(arns: Arns, found: Import) -> dict[str, Any]:
    """ImportTableDescription."""
    request = found.request
    errors = processed = imported = size = 0
    if found.end is not None:  # as long as it goes on, the service counts nothing (observed)
        errors, processed = found.errors, found.processed
        imported, size = found.imported, found.size
    answer = {
        **import_summary(arns, found),
        "TableId": found.table_uuid,
        "ErrorCount": errors,
        "InputCompressionType": request.get("InputCompressionType") or "NONE",
        "TableCreationParameters": request["TableCreationParameters"],
        "ProcessedItemCount": processed,
        "ImportedItemCount": imported,
    }
    if found.end is not None:
        answer["ProcessedSizeBytes"] = size
    for member in ("ClientToken", "InputFormatOptions"):
        if request.get(member) is not None:
            answer[member] = request[member]
    if found.end is not None:
        answer |= found.failure
    return answer


def import_summary(arns: Arns, found: Import) -> dict[str, Any]:
    """ImportSummary."""
    request = found.request
    answer = {
        "ImportArn": transfer_arn(arns, "import", found.table_name, found.id),
        "ImportStatus": found.status,
        "TableArn": arns.table_arn(found.table_name),
        "S3BucketSource": {"S3BucketOwner": arns.account, **request["S3BucketSource"]},
        "CloudWatchLogGroupArn": (
            f"arn:aws:logs:{arns.region}:{arns.account}:log-group:/aws-dynamodb/imports:*"
        ),
        "InputFormat": request["InputFormat"],
        "StartTime": found.start,
    }
    if found.end is not None:
        answer["EndTime"] = found.end
    return answer
