"""Which requests an open server takes, by the names that they have for it and for their page."""

from __future__ import annotations

import pytest

from jedlik.gateway.exchange import Answer, Request
from jedlik.http.own_hosts import OwnHosts
from jedlik.http.settings import LOOPBACK_ORIGINS
from tests.unit.http.conftest import StubService


def status(host: bytes | None, origin: bytes | None = None, allowed: str | None = None) -> int:
    service = StubService()
    service.answer = Answer(200, b"{}")
    hosts = OwnHosts(service, ["db.example.com", "MyMachine"], allowed or LOOPBACK_ORIGINS)
    headers = {b"host": host, b"origin": origin}
    given = {name: value for name, value in headers.items() if value is not None}
    answers: list[Answer] = []
    for _ in range(2):  # the second is answered by what was kept of the first
        hosts.submit(Request(b"POST", b"/", given, b"", b"", b"id"), answers.append)
    first, second = answers
    assert first.status == second.status
    assert len(service.requests) == (2 if first.status == 200 else 0)
    return first.status


@pytest.mark.parametrize(
    "host",
    [
        b"localhost",
        b"localhost:8000",
        b"LocalHost:8000",
        b"localhost.:8000",
        b"a.b.localhost:1",
        b"127.0.0.1:8000",
        b"192.0.2.7",
        b"[::1]:8000",
        b"[fe80::1%25eth0]:8000",
        b"db.example.com:8000",
        b"DB.example.com.",
        b"mymachine",
        b"dynamodb:8000",
        b"jedlik_db_1:8000",
        b"host.docker.internal:8000",
        b"db.default.svc.cluster.local",
        b"",
        None,
    ],
)
def test_requests_for_own_names_are_answered(host: bytes | None) -> None:
    assert status(host) == 200


@pytest.mark.parametrize(
    "host",
    [
        b"attacker.example",
        b"attacker.example:8000",
        b"127.0.0.1.attacker.example",
        b"localhost.attacker.example:8000",
        b"notlocalhost.example",
        b"db.example.com.attacker.example",
        b"xdb.example.com",
        b"localhost@attacker.example",
        b"attacker.example#localhost",
        b"attacker.example/localhost",
        b"attacker.example\xe9.localhost",
        b"a" * 60_000 + b".localhost",
        b"[attacker.example]:80",
        b".",
        b"127.0.0.1%attacker.example:8000",
        b"localhost:attacker.example",
    ],
)
def test_foreign_names(host: bytes) -> None:
    assert status(host) == 403


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (b"http://localhost:3000", 200),
        (b"https://app.localhost", 200),
        (b"http://127.0.0.1", 200),
        (b"http://[::1]:8", 200),
        (b"http://attacker.example", 403),
        (b"http://localhost.attacker.example", 403),
        (b"null", 403),
        (b"", 403),
        (b"http://192.0.2.7:8000", 403),
    ],
)
def test_which_pages_may_call(origin: bytes, expected: int) -> None:
    assert status(b"localhost:8000", origin) == expected


def test_a_configured_origin() -> None:
    assert status(b"localhost", b"https://a.example", "https://a.example") == 200
    assert status(b"localhost", b"https://b.example", "https://a.example") == 403


@pytest.mark.parametrize("allowed", [None, LOOPBACK_ORIGINS])
def test_without_a_configured_origin_no_word_for_that_is_one(allowed: str | None) -> None:
    hosts = OwnHosts(StubService(), [], allowed)
    answers: list[Answer] = []
    for origin in (b"None", b"loopback"):
        headers = {b"host": b"localhost", b"origin": origin}
        hosts.submit(Request(b"POST", b"/", headers, b"", b"", b"id"), answers.append)
    assert [answer.status for answer in answers] == [403, 403]


def test_names_are_kept_up_to_a_number_and_further_ones_answered_all_the_same() -> None:
    service = StubService()
    hosts = OwnHosts(service, [], None)
    for number in range(300):
        host = b"db%d.localhost" % number
        hosts.submit(Request(b"POST", b"/", {b"host": host}, b"", b"", b"id"), lambda _answer: None)
    assert len(service.requests) == 300
    assert len(hosts._known) == 256
