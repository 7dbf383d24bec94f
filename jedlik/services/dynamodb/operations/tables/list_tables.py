"""ListTables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jedlik.base.limits import LIST_TABLES_PAGE
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ListTablesInput


async def list_tables(database: Database, payload: ListTablesInput) -> Body:
    """Names of tables in their order, up to 100 a page."""
    limit = payload.get("Limit") or LIST_TABLES_PAGE
    after = payload.get("ExclusiveStartTableName") or ""
    names = await database.catalog.names(after, limit + 1)
    answer: dict[str, Any] = {"TableNames": names[:limit]}
    if len(names) > limit:
        answer["LastEvaluatedTableName"] = names[limit - 1]
    return answer
