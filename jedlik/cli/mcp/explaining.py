"""The tool `explain`: what a read costs, and whether an index would serve it better."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from pydantic import Field

from jedlik.app.remote import Remote
from jedlik.cli.mcp.calling import Json, check_select, tool
from jedlik.gateway.exchange import Request
from jedlik.kernel.remote.service_error import RemoteServiceError
from jedlik.request_log.facts import Facts
from jedlik.request_log.hints import Hints, Keys


class ExplainingTools:
    """Runs reads to measure what they cost."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    @tool
    async def explain(
        self,
        operation: Literal["GetItem", "Query", "Scan", "ExecuteStatement"],
        parameters: Annotated[
            Json, Field(description="The operation's input, as an SDK sends it.")
        ],
    ) -> Json:
        """Run a read and report its cost instead of its items: how many were read and how many
        matched, capacity by index, and a hint if an index would serve it better."""
        if operation == "ExecuteStatement":
            check_select(parameters.get("Statement"))
        asked = {**parameters, "ReturnConsumedCapacity": "INDEXES"}
        answer = await self._remote.call(operation, asked)
        found: Json = {"Operation": operation, "ConsumedCapacity": answer.get("ConsumedCapacity")}
        if operation == "GetItem":
            found["Count"] = int("Item" in answer)
        else:
            found["Count"] = answer.get("Count", len(answer.get("Items", ())))
        if "ScannedCount" in answer:
            found["ScannedCount"] = answer["ScannedCount"]
        found["HasMore"] = "LastEvaluatedKey" in answer or "NextToken" in answer
        found["Hint"] = await self._hint(operation, parameters, answer)
        return found

    async def _hint(self, operation: str, parameters: Json, answer: Json) -> str | None:
        facts = _facts(operation, parameters)
        if Hints(lambda _: [])(facts, answer) is None:
            return None  # not even with keys
        keys = {table: await self._keys(table) for table in facts.tables}
        return Hints(lambda table: keys.get(table, []))(facts, answer)

    async def _keys(self, table: str) -> list[Keys]:
        """The keys of the table and its indexes; empty if the caller may not describe it."""
        try:
            answer = await self._remote.call("DescribeTable", {"TableName": table})
        except RemoteServiceError:
            return []
        described = answer["Table"]
        indexes = [
            *described.get("LocalSecondaryIndexes", ()),
            *described.get("GlobalSecondaryIndexes", ()),
        ]
        return [_keys_of("", described), *(_keys_of(each["IndexName"], each) for each in indexes)]


def _keys_of(name: str, described: Json) -> Keys:
    def attributes(role: str) -> tuple[str, ...]:
        schema: list[Any] = described["KeySchema"]
        return tuple(each["AttributeName"] for each in schema if each["KeyType"] == role)

    return Keys(name, attributes("HASH"), attributes("RANGE"))


def _facts(operation: str, parameters: Json) -> Facts:
    """The request as the request log sees it."""
    body = orjson.dumps(parameters)
    headers = {b"x-amz-target": f"DynamoDB_20120810.{operation}".encode()}
    return Facts(Request(b"POST", b"/", headers, body, body, b""))
