"""Requests with very many values get the usual answers, and other requests are served meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import orjson
import pytest

from jedlik.base.errors import ServiceError
from jedlik.base.ids import RandomIds
from jedlik.gateway.audit.trail import given_members
from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.services.dynamodb.api.dispatch import Service
from jedlik.services.dynamodb.api.long_bodies import (
    LONG_BODIES,
    LONG_BODY,
    MANY_COMMAS,
    free_in_steps,
    has_many_values,
    prepare_numbers,
)
from jedlik.services.dynamodb.tables.database import Database
from jedlik.values.canonical import canonical_placeholders
from jedlik.values.number_sets import CheckedNumbers
from tests.control_plane import ControlPlane, on_demand
from tests.unit.services.dynamodb.api.test_dispatch import Everybody

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


def test_it_does_what_it_says(plane: ControlPlane, service: Service) -> None:
    content = put(ITEM)
    assert has_many_values(content)
    written = plane.run(answer(service, "BatchWriteItem", content))
    assert written == (200, {"UnprocessedItems": {}})
    assert plane.run(answer(service, "GetItem", GET)) == (200, {"Item": ITEM})


def test_others_are_answered_while_it_is_parsed(plane: ControlPlane, service: Service) -> None:
    async def both() -> None:
        long = asyncio.ensure_future(answer(service, "BatchWriteItem", put(ITEM)))
        await asyncio.sleep(0)
        short = await answer(service, "GetItem", GET)
        assert short == (200, {})
        assert not long.done()
        assert (await long)[0] == 200

    plane.run(both())


def test_its_check_does_not_hold_others(plane: ControlPlane, service: Service) -> None:
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


def outcome(value: Any) -> Any:
    """A value's size and form once it is checked, or what is wrong with it."""
    try:
        return canonical_placeholders({":v": value}), value
    except ServiceError as error:
        return error.message


@pytest.mark.parametrize(
    "numbers",
    [
        [f"{number}e3" for number in range(MANY_COMMAS + 10)],
        [f"-{number}.50" for number in range(MANY_COMMAS + 10)],
        ["1.0", "1"] + [f"{number}e50" for number in range(2, MANY_COMMAS + 10)],
        ["x", "1e999"] + [f"{number}" for number in range(2, MANY_COMMAS + 10)],
        ["1e999", "x"] + [f"{number}" for number in range(2, MANY_COMMAS + 10)],
        ["1", 2, None] + [f"{number}" for number in range(2, MANY_COMMAS + 10)],
    ],
    ids=["exponents", "fractions", "duplicates", "no number", "too large", "no texts"],
)
def test_numbers_are_prepared_as_they_are_checked(numbers: list[Any]) -> None:
    for kind, make in (("NS", list), ("L", lambda texts: [{"N": text} for text in texts])):
        prepared: dict[str, Any] = {"Values": [{kind: make(numbers)}]}
        prepare_numbers(prepared)
        assert outcome(prepared["Values"][0]) == outcome({kind: make(numbers)})


def test_a_long_set_is_checked_beforehand_and_a_short_one_with_the_others() -> None:
    long = [f"{number}.0" for number in range(MANY_COMMAS + 1)]
    payload: dict[str, Any] = {"a": {"NS": long}, "b": {"NS": long[:-1]}, "NS": {"S": "1.0"}}
    prepare_numbers(payload)
    assert type(payload["a"]["NS"]) is CheckedNumbers
    assert payload["a"]["NS"] == long, "they stay as they were given, for errors and records"
    assert type(payload["b"]["NS"]) is list
    assert payload["NS"] == {"S": "1.0"}


def test_a_set_of_very_many_numbers_does_not_hold_others(
    plane: ControlPlane, service: Service
) -> None:
    numbers = [f"{number}e50" for number in range(300_000)]
    content = orjson.dumps({
        "TableName": "music", "FilterExpression": "x = :x",
        "ExpressionAttributeValues": {":x": {"NS": numbers}},
    })  # fmt: skip

    async def both() -> tuple[float, float]:
        began = time.perf_counter()
        long = asyncio.ensure_future(answer(service, "Scan", content))
        longest = 0.0
        while not long.done():
            turn = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - turn)
        assert (await long)[0] == 200
        return longest, time.perf_counter() - began

    longest, whole = plane.run(both())
    assert longest < 0.3 * whole


def test_some_at_a_time(plane: ControlPlane, service: Service) -> None:
    async def all_at_once() -> None:
        for _ in range(LONG_BODIES):
            await service.long_bodies.acquire()
        waiting = asyncio.ensure_future(answer(service, "BatchWriteItem", put(ITEM)))
        assert await answer(service, "GetItem", GET) == (200, {})
        assert not waiting.done()
        service.long_bodies.release()
        assert (await waiting)[0] == 200

    plane.run(all_at_once())
    assert not service.long_bodies.locked()


def test_what_is_wrong_with_it(plane: ControlPlane, service: Service) -> None:
    status, body = plane.run(answer(service, "BatchWriteItem", put(ITEM)[:-1]))
    assert (status, body["__type"].partition("#")[2]) == (400, "SerializationException")
    too_much = put({"many": MANY})
    status, body = plane.run(answer(service, "BatchWriteItem", too_much))
    assert (status, body["__type"].partition("#")[2]) == (400, "ValidationException")
    assert "The provided key element does not match the schema" in body["message"]


def test_it_begins_again_with_a_table_that_changed(plane: ControlPlane) -> None:
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
