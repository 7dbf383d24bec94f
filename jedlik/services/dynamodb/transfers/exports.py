"""Exports found, listed and described (API reference, "ExportDescription", "ListExports")."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import ExportNotFoundException
from jedlik.kernel import keyspaces
from jedlik.kernel.arns import Arns
from jedlik.services.dynamodb.transfers import manifests
from jedlik.services.dynamodb.transfers.data_files import DYNAMODB_JSON
from jedlik.services.dynamodb.transfers.model import COMPLETED, Export, decode_export
from jedlik.services.dynamodb.transfers.names import transfer_arn
from jedlik.services.dynamodb.transfers.operation_list import OperationList

_ECHOED: Final = (
    "ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "ExportType",
    "FilterSpecification", "IncrementalExportSpecification",
)  # fmt: skip


EXPORTS: Final = OperationList(
    "export",
    keyspaces.EXPORTS,
    decode_export,
    lambda arn: ExportNotFoundException(f"Export not found: Export not found: {arn}"),
    lambda _: ExportNotFoundException("Export not found: Invalid export arn"),
)


def export_description(arns: Arns, export: Export) -> dict[str, Any]:
    """ExportDescription."""
    request = export.request
    answer = {
        "ExportArn": transfer_arn(arns, "export", export.table_name, export.id),
        "ExportStatus": export.status,
        "StartTime": export.start,
        "TableArn": arns.table_arn(export.table_name),
        "TableId": export.table_uuid,
        "ExportFormat": request.get("ExportFormat") or DYNAMODB_JSON,
        "S3SseAlgorithm": request.get("S3SseAlgorithm") or "AES256",
        "DestinationType": "S3",  # not in any model, but in the service's answers (observed)
        **{member: request[member] for member in _ECHOED if request.get(member) is not None},
        **export.failure,
    }
    if export.from_moment is None:
        answer["ExportTime"] = export.moment
    if export.end is not None:
        answer["EndTime"] = export.end
    if export.status == COMPLETED:
        answer["ItemCount"] = export.items
        answer["BilledSizeBytes"] = export.size
        answer["ExportManifest"] = f"{manifests.folder(export)}/manifest-summary.json"
    return answer
