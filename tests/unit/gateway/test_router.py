"""The router: each request to the first API that recognizes it, made at its first request."""

from __future__ import annotations

from typing import Any

from jedlik.gateway.apis import ApiSpec
from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.gateway.router import ApiRouter


class Named:
    """An API that answers with its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def submit(self, _request: Request, reply: Reply) -> None:
        reply(Answer(200, self.name.encode()))


class Routed:
    """A router of two APIs and what it made."""

    def __init__(self) -> None:
        self.made: list[str] = []
        parts: Any = None
        self._router: ApiRouter[Any] = ApiRouter(
            (self._api("first"), self._api("second")), parts, Named("none")
        )

    def _api(self, name: str) -> ApiSpec[Any]:
        def make(_parts: Any) -> Named:
            self.made.append(name)
            return Named(name)

        prefix = name.encode()
        return ApiSpec(
            (name,), (name,), lambda one: one.headers[b"x-amz-target"].startswith(prefix), make
        )

    def remembered(self) -> set[bytes]:
        return {target for target, _ in self._router._by_target._entries}

    def ask(self, target: bytes, path: bytes = b"/") -> bytes:
        answers: list[Answer] = []
        headers = {b"x-amz-target": target}
        self._router.submit(Request(b"POST", path, headers, b"", b"", b"id"), answers.append)
        (answer,) = answers
        return answer.body


def test_a_request_goes_to_its_api_and_apis_are_made_once_when_needed() -> None:
    router = Routed()
    assert router.made == []
    for _ in range(3):
        assert router.ask(b"second.A") == b"second"
    assert router.made == ["second"]
    assert router.ask(b"first.A") == b"first"
    assert router.ask(b"other.A") == b"none"
    assert router.made == ["second", "first"]


def test_what_clients_send_does_not_make_it_grow() -> None:
    router = Routed()
    for number in range(3000):
        assert router.ask(b"first.%d" % number) == b"first"
    assert len(router._router._by_target) <= 1024  # there is no other way to see it


def test_what_is_remembered_of_a_target_holds_for_its_media_type_alone() -> None:
    router: ApiRouter[Any] = ApiRouter(
        (
            ApiSpec(
                ("json",),
                ("json",),
                lambda one: one.headers.get(b"content-type") == b"json",
                lambda _parts: Named("json"),
            ),
        ),
        None,  # type: ignore[arg-type]
        Named("none"),
    )
    answers: list[Answer] = []
    for media_type in (b"json", b"text", b"json"):
        headers = {b"x-amz-target": b"A.B", b"content-type": media_type}
        router.submit(Request(b"POST", b"/", headers, b"", b"", b"id"), answers.append)
    assert [answer.body for answer in answers] == [b"json", b"none", b"json"]


def test_targets_that_strangers_make_up_are_not_all_remembered() -> None:
    router = Routed()
    made_up = b"second." + b"x" * 60_000
    for number in range(100):
        router.ask(made_up + str(number).encode())
    remembered = router.remembered()
    assert 1 < len(remembered) < 10
    assert made_up + b"99" in remembered
    assert router.ask(b"first.A") == b"first"
    assert b"first.A" in router.remembered(), "there is always room for the usual ones"
