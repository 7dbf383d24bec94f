"""ListImports."""

from __future__ import annotations

from typing import Any, Final

from jedlik.gateway.operation import Body, Payload
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.transfers.imports import IMPORTS, summarized_import

_PAGE: Final = 25
_TOKEN_BYTES: Final = 56
"""The model wants tokens of at least 112 digits of hex, in multiples of 16."""


async def list_imports(database: Database, payload: Payload) -> Body:
    """Imports of the last 90 days, the latest first."""
    imports = await IMPORTS.all(database)
    arn = payload.get("TableArn")
    if arn is not None:
        imports = [each for each in imports if database.names.table_arn(each.table_name) == arn]
    token = payload.get("NextToken")
    if token is not None:
        last = bytes.fromhex(token).decode("latin-1").strip()
        imports = [each for each in imports if each.id < last]
    limit = payload.get("PageSize") or _PAGE
    answer: dict[str, Any] = {
        "ImportSummaryList": [summarized_import(database.names, each) for each in imports[:limit]]
    }
    if len(imports) > limit:
        answer["NextToken"] = imports[limit - 1].id.ljust(_TOKEN_BYTES).encode().hex()
    return answer
