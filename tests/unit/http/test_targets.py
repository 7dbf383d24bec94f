"""Requests are made ready for the APIs."""

from __future__ import annotations

import gzip

import pytest

from jedlik.gateway.exchange import Request
from jedlik.http.targets import normalize_target


def request(target: bytes = b"/", body: bytes = b"{}", **headers: bytes) -> Request:
    lines = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return Request(b"POST", target, lines, body, body, b"id")


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        (b"/", b"/"),
        (b"*", b"*"),
        (b"http://localhost:8000/", b"/"),
        (b"HTTPS://localhost", b"/"),
        (b"http://localhost/?a=b", b"/?a=b"),
        (b"/?next=http://x/", b"/?next=http://x/"),
        (b"http://h/2015-03-31/functions?x=1", b"/2015-03-31/functions?x=1"),
    ],
)
def test_a_target_with_scheme_and_host(target: bytes, seen: bytes) -> None:
    one = request(target)
    normalize_target(one)
    assert one.target == seen


def test_nothing_is_decompressed_before_the_sender_is_known() -> None:
    sent = gzip.compress(b'{"a":1}')
    one = request(body=sent, content_encoding=b"gzip")
    normalize_target(one)
    assert one.content == one.body == sent
