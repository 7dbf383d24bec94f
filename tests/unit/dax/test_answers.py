"""Answers of DynamoDB's API, read by clusters."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest

from jedlik.dax.answers import AnswerReader
from jedlik.dax.errors import DaxError
from jedlik.services.dynamodb.api.long_bodies import LONG_BODIES, has_many_values


def result(status: int, body: bytes) -> dict[str, Any]:
    return asyncio.run(AnswerReader().result(status, body))


def long_answer() -> bytes:
    body = orjson.dumps({"Responses": {"t": [{"l": {"L": [{"NULL": True}] * 20_000}}]}})
    assert has_many_values(body)
    return body


def test_members_of_an_answer() -> None:
    assert result(200, b'{"Item":{"pk":{"S":"a"}}}') == {"Item": {"pk": {"S": "a"}}}
    assert result(200, long_answer()) == orjson.loads(long_answer())


def test_errors_keep_their_names() -> None:
    body = b'{"__type":"com.amazonaws#ThrottlingException","message":"slow","Else":1}'
    with pytest.raises(DaxError) as raised:
        result(400, body)
    error = raised.value
    assert (error.code, error.message, error.status) == ("ThrottlingException", "slow", 400)
    assert error.details == {"Else": 1}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"7", long_answer()[:-1]])
def test_what_is_no_answer_is_an_error_of_the_server(body: bytes) -> None:
    with pytest.raises(DaxError, match="could not be read") as raised:
        result(200, body)
    assert raised.value.status == 500


def test_few_answers_of_very_many_values_are_held() -> None:
    reader, body = AnswerReader(), long_answer()

    async def one_more(seconds: float) -> None:
        async with AsyncExitStack() as hold:
            await reader.result(200, b"{}", hold)  # a short one is not waited for
            async with asyncio.timeout(seconds):
                await reader.result(200, body, hold)

    async def all_of_them() -> None:
        async with AsyncExitStack() as holds:
            for _ in range(LONG_BODIES):
                await reader.result(200, body, holds)
            with pytest.raises(TimeoutError):
                await one_more(0.2)
        await one_more(60)

    asyncio.run(all_of_them())
