"""DescribeExport."""

from __future__ import annotations

from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.transfers.exports import EXPORTS, described_export


async def describe_export(database: Database, payload: Payload) -> Body:
    """How far an export is, or how it ended. Raises ExportNotFoundException."""
    export = await EXPORTS.find(database, payload["ExportArn"])
    return {"ExportDescription": described_export(database.names, export)}
