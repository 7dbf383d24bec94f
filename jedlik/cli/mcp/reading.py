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

Projection = Annotated[str | None, Field(description="Attributes that are wanted: 'id, #s'.")]
Filter = Annotated[
    str | None,
    Field(description="Condition on what was read. What it drops was read and paid for."),
]
StartKey = Annotated[
    Json | None, Field(description="LastEvaluatedKey of the answer before, to go on there.")
]
Statement = Annotated[str, Field(description='SELECT * FROM "Users" WHERE id = ?')]
Parameters = Annotated[
    list[Json] | None, Field(description='Values of the ?, in DynamoDB JSON: [{"S": "user-1"}].')
]


class ReadingTools:
    """Tables and items of one server."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    @tool
    async def list_tables(
        self,
        start_after: Annotated[
            str | None, Field(description="LastEvaluatedTableName, to go on there.")
        ] = None,
    ) -> Json:
        """Names of the tables, 100 at a time."""
        return await self._remote.call("ListTables", given(ExclusiveStartTableName=start_after))

    @tool
    async def describe_table(self, table: TableName) -> Json:
        """Key schema, indexes, capacity, stream and counts of a table."""
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
        """One item by its key. Without Item in the answer there is no such item."""
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
                description="The partition key's value, and perhaps a range of sort keys: "
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
        """Items of one partition key, in order of sort keys. LastEvaluatedKey: there are more."""
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
        """Items of a table in no order of use, for a look at what is there. To find some, query."""
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
        """Read by a SELECT of PartiQL. Without the partition key in WHERE it scans the table."""
        check_select(statement)
        return await self._remote.call("ExecuteStatement", given(
            Statement=statement, Parameters=parameters, Limit=limit, NextToken=next_token,
            ReturnConsumedCapacity="TOTAL",
        ))  # fmt: skip
