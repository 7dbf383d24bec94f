"""Imports found, listed and described (API reference, "ImportTableDescription", "ListImports")."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import ImportNotFoundException
from jedlik.kernel.arns import Arns
from jedlik.kernel.keyspaces import IMPORTS, import_key
from jedlik.kernel.rows import all_rows
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.transfers.model import Import, decode_import
from jedlik.services.dynamodb.transfers.names import named_transfer, transfer_arn

KEPT_SECONDS: Final = 90 * 86400.0
"""How long imports are described and listed."""


async def find_import(database: Database, arn: str) -> Import:
    """The import of an ARN. Raises ValidationException and ImportNotFoundException."""
    named = named_transfer("import", arn)
    (stored,) = await database.store.read((import_key(named.id, named.table),))
    found = None if stored is None else decode_import(stored)
    if found is None or _is_old(database, found):
        raise ImportNotFoundException(f"Import not found: {arn}")
    return found


async def all_imports(database: Database) -> list[Import]:
    """All imports that are still listed, the latest first."""
    rows = await all_rows(database.store, IMPORTS)
    imports = [decode_import(value) for _, value in reversed(rows)]
    return [found for found in imports if not _is_old(database, found)]


def _is_old(database: Database, found: Import) -> bool:
    return found.start < database.clock.now() - KEPT_SECONDS


def described_import(names: Arns, found: Import) -> dict[str, Any]:
    """ImportTableDescription."""
    request = found.request
    answer = {
        **summarized_import(names, found),
        "TableId": found.table_uuid,
        "ErrorCount": found.errors,
        "InputCompressionType": request.get("InputCompressionType") or "NONE",
        "TableCreationParameters": request["TableCreationParameters"],
        "ProcessedSizeBytes": found.size,
        "ProcessedItemCount": found.processed,
        "ImportedItemCount": found.imported,
    }
    for member in ("ClientToken", "InputFormatOptions"):
        if request.get(member) is not None:
            answer[member] = request[member]
    if found.end is not None:
        answer |= found.failure
    return answer


def summarized_import(names: Arns, found: Import) -> dict[str, Any]:
    """ImportSummary."""
    request = found.request
    answer = {
        "ImportArn": transfer_arn(names, "import", found.table_name, found.id),
        "ImportStatus": found.status,
        "TableArn": names.table_arn(found.table_name),
        "S3BucketSource": {"S3BucketOwner": names.account, **request["S3BucketSource"]},
        "CloudWatchLogGroupArn": (
            f"arn:aws:logs:{names.region}:{names.account}:log-group:/aws-dynamodb/imports:*"
        ),
        "InputFormat": request["InputFormat"],
        "StartTime": found.start,
    }
    if found.end is not None:
        answer["EndTime"] = found.end
    return answer
