"""ListImports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.transfers.imports import IMPORTS, import_summary

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ListImportsInput


async def list_imports(database: Database, payload: ListImportsInput) -> Body:
    """Imports of the last 90 days, latest first; those of a table also after its deletion.

    Raises ValidationException.
    """
    imports = await IMPORTS.all(database)
    arn = payload.get("TableArn")
    if arn is not None:
        imports = [each for each in imports if database.arns.table_arn(each.table_name) == arn]
    page = IMPORTS.page(imports, payload.get("NextToken"), payload.get("PageSize"))
    return {
        "ImportSummaryList": [import_summary(database.arns, each) for each in page.operations],
        **page.token,
    }
