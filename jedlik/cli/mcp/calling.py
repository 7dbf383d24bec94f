"""What all tools share: types of arguments, and errors as text.

An expected error (refused by the server, a missing page) reaches the agent as text. Any other
exception is a bug: the agent learns that there was one, but not what.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, ParamSpec, TypeVar

import orjson
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from jedlik.base.errors import ServiceError
from jedlik.cli.exits import Failure
from jedlik.kernel.remote.service_error import name_of
from jedlik.services.dynamodb.operations.partiql.parameters import MAX_STATEMENT_SIZE
from jedlik.services.dynamodb.partiql.prepared import prepare
from jedlik.services.dynamodb.partiql.statements import Select

P = ParamSpec("P")
R = TypeVar("R")

Json = dict[str, Any]

MAX_ITEMS: Final = 100
"""Items in one answer, all of which the agent has to read."""

TableName = Annotated[str, Field(description="Name or ARN of the table.")]
IndexName = Annotated[str | None, Field(description="An index to read instead of the table.")]
Names = Annotated[
    dict[str, str] | None,
    Field(description='Placeholders for names, needed for reserved words: {"#s": "status"}.'),
]
Values = Annotated[
    Json | None,
    Field(description='Placeholders for values, in DynamoDB JSON: {":id": {"S": "user-1"}}.'),
]
Key = Annotated[
    Json, Field(description='The whole primary key, in DynamoDB JSON: {"id": {"S": "user-1"}}.')
]
Limit = Annotated[int, Field(ge=1, le=MAX_ITEMS, description="Maximum number of items to read.")]


def tool(call: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Make a tool of `call`: its expected errors become ToolError, which the agent sees as text."""

    @functools.wraps(call)
    async def failing_in_words(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await call(*args, **kwargs)
        except ServiceError as error:
            raise ToolError(f"{name_of(error)}: {error.message}") from error
        except Failure as error:
            raise ToolError(error.message) from error
        except orjson.JSONEncodeError as error:  # for example integers of over 64 bits
            raise ToolError(f"These arguments cannot be sent in a request: {error}") from error

    return failing_in_words


def check_select(statement: object) -> None:
    """Raise ToolError unless `statement` is a SELECT; ValidationException if it cannot be parsed. A
    text too long for the API is not parsed, since that would delay other calls."""
    if not isinstance(statement, str) or len(statement) > MAX_STATEMENT_SIZE:
        raise ToolError(f"A statement is a text of up to {MAX_STATEMENT_SIZE} characters.")
    if not isinstance(prepare(statement).statement, Select):
        raise ToolError("This tool runs only SELECT; nothing was done.")


def given(**members: Any) -> Json:
    """An operation's input: `members` without those that are None."""
    return {name: value for name, value in members.items() if value is not None}
