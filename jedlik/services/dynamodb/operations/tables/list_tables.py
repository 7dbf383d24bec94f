"""ListTables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jedlik.base.limits import LIST_TABLES_PAGE
from jedlik.gateway.operation import Body
from jedlik.services.dynamodb.tables.database import Database

if TYPE_CHECKING:
    from jedlik.services.dynamodb.payloads import ListTablesInput


async def list_tables(database: Database, payload: ListTablesInput) -> Body:
    """Names of tables in their order, up to 100 a page."""
    limit = payload.get("Limit") or LIST_TABLES_PAGE
    after = payload.get("ExclusiveStartTableName") or ""
    tables = await database.catalog.all(after, limit + 1)
    names = [table.name for table in tables[:limit]]
    answer: dict[str, Any] = {"TableNames": names}
    if len(tables) > limit:
        answer["LastEvaluatedTableName"] = names[-1]
    return answer
