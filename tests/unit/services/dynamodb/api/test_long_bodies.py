"""Requests with very many values get the usual answers, and other requests are served meanwhile."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import orjson
import pytest

from jedlik.base.ids import RandomIds
from jedlik.gateway.audit.trail import given_members
from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.services.dynamodb.api.dispatch import Service
from jedlik.services.dynamodb.api.long_bodies import (
    LONG_BODY,
    MANY_COMMAS,
    free_in_steps,
    has_many_values,
    is_long,
)
from jedlik.services.dynamodb.database.database import Database
from jedlik.values import canonical
from tests.callers import occupy
from tests.control_plane import ControlPlane, on_demand
from tests.verifiers import Everybody

MANY = {"L": [{"S": ""}] * (MANY_COMMAS + 10)}
ITEM = {"pk": {"S": "a"}, "many": MANY}
GET = b'{"TableName":"music","Key":{"pk":{"S":"a"}}}'


def request(operation: str, content: bytes) -> Request:
    headers = {b"x-amz-target": f"DynamoDB_20120810.{operation}".encode()}
    return Request(b"POST", b"/", headers, content, content, b"id")


async def answer(service: Service, operation: str, content: bytes) -> tuple[int, Any]:
    found: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    service.submit(request(operation, content), found.set_result)
    answered = await found
    return answered.status, orjson.loads(answered.body)


@pytest.fixture
def service(plane: ControlPlane) -> Service:
    plane.call("CreateTable", **on_demand("music"))
    return Service(plane.database, Everybody())


def put(item: dict[str, Any]) -> bytes:
    return orjson.dumps({"RequestItems": {"music": [{"PutRequest": {"Item": item}}]}})


def test_a_long_request_is_carried_out(plane: ControlPlane, service: Service) -> None:
    content = put(ITEM)
    assert has_many_values(content)
    written = plane.run(answer(service, "BatchWriteItem", content))
    assert written == (200, {"UnprocessedItems": {}})
    assert plane.run(answer(service, "GetItem", GET)) == (200, {"Item": ITEM})


def test_requests_are_answered_while_a_long_one_is_parsed(
    plane: ControlPlane, service: Service
) -> None:
    async def both() -> None:
        long = asyncio.ensure_future(answer(service, "BatchWriteItem", put(ITEM)))
        await asyncio.sleep(0)
        short = await answer(service, "GetItem", GET)
        assert short == (200, {})
        assert not long.done()
        assert (await long)[0] == 200

    plane.run(both())


def test_requests_are_answered_while_a_long_one_is_checked(
    plane: ControlPlane, service: Service
) -> None:
    target = b"DynamoDB_20120810.BatchWriteItem"
    plane.run(answer(service, "BatchWriteItem", put({"pk": {"S": "b"}})))  # compiles its route
    routes = service._routes.by_target
    route, began, answered = routes[target], threading.Event(), threading.Event()

    def check(payload: Any) -> Any:
        began.set()
        assert answered.wait(1)
        return route.check(payload)

    routes[target] = route._replace(check=check)

    async def both() -> None:
        long = asyncio.ensure_future(answer(service, "BatchWriteItem", put(ITEM)))
        assert await asyncio.to_thread(began.wait, 5)
        assert await answer(service, "GetItem", GET) == (200, {})
        answered.set()
        assert (await long)[0] == 200

    plane.run(both())


LIST = {"L": [{"M": {"a": {"N": f"{number}.0"}}} for number in range(MANY_COMMAS + 10)]}
SET = {"NS": [f"{number}.0" for number in range(MANY_COMMAS + 10)]}
KEY = {"pk": {"S": "a"}}
PUT_ITEM = {"TableName": "music", "Item": {**KEY, "l": LIST, "s": SET}}
UPDATE = {"Update": {
    "TableName": "music", "Key": {"pk": {"S": "b"}}, "UpdateExpression": "SET l = :l",
    "ExpressionAttributeValues": {":l": LIST},
}}  # fmt: skip
FILTERS = {"l": {"ComparisonOperator": "EQ", "AttributeValueList": [LIST]}, "s": {
    "ComparisonOperator": "IN", "AttributeValueList": [SET, SET],
}}  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "payload"),
    [
        ("PutItem", PUT_ITEM),
        ("PutItem", {**PUT_ITEM, "Expected": {"l": {"Exists": False}, "s": {"Value": SET}}}),
        ("BatchWriteItem", {"RequestItems": {"music": [{"PutRequest": {"Item": ITEM}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Put": PUT_ITEM}, UPDATE]}),
        ("UpdateItem", {**PUT_ITEM, "AttributeUpdates": {"l": {"Value": LIST}}, "Key": KEY}),
        ("Scan", {"TableName": "music", "ScanFilter": FILTERS}),
        (
            "BatchExecuteStatement",
            {"Statements": [{"Statement": "SELECT * FROM music WHERE pk = ? AND l = ?",
                             "Parameters": [{"S": "a"}, LIST]}]},
        ),
        ("GetItem", {"TableName": "music", "Key": {"pk": LIST}}),
    ],
)  # fmt: skip
def test_values_are_checked_in_the_thread(
    plane: ControlPlane,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    payload: dict[str, Any],
) -> None:
    threads = set()
    for kind in ("L", "NS"):
        check = canonical._CHECKS[kind]

        def watched(*given: Any, check: Any = check) -> int:
            threads.add(threading.get_ident())
            return check(*given)

        monkeypatch.setitem(canonical._CHECKS, kind, watched)
    plane.run(answer(service, operation, orjson.dumps(payload)))
    assert threads
    assert threading.get_ident() not in threads


def test_only_a_few_long_requests_run_at_a_time(plane: ControlPlane, service: Service) -> None:
    async def all_at_once() -> None:
        last = await occupy(service.long_bodies)
        waiting = asyncio.ensure_future(answer(service, "BatchWriteItem", put(ITEM)))
        assert await answer(service, "GetItem", GET) == (200, {})
        assert not waiting.done()
        service.long_bodies.give_back(last)
        assert (await waiting)[0] == 200

    plane.run(all_at_once())
    assert service.long_bodies.is_free_for(None)


def test_what_is_wrong_with_it(plane: ControlPlane, service: Service) -> None:
    status, body = plane.run(answer(service, "BatchWriteItem", put(ITEM)[:-1]))
    assert (status, body["__type"].partition("#")[2]) == (400, "SerializationException")
    too_much = put({"many": MANY})
    status, body = plane.run(answer(service, "BatchWriteItem", too_much))
    assert (status, body["__type"].partition("#")[2]) == (400, "ValidationException")
    assert "The provided key element does not match the schema" in body["message"]


def test_a_long_request_starts_again_if_its_table_changed(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand("music"))
    other = Service(Database(plane.database.store, plane.clock, RandomIds()), Everybody())
    assert plane.run(answer(other, "GetItem", GET)) == (200, {})
    plane.call("DeleteTable", TableName="music")
    plane.run_jobs()
    plane.call("CreateTable", **on_demand("music"))
    assert plane.run(answer(other, "BatchWriteItem", put(ITEM)))[0] == 200
    assert plane.table()["ItemCount"] == 1


def test_what_no_table_can_make_valid_stays_refused(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand("music"))
    other = Service(Database(plane.database.store, plane.clock, RandomIds()), Everybody())
    assert plane.run(answer(other, "GetItem", GET)) == (200, {})
    plane.call("CreateTable", **on_demand("films"))  # moves the catalog's version
    content = orjson.dumps({"RequestItems": {}, "x": [MANY]})
    status, body = plane.run(answer(other, "BatchWriteItem", content))
    assert (status, body["__type"].partition("#")[2]) == (400, "ValidationException")


class Watching:
    """A trail that finds the content gone: it is not to be parsed again."""

    def __init__(self) -> None:
        self.seen: list[list[str]] = []
        self.watched: Request | None = None

    def watch(self, request: Request, reply: Reply) -> Reply:
        self.watched = request

        def answer(given: Answer) -> None:
            request.content = b""
            self.seen.append(list(given_members(request)))
            reply(given)

        return answer


def test_a_record_of_it_does_not_parse_it_again(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand("music"))
    trail: Any = Watching()
    service = Service(plane.database, Everybody(), trail=trail)
    assert plane.run(answer(service, "BatchWriteItem", put(ITEM)))[0] == 200
    assert plane.run(answer(service, "BatchWriteItem", put(ITEM)[:-1]))[0] == 400
    assert trail.seen == [["RequestItems"], []]
    assert trail.watched.parsed is None


def test_what_is_parsed_is_freed_piece_by_piece_but_for_keys() -> None:
    key = {"pk": {"S": "a"}}
    long_map = {str(number): {"S": ""} for number in range(2000)}
    value: Any = {"Keys": [key, {"l": {"L": [[1], [2]]}}], "m": {"M": long_map}}
    lists = value["Keys"][1]["l"]["L"]
    asyncio.run(free_in_steps([value, value]))
    assert key == {"pk": {"S": "a"}}
    assert (lists, len(long_map), value["Keys"]) == ([], 1000, [])


def test_only_bodies_of_many_values_are_parsed_in_steps() -> None:
    assert has_many_values(b"[" + b"0000000," * (MANY_COMMAS + 1) + b"0]")
    assert not has_many_values(b"," * LONG_BODY)
    assert not has_many_values(b'["' + b"x" * 2 * LONG_BODY + b'"]')


def test_large_bodies_of_few_values_are_checked_in_a_thread() -> None:
    assert is_long(b"[" + b"0000000," * (MANY_COMMAS + 1) + b"0]")
    assert is_long(b'["' + b"1" * 4 * 1024 * 1024 + b'"]')
    assert not is_long(b'["' + b"1" * 1024 * 1024 + b'"]')
