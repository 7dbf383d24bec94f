"""Exports found, listed and described (API reference, "ExportDescription", "ListExports")."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import ExportNotFoundException
from jedlik.kernel.arns import Arns
from jedlik.kernel.keyspaces import EXPORTS, export_key
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.transfers import manifests
from jedlik.services.dynamodb.transfers.data_files import DYNAMODB_JSON
from jedlik.services.dynamodb.transfers.model import COMPLETED, Export, decode_export
from jedlik.services.dynamodb.transfers.names import named_transfer, transfer_arn

KEPT_SECONDS: Final = 90 * 86400.0
"""How long exports are described and listed."""
_ECHOED: Final = (
    "ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "ExportType",
    "IncrementalExportSpecification",
)  # fmt: skip


async def find_export(database: Database, arn: str) -> Export:
    """The export of an ARN. Raises ValidationException and ExportNotFoundException."""
    named = named_transfer("export", arn)
    (stored,) = await database.store.read((export_key(named.id, named.table),))
    export = None if stored is None else decode_export(stored)
    if export is None or is_old(database, export):
        raise ExportNotFoundException(f"Export not found: Export not found: {arn}")
    return export


async def all_exports(database: Database) -> list[Export]:
    """All exports that are still listed, the latest first."""
    rows = await all_rows(database.store, EXPORTS)
    exports = [decode_export(value) for _, value in reversed(rows)]
    return [export for export in exports if not is_old(database, export)]


def is_old(database: Database, export: Export) -> bool:
    """Whether an export is described no longer."""
    return export.start < database.clock.now() - KEPT_SECONDS


def described_export(names: Arns, export: Export) -> dict[str, Any]:
    """ExportDescription."""
    request = export.request
    answer = {
        "ExportArn": transfer_arn(names, "export", export.table_name, export.id),
        "ExportStatus": export.status,
        "StartTime": export.start,
        "TableArn": names.table_arn(export.table_name),
        "TableId": export.table_uuid,
        "ExportFormat": request.get("ExportFormat") or DYNAMODB_JSON,
        "S3SseAlgorithm": request.get("S3SseAlgorithm") or "AES256",
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
