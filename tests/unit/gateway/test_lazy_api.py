"""An API that is loaded at its first request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import orjson
import pytest

from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.gateway.lazy_api import LazyApi


class Numbered:
    """An API that answers with the number of requests it has had."""

    def __init__(self) -> None:
        self.asked = 0

    def submit(self, request: Request, reply: Reply) -> None:
        self.asked += 1
        reply(Answer(200, b"%s %d" % (request.body, self.asked)))


def request(body: bytes) -> Request:
    return Request(b"POST", b"/", {}, body, body, b"id")


def made_late(make: Callable[[], Numbered], *modules: str) -> LazyApi:
    return LazyApi(lambda: modules, make)


async def answer(api: LazyApi, body: bytes) -> Answer:
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    api.submit(request(body), answered.set_result)
    return await answered


def test_without_modules_it_is_made_in_the_call_of_the_first_request() -> None:
    answers: list[Answer] = []
    api = made_late(Numbered)
    assert not api.is_made
    api.submit(request(b"a"), answers.append)
    assert api.is_made
    assert [answer.body for answer in answers] == [b"a 1"]


def test_requests_that_come_while_it_is_loaded_are_answered_in_their_order() -> None:
    async def scenario() -> None:
        made = []

        def make() -> Numbered:
            made.append(Numbered())
            return made[-1]

        api = made_late(make, "this")
        answers = await asyncio.gather(answer(api, b"a"), answer(api, b"b"))
        answers.append(await answer(api, b"c"))
        assert [answer.body for answer in answers] == [b"a 1", b"b 2", b"c 3"]
        assert len(made) == 1

    asyncio.run(scenario())


def test_a_request_that_fails_does_not_stop_those_behind_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing(Numbered):
        def submit(self, request: Request, reply: Reply) -> None:
            if request.body == b"a":
                raise OSError("too many open files")
            super().submit(request, reply)

    async def scenario() -> None:
        api = made_late(Failing, "this")
        first, second = await asyncio.gather(answer(api, b"a"), answer(api, b"b"))
        assert (first.status, second.body) == (500, b"b 1")

    asyncio.run(scenario())
    assert "too many open files" in caplog.text


def test_an_api_that_cannot_be_loaded_says_so_and_is_retried(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = [True]

    def make() -> Numbered:
        if broken:
            raise OSError("too many open files")
        return Numbered()

    async def scenario() -> None:
        api = made_late(make, "this")
        refused = await answer(api, b"a")
        assert refused.status == 500
        assert orjson.loads(refused.body)["__type"].endswith("InternalServerError")
        broken.clear()
        assert (await answer(api, b"b")).body == b"b 1"

    asyncio.run(scenario())
    assert "too many open files" in caplog.text
