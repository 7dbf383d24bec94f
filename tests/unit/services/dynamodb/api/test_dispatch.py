"""A process refuses requests while another one changes tables only if the store refuses them
too."""

from __future__ import annotations

import asyncio
import gc
import gzip
from typing import Any

import orjson
import pytest

from jedlik.base.ids import RandomIds
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.catalog_version import MAX_RESTARTS, CatalogChanged
from jedlik.services.dynamodb.api.dispatch import Service
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.database.database import Database
from jedlik.storage.memory import MemoryEngine
from tests.control_plane import ControlPlane, attributes, index, on_demand
from tests.verifiers import Everybody

ITEM = {"pk": {"S": "p"}, "a": {"S": "x"}}
GET = {"TableName": "music", "Key": {"pk": {"S": "p"}}}
BY_INDEX = {
    "TableName": "music",
    "IndexName": "gsi",
    "KeyConditionExpression": "a = :a",
    "ExpressionAttributeValues": {":a": {"S": "x"}},
}


class Process:
    """Another process on the store of `plane`, with a cache of its own."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane
        database = Database(plane.database.engine, plane.clock, RandomIds())
        self._service = Service(database, Everybody())

    def call(self, operation: str, **payload: Any) -> tuple[int, Any]:
        """Status and body of the answer."""
        return self.send(operation, orjson.dumps(payload))

    def send(self, operation: str, content: bytes, coding: bytes = b"") -> tuple[int, Any]:
        headers = {b"x-amz-target": f"DynamoDB_20120810.{operation}".encode()}
        if coding:
            headers[b"content-encoding"] = coding
        request = Request(b"POST", b"/", headers, content, content, b"id")

        async def answered() -> Answer:
            answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self._service.submit(request, answer.set_result)
            return await answer

        answer = self._plane.run(answered())
        return answer.status, orjson.loads(answer.body)


@pytest.fixture
def other(plane: ControlPlane) -> Process:
    """A process that has used a table."""
    plane.call("CreateTable", **on_demand())
    plane.put(ITEM)
    process = Process(plane)
    assert process.call("GetItem", **GET) == (200, {"Item": ITEM})
    return process


def test_an_index_of_another_process_is_found(plane: ControlPlane, other: Process) -> None:
    plane.call(
        "UpdateTable",
        TableName="music",
        AttributeDefinitions=attributes("a"),
        GlobalSecondaryIndexUpdates=[{"Create": index("gsi", "a")}],
    )
    plane.run(Maintenance(plane.database).run_once())
    status, body = other.call("Query", **BY_INDEX)
    assert (status, body.get("Items")) == (200, [ITEM])


def test_a_body_in_a_content_coding(other: Process) -> None:
    """For a body that is not in its coding the service blames itself."""
    content = orjson.dumps(GET)
    pieces = gzip.compress(content[:20]) + gzip.compress(content[20:])
    assert other.send("GetItem", pieces, b"gzip") == (200, {"Item": ITEM})
    for body, coding in ((content, b"gzip"), (pieces[:-1], b"gzip"), (content, b"br")):
        status, answer = other.send("GetItem", body, coding)
        assert (status, answer["__type"].partition("#")[2]) == (500, "InternalServerError")


def test_a_table_that_was_made_again_has_its_new_key(plane: ControlPlane, other: Process) -> None:
    plane.call("DeleteTable", TableName="music")
    plane.run(Maintenance(plane.database).run_once())
    plane.call("CreateTable", **on_demand("music", "id"))
    write = {"Put": {"TableName": "music", "Item": {"id": {"S": "1"}}}}
    assert other.call("TransactWriteItems", TransactItems=[write]) == (200, {})
    plane.call("DeleteTable", TableName="music")
    plane.run(Maintenance(plane.database).run_once())
    plane.call("CreateTable", **on_demand())
    assert other.call("PutItem", TableName="music", Item=ITEM) == (200, {})


def test_statements_of_a_batch_are_refused_by_the_table_as_it_is(
    plane: ControlPlane, other: Process
) -> None:
    plane.call("DeleteTable", TableName="music")
    plane.run(Maintenance(plane.database).run_once())
    plane.call("CreateTable", **on_demand("music", "id"))
    insert = {"Statement": "INSERT INTO music VALUE {'id': '1'}"}
    status, body = other.call("BatchExecuteStatement", Statements=[insert])
    assert (status, body["Responses"]) == (200, [{"TableName": "music"}])


def test_what_the_store_refuses_is_refused(plane: ControlPlane, other: Process) -> None:
    status, body = other.call("Query", **BY_INDEX)
    text = "The table does not have the specified index: gsi"
    assert (status, body["message"]) == (400, text)
    plane.call("CreateTable", **on_demand("another"))
    status, body = other.call("Query", **BY_INDEX)
    assert (status, body["message"]) == (400, text)
    write = {"Put": {"TableName": "music", "Item": {"id": {"S": "1"}}}}
    status, body = other.call("TransactWriteItems", TransactItems=[write])
    assert (status, body["CancellationReasons"][0]["Code"]) == (400, "ValidationError")


def test_a_catalog_that_never_rests_ends_in_an_answer(
    other: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    async def changed(*_: Any) -> Any:
        tries.append(True)
        raise CatalogChanged

    monkeypatch.setattr(MemoryEngine, "write", changed)
    status, answer = other.call("PutItem", TableName="music", Item=ITEM)
    assert status == 500
    assert answer["__type"].endswith("InternalServerError")
    assert MAX_RESTARTS <= len(tries) <= MAX_RESTARTS + 2


def test_a_cancelled_wait_ends_in_an_answer(
    other: Process, monkeypatch: pytest.MonkeyPatch
) -> None:

    async def cancelled(*_: Any) -> Any:
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.cancel)
        await future

    monkeypatch.setattr(MemoryEngine, "write", cancelled)
    status, _ = other.call("PutItem", TableName="music", Item=ITEM)
    assert status == 500


PUT_IF_NEW = {
    "TableName": "music",
    "Item": ITEM,
    "ConditionExpression": "attribute_not_exists(pk)",
}


@pytest.mark.parametrize(
    ("operation", "payload"),
    [
        ("GetItem", {**GET, "TableName": "other"}),
        ("GetItem", {**GET, "Key": {"a": {"S": "p"}}}),
        ("GetItem", {**GET, "ProjectionExpression": "a b"}),
        ("PutItem", PUT_IF_NEW),
        ("PutItem", {**PUT_IF_NEW, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}),
        ("TransactWriteItems", {"TransactItems": [{"Put": PUT_IF_NEW}]}),
        ("ExecuteStatement", {"Statement": "SELECT * FROM other"}),
    ],
)
def test_refused_requests_are_freed_at_once(
    other: Process, operation: str, payload: dict[str, Any]
) -> None:
    """None of them waits for the garbage collector, with all the frames that its error came
    through: a loop that tries until a condition holds would keep it busy."""

    def left_by(operation: str, payload: dict[str, Any], status: int) -> int:
        assert other.call(operation, **payload)[0] == status
        gc.collect()
        for _ in range(10):
            other.call(operation, **payload)
        return gc.collect()

    gc.disable()
    try:
        of_an_answered_one = left_by("GetItem", GET, 200)
        assert left_by(operation, payload, 400) <= of_an_answered_one
    finally:
        gc.enable()
