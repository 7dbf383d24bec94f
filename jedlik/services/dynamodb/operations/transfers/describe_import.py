"""DescribeImport."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.transfers.imports import IMPORTS, import_description

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import DescribeImportInput


async def describe_import(database: Database, payload: DescribeImportInput) -> Body:
    """The progress of an import, or its result. Raises ImportNotFoundException."""
    found = await IMPORTS.find(database, payload["ImportArn"])
    return {"ImportTableDescription": import_description(database.arns, found)}
