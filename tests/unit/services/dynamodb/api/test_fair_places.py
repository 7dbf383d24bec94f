"""A caller with very many long reads leaves places for those of others."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from jedlik.auth.identity import DEFAULT_ACCOUNT, Identity
from jedlik.base import turns
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.api.dispatch import Service
from jedlik.services.dynamodb.database.database import LONG_READS
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from tests.control_plane import ControlPlane, on_demand

SCAN = orjson.dumps({"TableName": "music"})


class ByName:
    """Takes each sender's word for who they are."""

    def verify(self, request: Request) -> Identity:
        name = request.headers[b"authorization"].decode()
        return Identity(name, DEFAULT_ACCOUNT, "us-east-1", "dynamodb")


async def status_of(service: Service, name: str, operation: str, body: bytes) -> int:
    target = f"DynamoDB_20120810.{operation}".encode()
    headers = {b"x-amz-target": target, b"authorization": name.encode()}
    answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    service.submit(Request(b"POST", b"/", headers, body, body, b"id"), answer.set_result)
    return (await answer).status


def test_another_caller_does_not_wait_for_all_of_them(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put(*({"pk": {"S": str(n)}, "long": {"S": "x" * 300_000}} for n in range(3)))
    plane.call("Scan", TableName="music")  # the operation's module is loaded by that
    service = Service(plane.database, ByName())
    monkeypatch.setattr(turns.Turns, "over", True)
    order: list[str] = []

    async def scan(name: str) -> None:
        await asyncio.sleep(0)  # all of them are there before the first one begins
        assert await status_of(service, name, "Scan", SCAN) == 200
        order.append(name)

    async def all_at_once() -> None:
        greedy = [scan("greedy") for _ in range(10 * LONG_READS)]
        await asyncio.gather(*greedy, scan("other"))

    plane.run(all_at_once())
    assert order.index("other") < 2 * LONG_READS


def test_an_operation_that_is_run_again_is_given_its_caller_again(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    async def scan(_database: Any, _payload: Any, caller: Identity) -> bytes:
        given.append(caller.access_key)
        if len(given) == 1:
            raise CatalogChanged
        return b"{}"

    monkeypatch.setitem(OPERATIONS._loaded, "Scan", scan)
    service = Service(plane.database, ByName())
    assert plane.run(status_of(service, "me", "Scan", SCAN)) == 200
    assert given == ["me", "me"]


def test_a_long_decision_of_a_write_has_a_place_of_its_caller(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.call("CreateTable", **on_demand())
    plane.put({"pk": {"S": "p"}, "long": {"S": "x" * 300_000}})
    taken, places = [], plane.database.decoded
    taken_by = places.taken

    def noted(caller: Any) -> Any:
        taken.append(caller.access_key)
        return taken_by(caller)

    monkeypatch.setattr(places, "taken", noted)
    update = {
        "TableName": "music",
        "Key": {"pk": {"S": "p"}},
        "UpdateExpression": "SET n = :y",
        "ConditionExpression": " OR ".join(["contains(#l, :y)"] * 40 + ["attribute_exists(pk)"]),
        "ExpressionAttributeNames": {"#l": "long"},
        "ExpressionAttributeValues": {":y": {"S": "y"}},
    }
    service = Service(plane.database, ByName())
    assert plane.run(status_of(service, "me", "UpdateItem", orjson.dumps(update))) == 200
    assert taken == ["me"]
