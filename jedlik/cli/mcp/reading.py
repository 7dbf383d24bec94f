"""Tools that read tables and items."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from jedlik.app.remote import Remote
from jedlik.cli.mcp.calling import (
    IndexName,
    Json,
    Key,
    Limit,
    Names,
    TableName,
    Values,
    check_select,
    given,
    tool,
)

_DEFAULT_LIMIT: Final = 25

Projection = Annotated[str | None, Field(description="Attributes to return: 'id, #s'.")]
Filter = Annotated[
    str | None,
    Field(description="Condition on items already read: those it drops still cost capacity."),
]
StartKey = Annotated[
    Json | None, Field(description="LastEvaluatedKey of the previous answer, to continue there.")
]
Statement = Annotated[str, Field(description='SELECT * FROM "Users" WHERE id = ?')]
Parameters = Annotated[
    list[Json] | None, Field(description='Values for each ?, in DynamoDB JSON: [{"S": "user-1"}].')
]


class ReadingTools:
    """Reads tables and items of one server."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    @tool
    async def list_tables(
        self,
        start_after: Annotated[
            str | None,
            Field(description="LastEvaluatedTableName of the previous answer."),
        ] = None,
    ) -> Json:
        """List table names, up to 100. LastEvaluatedTableName is present if there are more."""
        return await self._remote.call("ListTables", given(ExclusiveStartTableName=start_after))

    @tool
    async def describe_table(self, table: TableName) -> Json:
        """Describe a table: key schema, indexes, capacity, stream, number of items."""
        described = await self._remote.call("DescribeTable", {"TableName": table})
        found: Json = described["Table"]
        return found

    @tool
    async def get_item(
        self,
        table: TableName,
        key: Key,
        projection: Projection = None,
        names: Names = None,
        consistent: bool = False,
    ) -> Json:
        """Get an item by its key. The answer has no member Item if there is no such item."""
        return await self._remote.call("GetItem", given(
            TableName=table, Key=key, ProjectionExpression=projection,
            ExpressionAttributeNames=names, ConsistentRead=consistent,
        ))  # fmt: skip

    @tool
    async def query(
        self,
        table: TableName,
        key_condition: Annotated[
            str,
            Field(
                description="The partition key's value and, optionally, a range of sort keys: "
                "'pk = :pk AND begins_with(sk, :prefix)'."
            ),
        ],
        values: Values = None,
        names: Names = None,
        index: IndexName = None,
        filter: Filter = None,  # noqa: A002 (what agents call it)
        projection: Projection = None,
        limit: Limit = _DEFAULT_LIMIT,
        backwards: bool = False,
        consistent: bool = False,
        start_key: StartKey = None,
    ) -> Json:
        """Read items with one partition key, by sort key. LastEvaluatedKey: there are more."""
        return await self._remote.call("Query", given(
            TableName=table, KeyConditionExpression=key_condition, IndexName=index,
            ExpressionAttributeValues=values, ExpressionAttributeNames=names,
            FilterExpression=filter, ProjectionExpression=projection, Limit=limit,
            ScanIndexForward=not backwards, ConsistentRead=consistent or None,
            ExclusiveStartKey=start_key, ReturnConsumedCapacity="TOTAL",
        ))  # fmt: skip

    @tool
    async def scan(
        self,
        table: TableName,
        filter: Filter = None,  # noqa: A002
        values: Values = None,
        names: Names = None,
        index: IndexName = None,
        projection: Projection = None,
        limit: Limit = _DEFAULT_LIMIT,
        start_key: StartKey = None,
    ) -> Json:
        """Read items of a table in no particular order, to look around. To find items, query."""
        return await self._remote.call("Scan", given(
            TableName=table, IndexName=index, FilterExpression=filter,
            ExpressionAttributeValues=values, ExpressionAttributeNames=names,
            ProjectionExpression=projection, Limit=limit, ExclusiveStartKey=start_key,
            ReturnConsumedCapacity="TOTAL",
        ))  # fmt: skip

    @tool
    async def select(
        self,
        statement: Statement,
        parameters: Parameters = None,
        limit: Limit = _DEFAULT_LIMIT,
        next_token: str | None = None,
    ) -> Json:
        """Run a PartiQL SELECT. It scans the table unless WHERE has the partition key."""
        check_select(statement)
        return await self._remote.call("ExecuteStatement", given(
            Statement=statement, Parameters=parameters, Limit=limit, NextToken=next_token,
            ReturnConsumedCapacity="TOTAL",
        ))  # fmt: skip
