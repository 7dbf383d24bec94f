"""The common frame of APIs with few requests."""

from __future__ import annotations

import asyncio
import logging

import pytest

from jedlik.base.errors import InternalServerError, ServiceError, ValidationException
from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.gateway.known_errors import known_error
from jedlik.gateway.task_per_request import TaskPerRequest
from jedlik.storage.failures import StorageFailure

REQUEST = Request(b"POST", b"/", {}, b"", b"", b"REQUEST-ID")


class Echo(TaskPerRequest):
    """Answers, or fails, once it may."""

    def __init__(self, error: Exception | None = None, trail: object = None) -> None:
        super().__init__(trail)  # type: ignore[arg-type]
        self.error = error
        self.may = asyncio.Event()

    async def answer(self, _request: Request) -> Answer:
        await self.may.wait()
        if self.error is not None:
            raise self.error
        return Answer(200, b"well")

    def refusal(self, error: Exception, request: Request) -> Answer:
        known = known_error(error, request, InternalServerError)
        return Answer(known.status, known.code().encode())


def answers(api: Echo, number: int = 1) -> list[bytes]:
    async def run() -> list[bytes]:
        loop = asyncio.get_running_loop()
        waiting: list[asyncio.Future[Answer]] = [loop.create_future() for _ in range(number)]
        for each in waiting:
            api.submit(REQUEST, each.set_result)
            assert not each.done(), "later, never at once"
        api.may.set()
        return [(await each).body for each in waiting]

    return asyncio.run(run())


def test_each_request_waits_by_itself() -> None:
    assert answers(Echo(), 3) == [b"well"] * 3


def test_an_error_is_answered_in_the_apis_form() -> None:
    assert answers(Echo(ValidationException("no"))) == [b"ValidationException"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyError("secret"), "request REQUEST-ID failed"),
        (StorageFailure("disk full"), "request REQUEST-ID: storage failed: disk full"),
    ],
)
def test_what_is_no_error_of_the_service_is_logged(
    error: Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        assert answers(Echo(error)) == [b"InternalServerError"]
    assert caplog.messages == [told]


def test_a_service_error_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    error: ServiceError = ValidationException("no")
    assert known_error(error, REQUEST, InternalServerError) is error
    assert caplog.messages == []


def test_a_trail_sees_the_answer() -> None:
    class Trail:
        def watch(self, request: Request, reply: Reply) -> Reply:
            assert request is REQUEST
            return lambda answer: reply(Answer(200, b"seen " + answer.body))

    assert answers(Echo(trail=Trail())) == [b"seen well"]
