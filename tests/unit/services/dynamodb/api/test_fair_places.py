"""A caller with very many long reads leaves places for those of others."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from jedlik.auth.identity import DEFAULT_ACCOUNT, Identity
from jedlik.base import turns
from jedlik.gateway.exchange import Answer, Request
from jedlik.services.dynamodb.api.dispatch import Service
from jedlik.services.dynamodb.database.database import LONG_READS
from tests.control_plane import ControlPlane, on_demand

SCAN = orjson.dumps({"TableName": "music"})


class ByName:
    """Takes each sender's word for who they are."""

    def verify(self, request: Request) -> Identity:
        name = request.headers[b"authorization"].decode()
        return Identity(name, DEFAULT_ACCOUNT, "us-east-1", "dynamodb")


def test_another_caller_does_not_wait_for_all_of_them(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put(*({"pk": {"S": str(n)}, "long": {"S": "x" * 300_000}} for n in range(3)))
    plane.call("Scan", TableName="music")  # the operation's module is loaded by that
    service = Service(plane.database, ByName())
    monkeypatch.setattr(turns.Turns, "over", True)
    order: list[str] = []

    async def scan(name: str) -> Any:
        await asyncio.sleep(0)  # all of them are there before the first one begins
        headers = {b"x-amz-target": b"DynamoDB_20120810.Scan", b"authorization": name.encode()}
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        request = Request(b"POST", b"/", headers, SCAN, SCAN, b"id")
        service.submit(request, answer.set_result)
        assert (await answer).status == 200
        order.append(name)

    async def all_at_once() -> None:
        greedy = [scan("greedy") for _ in range(10 * LONG_READS)]
        await asyncio.gather(*greedy, scan("other"))

    plane.run(all_at_once())
    assert order.index("other") < 2 * LONG_READS
