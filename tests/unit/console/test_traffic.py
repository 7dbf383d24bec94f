"""The data of the console's Traffic page."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from jedlik.base.errors import AccessDeniedException
from jedlik.console.traffic import ADVICE_ACTIONS, REQUESTS_ACTION, TrafficPages, Watching
from jedlik.gateway.exchange import Answer, Request


class Watched:
    """What was asked for; `allowed` are the actions that the caller may do."""

    def __init__(self, *allowed: str) -> None:
        self.allowed = allowed
        self.after: list[int | None] = []
        self.go_on = asyncio.Event()

    async def permit(self, _request: Request, action: str) -> None:
        if action not in self.allowed:
            raise AccessDeniedException("not allowed")

    async def requests(self, after: int | None) -> dict[str, Any]:
        self.after.append(after)
        return {"requests": [], "last": 7}

    async def advice(self) -> dict[str, Any]:
        await self.go_on.wait()
        return {"Advice": []}

    def pages(self) -> TrafficPages:
        return TrafficPages(lambda: Watching(self.permit, self.requests, self.advice))


async def ask(pages: TrafficPages, target: bytes, method: bytes = b"GET") -> Answer:
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    request = Request(method, b"/console/traffic/" + target, {}, b"", b"", b"ID")
    pages.submit(request, answered.set_result)
    return await answered


@pytest.mark.parametrize(("query", "after"), [(b"", None), (b"?after=0", 0), (b"?after=12", 12)])
def test_requests_after_a_number(query: bytes, after: int | None) -> None:
    watched = Watched(REQUESTS_ACTION)
    answer = asyncio.run(ask(watched.pages(), b"requests" + query))
    assert (answer.status, orjson.loads(answer.body)) == (200, {"requests": [], "last": 7})
    assert watched.after == [after]


@pytest.mark.parametrize("query", [b"?after=", b"?after=-1", b"?after=x", b"?after=" + b"9" * 99])
def test_another_number_is_refused(query: bytes) -> None:
    watched = Watched(REQUESTS_ACTION)
    asked = b"requests" + query
    # An empty value is as good as none to the parser of queries.
    expected = 200 if query == b"?after=" else 400
    assert asyncio.run(ask(watched.pages(), asked)).status == expected


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [(b"other", b"GET", 404), (b"requests", b"POST", 405), (b"advice", b"DELETE", 405)],
)
def test_nothing_else_is_there(target: bytes, method: bytes, status: int) -> None:
    assert asyncio.run(ask(Watched().pages(), target, method)).status == status


@pytest.mark.parametrize(
    ("target", "others"),
    [
        (b"requests", ADVICE_ACTIONS),
        (b"advice", (REQUESTS_ACTION,)),
        *((b"advice", (REQUESTS_ACTION, each)) for each in ADVICE_ACTIONS),
    ],
)
def test_each_has_permissions_of_its_own(target: bytes, others: tuple[str, ...]) -> None:
    watched = Watched(*others)
    assert asyncio.run(ask(watched.pages(), target)).status == 400
    assert watched.after == []


def test_one_report_at_a_time() -> None:
    async def run() -> None:
        watched = Watched(*ADVICE_ACTIONS)
        pages = watched.pages()
        first = asyncio.create_task(ask(pages, b"advice"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (await ask(pages, b"advice")).status == 400
        watched.go_on.set()
        assert (await first).status == 200
        assert (await ask(pages, b"advice")).status == 200

    asyncio.run(run())
