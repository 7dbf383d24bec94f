"""How tools call the server, and how they fail.

An expected failure (a refusal by the server, a missing file) is text for the agent. Anything else
is a bug, and the agent only learns that there was one.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, ParamSpec, TypeVar

import orjson
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from jedlik.app.remote import RemoteError
from jedlik.base.errors import ServiceError
from jedlik.cli.exits import Failure
from jedlik.services.dynamodb.operations.partiql.parameters import MAX_STATEMENT_SIZE
from jedlik.services.dynamodb.partiql.prepared import prepare
from jedlik.services.dynamodb.partiql.statements import Select

P = ParamSpec("P")
R = TypeVar("R")

Json = dict[str, Any]

MOST_ITEMS: Final = 100
"""Items in one answer: the agent has to read them all."""

TableName = Annotated[str, Field(description="Name or ARN of the table.")]
IndexName = Annotated[str | None, Field(description="An index to read instead of the table.")]
Names = Annotated[
    dict[str, str] | None,
    Field(description='Placeholders of attribute names: {"#s": "status"}. For reserved words.'),
]
Values = Annotated[
    Json | None,
    Field(description='Placeholders of values, in DynamoDB JSON: {":id": {"S": "user-1"}}.'),
]
Key = Annotated[
    Json, Field(description='The whole primary key, in DynamoDB JSON: {"id": {"S": "user-1"}}.')
]
Limit = Annotated[int, Field(ge=1, le=MOST_ITEMS, description="Items that are read at most.")]


def tool(call: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """A tool whose expected failures are returned as text."""

    @functools.wraps(call)
    async def failing_in_words(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await call(*args, **kwargs)
        except RemoteError as error:
            raise ToolError(f"{error.remote_code}: {error.message}") from error
        except ServiceError as error:
            raise ToolError(f"{error.code()}: {error.message}") from error
        except Failure as error:
            raise ToolError(error.message) from error
        except orjson.JSONEncodeError as error:  # for example integers of over 64 bits
            raise ToolError(f"No request can have these arguments: {error}") from error

    return failing_in_words


def check_select(statement: object) -> None:
    """Raise ToolError unless this is one SELECT, ValidationException if it is not a statement. A
    text that is too long for the API is not parsed, so that no call delays others."""
    if not isinstance(statement, str) or len(statement) > MAX_STATEMENT_SIZE:
        raise ToolError(f"A statement is a text of up to {MAX_STATEMENT_SIZE} characters.")
    if not isinstance(prepare(statement).statement, Select):
        raise ToolError("This tool takes SELECT alone; nothing was done.")


def given(**members: Any) -> Json:
    """An operation's input, without the members that are None."""
    return {name: value for name, value in members.items() if value is not None}
