"""Data models that the console checks."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import orjson
import pytest

from jedlik.console.models import MAX_BYTES, MAX_CHECKS, Modelling, ModelPages
from jedlik.gateway.exchange import Answer, Request
from jedlik.modelling import workshop

MODELLING = Modelling(workshop.example, workshop.report)
SHOP = workshop.example("shop") or b""


async def ask(pages: ModelPages, method: bytes, name: str, body: bytes = b"") -> Answer:
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    request = Request(method, b"/console/models/" + name.encode(), {}, body, b"", b"ID")
    pages.submit(request, name, answered.set_result)
    return await answered


def asked(*given: Any, checks: bool = True) -> tuple[int, Any]:
    answer = asyncio.run(ask(ModelPages(lambda: MODELLING, checks=checks), *given))
    return answer.status, orjson.loads(answer.body)


def test_a_model_that_comes_with_jedlik() -> None:
    status, document = asked(b"GET", "shop.json")
    assert (status, document["ModelName"]) == (200, "Shop")


def test_a_model_is_checked_and_its_code_written() -> None:
    status, report = asked(b"POST", "check", SHOP)
    assert (status, report["grade"]) == (200, "good")
    assert report["tables"][0]["TableName"] == "Shop"
    assert report["code"]["terraform"].startswith('resource "aws_dynamodb_table" "shop"')


def test_the_report_names_the_entity_of_each_item() -> None:
    document = orjson.loads(SHOP)
    data = document["DataModel"][0]["TableData"]
    data.append({"PK": {"S": "of no"}, "SK": {"S": "entity"}})
    _, report = asked(b"POST", "check", orjson.dumps(document))
    (made,) = report["made"]
    assert len(made) == len(data)
    assert made[-1] is None
    assert None not in made[:-1]
    assert set(made[:-1]) <= {each["Name"] for each in document["Jedlik"]["Entities"]}


@pytest.mark.parametrize(
    "body", [b"", b"[", b"[" * 100_000, b"{}", b'{"DataModel": [{}]}', b"\xff"]
)
def test_what_is_no_model_is_said(body: bytes) -> None:
    status, report = asked(b"POST", "check", body)
    assert status == 200
    assert report["error"]


@pytest.mark.parametrize(
    ("method", "name", "body", "status"),
    [
        (b"GET", "none.json", b"", 404),
        (b"GET", "../../app/server.py", b"", 404),
        (b"GET", "check", b"", 404),
        (b"DELETE", "shop.json", b"", 405),
        (b"POST", "shop.json", b"", 405),
        (b"POST", "check", b" " * (MAX_BYTES + 1), 413),
    ],
)
def test_other_requests_are_refused(method: bytes, name: str, body: bytes, status: int) -> None:
    assert asked(method, name, body)[0] == status


def test_a_server_that_knows_its_callers_checks_nothing() -> None:
    status, refusal = asked(b"POST", "check", SHOP, checks=False)
    assert status == 403
    assert "jedlik model check" in refusal["error"]


def test_only_a_few_are_checked_at_a_time() -> None:
    go_on = threading.Event()

    def slow(_document: bytes) -> bytes:
        go_on.wait(10)
        return b"{}"

    async def run() -> None:
        pages = ModelPages(lambda: Modelling(lambda _name: None, slow), checks=True)
        tasks = [asyncio.create_task(ask(pages, b"POST", "check")) for _ in range(MAX_CHECKS)]
        await asyncio.sleep(0)
        assert (await ask(pages, b"POST", "check")).status == 429
        go_on.set()
        assert [(await task).status for task in tasks] == [200] * MAX_CHECKS
        assert (await ask(pages, b"POST", "check")).status == 200

    asyncio.run(run())


def test_a_check_that_fails_is_answered() -> None:
    def failing(_document: bytes) -> bytes:
        raise KeyError("x")

    async def ask_for_it() -> tuple[Answer, list[Any]]:
        logged: list[Any] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: logged.append(context))
        pages = ModelPages(lambda: Modelling(workshop.example, failing), checks=True)
        return await ask(pages, b"POST", "check", b"{}"), logged

    answer, logged = asyncio.run(ask_for_it())
    assert answer.status == 500
    assert len(logged) == 1
