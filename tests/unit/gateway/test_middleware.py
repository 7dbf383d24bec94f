"""Layers in front of an API that are added and removed while it serves."""

from __future__ import annotations

from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.gateway.middleware import Layered, Middleware

REQUEST = Request(b"POST", b"/", {}, b"", b"", b"id")


class Plain:
    def submit(self, _request: Request, reply: Reply) -> None:
        reply(Answer(200, b"api"))


def marking(mark: bytes) -> Middleware:
    class Marking:
        def __init__(self, api: Plain) -> None:
            self._api = api

        def submit(self, request: Request, reply: Reply) -> None:
            self._api.submit(request, lambda answer: reply(Answer(200, mark + answer.body)))

    return Marking  # type: ignore[return-value]


def ask(layered: Layered) -> bytes:
    answers: list[Answer] = []
    layered.submit(REQUEST, answers.append)
    return answers[0].body


def test_without_middleware_it_is_the_api_itself() -> None:
    api = Plain()
    layered = Layered(api)
    assert layered.submit == api.submit
    inner = marking(b"x")
    layered.put(inner, 1)
    assert layered.submit != api.submit
    layered.take(inner)
    assert layered.submit == api.submit


def test_middleware_is_ordered_by_its_number() -> None:
    layered = Layered(Plain())
    second, first = marking(b"2"), marking(b"1")
    layered.put(second, 20)
    layered.put(first, 10)
    assert ask(layered) == b"12api"
    layered.take(second)
    assert ask(layered) == b"1api"
