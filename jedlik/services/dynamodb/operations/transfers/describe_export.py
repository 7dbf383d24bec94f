"""DescribeExport."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.transfers.exports import EXPORTS, export_description

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DescribeExportInput


async def describe_export(database: Database, payload: DescribeExportInput) -> Body:
    """The progress of an export, or its result. Raises ExportNotFoundException."""
    export = await EXPORTS.find(database, payload["ExportArn"])
    return {"ExportDescription": export_description(database.arns, export)}
