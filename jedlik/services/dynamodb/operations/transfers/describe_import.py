"""DescribeImport."""

from __future__ import annotations

from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.transfers.imports import IMPORTS, described_import


async def describe_import(database: Database, payload: Payload) -> Body:
    """How far an import is, or how it ended. Raises ImportNotFoundException."""
    found = await IMPORTS.find(database, payload["ImportArn"])
    return {"ImportTableDescription": described_import(database.names, found)}
