"""Requests of realms that are not open."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jedlik.app.realms.realms import _Place
from jedlik.base.errors import LimitExceededException
from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.kernel.realms import Realm
from jedlik.storage.failures import StorageUnavailable


def answer_after(error: Exception) -> Answer:
    """The answer to a request whose realm cannot be opened because of this error."""

    async def opened(_name: Realm) -> Any:
        raise error

    async def scenario() -> Answer:
        realms: Any = SimpleNamespace(opened=opened)
        place = _Place(realms, Realm("111122223333", "us-east-1"))
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        place.submit(Request(b"POST", b"/", {}, b"", b"", b"id"), answered.set_result)
        async with asyncio.timeout(60):
            answer = await answered
        assert place.is_idle
        return answer

    return asyncio.run(scenario())


def test_an_account_too_many_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    answer = answer_after(LimitExceededException("too many"))
    assert (answer.status, b"LimitExceededException" in answer.body) == (400, True)
    assert caplog.text == ""


@pytest.mark.parametrize("error", [StorageUnavailable("away"), OSError("too many open files")])
def test_requests_of_a_realm_that_cannot_be_opened_are_answered(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert answer_after(error).status == 500
    assert "account 111122223333 in us-east-1 cannot be opened" in caplog.text


@pytest.mark.parametrize("error", [None, StorageUnavailable("away")])
def test_requests_that_arrive_while_a_realm_is_opened_get_the_same(
    error: Exception | None,
) -> None:
    begun = 0

    async def opened(_name: Realm) -> Any:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0)
        if error is not None:
            raise error

        def submit(_request: Request, reply: Reply) -> None:
            reply(Answer(200, b"{}"))

        return SimpleNamespace(api=SimpleNamespace(submit=submit))

    async def scenario() -> list[Answer]:
        realms: Any = SimpleNamespace(opened=opened)
        place = _Place(realms, Realm("111122223333", "us-east-1"))
        answered = [asyncio.get_running_loop().create_future() for _ in range(3)]
        for each in answered:
            place.submit(Request(b"POST", b"/", {}, b"", b"", b"id"), each.set_result)
        async with asyncio.timeout(60):
            return await asyncio.gather(*answered)

    answers = asyncio.run(scenario())
    assert [answer.status for answer in answers] == [200 if error is None else 500] * 3
    assert begun == 1
