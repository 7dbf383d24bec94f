"""Which data has very many requests, and that it is received in turns."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from jedlik.http.many_requests import A_TURN, are_many
from tests.unit.http.calls import call
from tests.unit.http.conftest import Front

REQUEST = b"POST / HTTP/1.1\r\nHost: a\r\n\r\n"


def test_many_are_more_than_come_together_anyway() -> None:
    assert are_many(REQUEST * 100)
    assert not are_many(REQUEST * 20)
    assert not are_many(REQUEST + b"x" * 100 * A_TURN)


def test_a_turn_has_room_for_several() -> None:
    assert 100 * len(REQUEST) < A_TURN


def test_very_many_requests_are_received_in_turns(front: Front) -> None:
    async def receive() -> list[int]:
        front.send(call(b"x") * 2000)
        answered = [len(front.answers())]
        while len(answered) == 1 or not front.transport.reading:
            await asyncio.sleep(0)
            answered.append(len(front.answers()))
        return answered

    answered = asyncio.run(receive())
    assert answered[-1] == 2000
    assert all(after - before < 200 for before, after in pairwise([0, *answered]))
    front.send(call(b"y"))
    assert front.answers()[-1].body == b"y"


def test_a_client_that_goes_in_between_is_answered_no_more(front: Front) -> None:
    async def receive() -> None:
        front.send(call(b"x") * 2000)
        front.connection.connection_lost(None)
        before = len(front.service.requests)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(front.service.requests) == before

    asyncio.run(receive())


def test_many_requests_end_where_one_is_refused(front: Front) -> None:
    async def receive() -> None:
        front.send(call(b"x") * 200 + b"BROKEN\r\n\r\n" + call(b"y") * 2000)
        for _ in range(100):
            await asyncio.sleep(0)

    asyncio.run(receive())
    assert [request.content for request in front.service.requests] == [b"x"] * 200
    assert front.answers()[-1].status == 400
