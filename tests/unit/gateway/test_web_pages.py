"""Which requests come from web pages, and from which."""

from __future__ import annotations

import pytest

from jedlik.gateway.exchange import Request
from jedlik.gateway.web_pages import is_from_browser, is_from_other_page

HOST = b"127.0.0.1:8000"
OWN = b"http://127.0.0.1:8000"


def request(*, secure: bool = False, **headers: bytes) -> Request:
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return Request(b"POST", b"/", {b"host": HOST, **named}, b"", b"", b"ID", secure=secure)


@pytest.mark.parametrize(
    ("header", "expected"),
    [("origin", True), ("sec_fetch_site", True), ("sec_fetch_mode", False), ("accept", False)],
)
def test_what_a_browser_sends_for_a_page(header: str, expected: bool) -> None:
    assert is_from_browser(request(**{header: b"x"})) is expected


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": OWN},
        {"origin": OWN, "sec_fetch_site": b"same-origin"},
        {"sec_fetch_site": b"same-origin", "sec_fetch_mode": b"cors"},
        {"sec_fetch_mode": b"cors"},  # fetch in Node.js
    ],
)
def test_other_programs_and_the_servers_own_pages(headers: dict[str, bytes]) -> None:
    assert not is_from_other_page(request(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": b"http://localhost:8000"},
        {"origin": b"http://127.0.0.1:3000"},
        {"origin": b"http://127.0.0.1"},
        {"origin": b"https://127.0.0.1:8000"},
        {"origin": b"null"},
        {"origin": b""},
        {"origin": OWN, "sec_fetch_site": b"same-site"},
        {"origin": OWN, "sec_fetch_site": b"none"},
        {"sec_fetch_site": b"cross-site"},
        {"sec_fetch_site": b"none"},
        {"origin": b"http://x.example", "sec_fetch_site": b"same-origin"},
    ],
)
def test_pages_of_others(headers: dict[str, bytes]) -> None:
    assert is_from_other_page(request(**headers))


def test_over_tls_a_page_of_the_same_server_came_over_tls() -> None:
    assert is_from_other_page(request(secure=True, origin=OWN))
    assert not is_from_other_page(request(secure=True, origin=b"https://127.0.0.1:8000"))
