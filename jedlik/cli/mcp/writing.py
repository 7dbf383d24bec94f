"""Tools that change items and tables, with --allow-writes."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from jedlik.app.remote import Remote
from jedlik.cli.mcp.calling import Json, Key, Names, TableName, Values, given, tool
from jedlik.cli.mcp.reading import Parameters
from jedlik.seeding.planting import plant
from jedlik.seeding.reading import read_text
from jedlik.seeding.seed import SeedError

Condition = Annotated[
    str | None,
    Field(description="Nothing is changed unless this is true: attribute_not_exists(id)"),
]


class WritingTools:
    """Changes items and tables of one server."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    @tool
    async def put_item(
        self,
        table: TableName,
        item: Annotated[Json, Field(description="The whole item, in DynamoDB JSON.")],
        condition: Condition = None,
        values: Values = None,
        names: Names = None,
    ) -> Json:
        """Put an item, replacing the one with the same key, which is returned as Attributes."""
        return await self._remote.call("PutItem", given(
            TableName=table, Item=item, ConditionExpression=condition,
            ExpressionAttributeValues=values, ExpressionAttributeNames=names,
            ReturnValues="ALL_OLD",
        ))  # fmt: skip

    @tool
    async def update_item(
        self,
        table: TableName,
        key: Key,
        update: Annotated[str, Field(description="SET total = total + :n REMOVE note")],
        values: Values = None,
        names: Names = None,
        condition: Condition = None,
    ) -> Json:
        """Update an item, or create it if it is missing. Attributes is the item afterwards."""
        return await self._remote.call("UpdateItem", given(
            TableName=table, Key=key, UpdateExpression=update, ConditionExpression=condition,
            ExpressionAttributeValues=values, ExpressionAttributeNames=names,
            ReturnValues="ALL_NEW",
        ))  # fmt: skip

    @tool
    async def delete_item(
        self,
        table: TableName,
        key: Key,
        condition: Condition = None,
        values: Values = None,
        names: Names = None,
    ) -> Json:
        """Delete an item, which is returned as Attributes. A missing item is not an error."""
        return await self._remote.call("DeleteItem", given(
            TableName=table, Key=key, ConditionExpression=condition,
            ExpressionAttributeValues=values, ExpressionAttributeNames=names,
            ReturnValues="ALL_OLD",
        ))  # fmt: skip

    @tool
    async def execute_statement(self, statement: str, parameters: Parameters = None) -> Json:
        """Run one PartiQL statement: INSERT, UPDATE, DELETE or SELECT."""
        return await self._remote.call(
            "ExecuteStatement", given(Statement=statement, Parameters=parameters)
        )

    @tool
    async def create_table(
        self,
        definition: Annotated[Json, Field(description="Input of CreateTable, as an SDK sends it.")],
    ) -> Json:
        """Create a table and wait until it is ACTIVE. Returns its description."""
        made = await self._remote.send("CreateTable", definition)
        name = made["TableDescription"]["TableName"]
        found: Json = (await self._remote.call("DescribeTable", {"TableName": name}))["Table"]
        return found

    @tool
    async def delete_table(self, table: TableName) -> Json:
        """Delete a table and all of its items. Returns its description."""
        gone = await self._remote.call("DeleteTable", {"TableName": table})
        found: Json = gone["TableDescription"]
        return found

    @tool
    async def seed(
        self,
        name: Annotated[
            str,
            Field(
                description="The file's name, from which its kind is known: template.yaml, "
                "plan.json, model.json, ORDERS.csv, ORDERS.jsonl"
            ),
        ],
        content: Annotated[str, Field(description="The file's text.")],
    ) -> dict[str, Any]:
        """Create tables and put items from a CloudFormation template, Terraform plan, NoSQL
        Workbench model, CSV or DynamoDB JSON. Existing tables are left as they are."""
        try:
            read = await asyncio.to_thread(read_text, name, content.encode())
            planted = await plant(read, self._remote.send)
        except SeedError as error:
            raise ToolError(str(error)) from error
        return {**planted._asdict(), "notes": read.notes}
