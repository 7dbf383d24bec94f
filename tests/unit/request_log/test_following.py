"""Clients that poll a log get the entries after the number that they name."""

from __future__ import annotations

import asyncio
import time

from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.gateway.middleware import Layered
from jedlik.request_log.entries import Entry
from jedlik.request_log.following import Following
from jedlik.request_log.observing import RequestLog
from tests.simulated_clock import SimulatedClock


class Echo:
    """An API that answers at once."""

    def submit(self, request: Request, reply: Reply) -> None:
        reply(Answer(200, request.content))


class Served:
    """An API with a log around it."""

    def __init__(self) -> None:
        self._layers = Layered(Echo())
        self.log = RequestLog(self._layers, 0, SimulatedClock(time.time()))
        self.following = Following(self.log)

    def ask(self, times: int = 1) -> None:
        headers = {b"x-amz-target": b"DynamoDB_20120810.ListTables"}
        for _ in range(times):
            request = Request(b"POST", b"/", headers, b"{}", b"{}", b"id")
            self._layers.submit(request, lambda _: None)


def test_the_entries_after_a_number() -> None:

    async def poll() -> None:
        served = Served()
        first = await served.following.news()
        assert first == ([], 0)
        served.ask(2)
        second = await served.following.news(first.last)
        assert [each.number for each in second.entries] == [1, 2]
        assert await served.following.news(second.last) == ([], 2)

    asyncio.run(poll())


def test_entries_of_before_are_not_missed() -> None:
    """Whether others have had them (`--log-requests`) or clients who polled long ago."""

    async def poll() -> None:
        served = Served()
        others: list[Entry] = []
        served.log.add(others.append)
        served.ask(4)
        assert (await served.following.news()).last == len(others) == 4
        served.following._leave()
        served.ask(3)
        assert (await served.following.news()).last == 7

    asyncio.run(poll())


def test_waiting_ends_with_the_first_entry() -> None:

    async def poll() -> None:
        served = Served()
        asyncio.get_running_loop().call_later(0.01, served.ask)
        news = await served.following.news(0, wait=30)
        assert [each.number for each in news.entries] == [1]

    asyncio.run(poll())
