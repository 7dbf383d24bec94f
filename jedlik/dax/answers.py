"""Answers of DynamoDB's API, read for clusters.

A BatchGetItem of 16 MB may have five million values, each of which becomes an object. So answers of
very many values are parsed and freed in steps, between which other requests are answered, and only
a few are in memory at a time.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import orjson

from jedlik.dax.errors import DaxError
from jedlik.services.dynamodb.api.long_bodies import (
    LONG_BODIES,
    free_in_steps,
    has_many_values,
    parsed_in_steps,
)


class AnswerReader:
    """Reads the answers to one cluster."""

    def __init__(self) -> None:
        self._long = asyncio.Semaphore(LONG_BODIES)

    async def result(
        self, status: int, body: bytes, hold: AsyncExitStack | None = None
    ) -> dict[str, Any]:
        """The members of an answer; `hold` as in `Backend.call`. Raises `DaxError` for an error."""
        try:
            members = await self._parsed(body, hold)
        except orjson.JSONDecodeError:
            members = None
        if not isinstance(members, dict):
            raise DaxError(
                "InternalServerError",
                "The answer of the database could not be read.",
                max(status, 500),
            )
        if status == 200:
            return members
        code = str(members.pop("__type", "InternalServerError")).rpartition("#")[2]
        text = members.pop("message", None) or members.pop("Message", None) or ""
        raise DaxError(code, str(text), status, members)

    async def _parsed(self, body: bytes, hold: AsyncExitStack | None) -> Any:
        if not has_many_values(body):
            return orjson.loads(body)
        if hold is None:
            return await parsed_in_steps(body)
        await hold.enter_async_context(self._long)
        members = await parsed_in_steps(body)
        hold.push_async_callback(free_in_steps, [members])
        return members
