"""The way to the pages: what is served, redirected and passed on."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest

from jedlik.console.mode import ConsoleMode
from jedlik.console.models import Modelling, ModelPages
from jedlik.console.router import ConsoleRouter, Facts
from jedlik.console.traffic import TrafficPages, Watching
from jedlik.gateway.exchange import (
    AccessPoint,
    Answer,
    EncodedAnswer,
    HeadedAnswer,
    Reply,
    Request,
)
from jedlik.modelling import workshop

MODELS = ModelPages(lambda: Modelling(workshop.example, workshop.report), checks=True)


def no_one_watches() -> Watching:
    raise AssertionError("nothing was asked for")


TRAFFIC = TrafficPages(no_one_watches)
ELSEWHERE = Answer(404, b"elsewhere", b"text/plain")


class Others:
    def submit(self, _request: Request, reply: Reply) -> None:
        reply(ELSEWHERE)


def router(mode: ConsoleMode = "on") -> ConsoleRouter:
    return ConsoleRouter(
        Facts(mode, "eu-west-1", (), signed=True, functions=False), MODELS, TRAFFIC, Others()
    )


def ask(
    at: ConsoleRouter, target: bytes, method: bytes = b"GET", point: AccessPoint | None = None,
    **headers: bytes,
) -> Answer:  # fmt: skip
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    answers: list[Answer] = []
    at.submit(Request(method, target, named, b"", b"", b"ID", point=point), answers.append)
    (answer,) = answers
    return answer


@pytest.mark.parametrize("target", [b"/console", b"/console/", b"/console/t/A/items?pk=%2F..%2F"])
def test_every_address_below_is_the_page(target: bytes) -> None:
    answer = ask(router(), target)
    assert answer.status == 200
    assert answer.content_type.startswith(b"text/html")
    assert isinstance(answer, HeadedAnswer)
    assert b"Cache-Control: no-cache" in answer.headers


PAGE = b"text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.mark.parametrize("target", [b"/", b"/shell", b"/shell/"])
def test_a_browser_at_the_root_or_at_dynamodb_local_s_shell_is_led_to_the_page(
    target: bytes,
) -> None:
    answer = ask(router(), target, accept=PAGE)
    assert answer.status == 302
    assert isinstance(answer, HeadedAnswer)
    assert b"Location: /console" in answer.headers


@pytest.mark.parametrize(
    ("mode", "target", "method", "accept"),
    [
        ("off", b"/", b"GET", PAGE),
        ("on", b"/", b"GET", b"*/*"),
        ("on", b"/", b"POST", PAGE),
        ("on", b"/?Action=ListUsers", b"GET", PAGE),
        ("on", b"/ping", b"GET", PAGE),
        ("on", b"/shell/", b"GET", b"*/*"),
    ],
)
def test_every_other_request_of_the_root_is_answered_as_by_the_service(
    mode: ConsoleMode, target: bytes, method: bytes, accept: bytes
) -> None:
    assert ask(router(mode), target, method, accept=accept) is ELSEWHERE


def test_a_page_is_sent_in_the_coding_that_the_browser_takes() -> None:
    answer = ask(router(), b"/console", accept_encoding=b"gzip")
    assert isinstance(answer, EncodedAnswer)
    assert b"Content-Encoding: gzip" in answer.headers
    assert b"Vary: Accept-Encoding" in answer.headers
    assert gzip.decompress(answer.body) == ask(router(), b"/console").body


@pytest.mark.parametrize("target", [b"/", b"/consoles", b"/Console", b"/x/console"])
def test_requests_for_other_paths_are_passed_on(target: bytes) -> None:
    assert ask(router(), target) is ELSEWHERE


def test_there_is_none_where_it_is_off_or_behind_an_access_point() -> None:
    assert ask(router("off"), b"/console") is ELSEWHERE
    assert ask(router(), b"/console", point=AccessPoint(None, "vpce-1")) is ELSEWHERE


def test_where_it_is_off_a_browser_gets_a_text_that_says_so() -> None:
    answer = ask(router("off"), b"/console", accept=PAGE)
    assert (answer.status, answer.content_type) == (404, b"text/plain")
    assert b"--console on" in answer.body
    assert ask(router("off"), b"/console/config.json", accept=b"*/*") is ELSEWHERE
    assert ask(router("off"), b"/console", b"POST", accept=PAGE) is ELSEWHERE


def test_a_file_is_kept_for_ever_under_its_digest_and_asked_for_again_under_another() -> None:
    at = router()
    page = ask(at, b"/console").body.decode()
    address = page.split('src="')[1].split('"')[0]
    answer = ask(at, address.encode())
    assert answer.status == 200
    assert isinstance(answer, HeadedAnswer)
    assert any(b"immutable" in line for line in answer.headers)
    old = ask(at, b"/console/static/0123/app/main.js")
    assert old.body == answer.body
    assert isinstance(old, HeadedAnswer)
    assert not any(b"immutable" in line for line in old.headers)


def test_what_a_browser_has_is_not_sent_again() -> None:
    at = router()
    answer = ask(at, b"/console")
    assert isinstance(answer, HeadedAnswer)
    tag = next(line for line in answer.headers if line.startswith(b"ETag"))[6:]
    again = ask(at, b"/console", if_none_match=tag)
    assert (again.status, again.body) == (304, b"")
    assert ask(at, b"/console", if_none_match=b'W/"other"').status == 200


@pytest.mark.parametrize("name", ["x", "../router.py", "..%2Frouter.py", "app", "", "index.html"])
def test_what_is_no_file_is_not_found(name: str) -> None:
    assert ask(router(), f"/console/static/0123/{name}".encode()).status == 404


def test_the_facts_are_not_kept() -> None:
    answer = ask(router("read-only"), b"/console/config.json")
    facts = orjson.loads(answer.body)
    assert facts.pop("version")
    assert facts == {
        "mode": "read-only",
        "region": "eu-west-1",
        "regions": [],
        "signed": True,
        "functions": False,
    }
    assert isinstance(answer, HeadedAnswer)
    assert b"Cache-Control: no-store" in answer.headers


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"DELETE", b"OPTIONS"])
def test_pages_can_only_be_read(method: bytes) -> None:
    answer = ask(router(), b"/console", method)
    assert answer.status == 405
    assert isinstance(answer, HeadedAnswer)
    assert b"Allow: GET, HEAD" in answer.headers


def test_a_call_by_a_client_with_the_page_as_its_endpoint_is_passed_on() -> None:
    target = b"DynamoDB_20120810.ListTables"
    assert ask(router(), b"/console", b"POST", x_amz_target=target) is ELSEWHERE


def test_every_answer_says_what_a_browser_may_do_with_it() -> None:
    at = router()
    for target in (b"/console", b"/console/config.json", b"/console/static/1/x", b"/console/t/A"):
        answer = ask(at, target)
        assert isinstance(answer, HeadedAnswer)
        (policy,) = [line for line in answer.headers if line.startswith(b"Content-Security-Policy")]
        assert b"default-src 'none'" in policy
        assert b"unsafe" not in policy
        assert b"frame-ancestors 'none'" in policy
        assert b"X-Content-Type-Options: nosniff" in answer.headers


@pytest.mark.parametrize("path", [b"/config.json", b"/traffic/advice", b"/models/shop.json"])
def test_what_pages_ask_for_is_for_the_consoles_own(path: bytes) -> None:
    target = b"/console" + path
    assert ask(router(), target, sec_fetch_site=b"cross-site").status == 403
    assert ask(router(), target, sec_fetch_site=b"same-site").status == 403
    assert ask(router(), b"/console", sec_fetch_site=b"cross-site").status == 200  # a link to it
    own = ask(router(), b"/console/models/shop.json", sec_fetch_site=b"same-origin")
    assert own.status == 200


def test_what_has_a_part_of_its_own_is_not_the_page() -> None:
    asked: list[tuple[str, bytes]] = []

    class Models:
        def submit(self, _request: Request, name: str, reply: Reply) -> None:
            asked.append(("models", name.encode()))
            reply(Answer(200, b"{}"))

    class Traffic:
        def submit(self, request: Request, reply: Reply) -> None:
            asked.append(("traffic", request.target))
            reply(Answer(200, b"{}"))

    facts = Facts("on", "eu-west-1", (), signed=True, functions=False)
    parts: Any = (Models(), Traffic())
    at = ConsoleRouter(facts, *parts, Others())
    assert ask(at, b"/console/models/shop.json?x").body == b"{}"
    assert ask(at, b"/console/traffic/requests?after=1").body == b"{}"
    assert asked == [("models", b"shop.json"), ("traffic", b"/console/traffic/requests?after=1")]
