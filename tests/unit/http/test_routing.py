"""Requests are made ready for the APIs: those of the usual form need nothing."""

from __future__ import annotations

import gzip

import pytest

from jedlik.gateway.exchange import Request
from jedlik.http.routing import is_plain_call, prepare

AMZ = b"application/x-amz-json-1.0"
LIMIT = 1000


def request(body: bytes = b"{}", content_type: bytes = AMZ, **headers: bytes) -> Request:
    lines = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    lines[b"content-type"] = content_type
    return Request(b"POST", b"/", lines, body, body, b"id")


def test_a_plain_call_needs_nothing() -> None:
    assert is_plain_call(request())


@pytest.mark.parametrize(
    "one",
    [
        request(content_type=b"application/json"),
        request(content_type=b"application/x-amz-json-1.0; charset=utf-8"),
        request(content_encoding=b"identity"),
    ],
)
def test_other_forms(one: Request) -> None:
    assert not is_plain_call(one)
    assert prepare(one, LIMIT) is None


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        (b"http://localhost:8000/", b"/"),
        (b"HTTPS://localhost", b"/"),
        (b"http://localhost/?a=b", b"/?a=b"),
        (b"/?next=http://x/", b"/?next=http://x/"),
        (b"http://h/2015-03-31/functions?x=1", b"/2015-03-31/functions?x=1"),
    ],
)
def test_a_target_with_scheme_and_host(target: bytes, seen: bytes) -> None:
    one = request()
    one.target = target
    assert prepare(one, LIMIT) is None
    assert one.target == seen


def test_a_compressed_body_is_decoded_for_the_service_and_kept_for_the_signature() -> None:
    sent = gzip.compress(b'{"a":1}')
    one = request(sent, content_encoding=b"gzip")
    assert not is_plain_call(one)
    assert prepare(one, LIMIT) is None
    assert one.content == b'{"a":1}'
    assert one.body == sent


def test_a_body_that_is_not_compressed_as_it_says() -> None:
    answer = prepare(request(content_encoding=b"gzip"), LIMIT)
    assert answer is not None
    assert answer.status == 400
    assert b"#MalformedHttpRequestException" in answer.body


def test_a_compressed_body_that_is_too_large() -> None:
    answer = prepare(request(gzip.compress(b"x" * (LIMIT + 1)), content_encoding=b"gzip"), LIMIT)
    assert answer is not None
    assert answer.status == 413
