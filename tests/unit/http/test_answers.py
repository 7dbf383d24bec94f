"""Answers laid out as bytes: heads, checksums, codings and headers for browsers."""

from __future__ import annotations

import gzip
import zlib
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from jedlik.base.errors import ResourceNotFoundException
from jedlik.gateway.exchange import Answer, EncodedAnswer, Request
from jedlik.http.answers import AnswerWriter, error_answer, http_date
from jedlik.http.settings import HttpSettings

NOW = 1_700_000_000.0
LONG = b'{"a":"' + b"x" * 5000 + b'"}'


def request(method: bytes = b"POST", **headers: bytes) -> Request:
    lines = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    lines = {b"content-type": b"application/x-amz-json-1.0", **lines}
    return Request(method, b"/", lines, b"", b"", b"THE-ID")


def write(
    answer: Answer, to: Request, *, close: bool = False, **settings: Any
) -> tuple[list[str], dict[str, str], bytes]:
    """First line, headers and body."""
    head, _, body = (
        AnswerWriter(HttpSettings(**settings), NOW).write(answer, to, close).partition(b"\r\n\r\n")
    )
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    assert len(headers) == len(lines)
    return first.split(" ", 2), headers, body


@pytest.mark.parametrize("status", [200, 400, 413, 500, 503, 799])
@pytest.mark.parametrize("close", [True, False])
def test_every_answer_is_framed_and_checked(status: int, close: bool) -> None:
    first, headers, body = write(Answer(status, b"{}"), request(), close=close)
    assert first[:2] == ["HTTP/1.1", str(status)]
    assert body == b"{}"
    assert headers == {
        "server": "server",
        "date": "tue, 14 nov 2023 22:13:20 gmt",
        "connection": "close" if close else "keep-alive",
        "content-type": "application/x-amz-json-1.0",
        "x-amzn-requestid": "the-id",
        "x-amz-crc32": str(zlib.crc32(b"{}")),
        "content-length": "2",
    }


def test_what_is_compressed_already_is_sent_as_it_is() -> None:
    body = gzip.compress(LONG * 100, 0)
    answer = EncodedAnswer(200, body, b"text/javascript", (b"Content-Encoding: gzip",))
    _, headers, sent = write(answer, request(b"GET", accept_encoding=b"gzip"))
    assert sent == body
    assert headers["content-encoding"] == "gzip"


@given(seconds=integers(0, 253_402_300_799))
def test_dates_are_those_of_mail(seconds: int) -> None:
    assert http_date(seconds).decode() == formatdate(seconds, usegmt=True)


def test_the_date_moves() -> None:
    writer = AnswerWriter(HttpSettings(), NOW)
    writer.set_time(NOW + 1)
    for answer in (Answer(200, b"{}"), Answer(400, b"{}")):
        assert b"\r\nDate: Tue, 14 Nov 2023 22:13:21 GMT\r\n" in writer.write(
            answer, request(), False
        )


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (b"application/x-amz-json-1.0", "application/x-amz-json-1.0"),
        (b"application/json", "application/json"),
        (b"application/json; charset=utf-8", "application/json"),
        (b"text/html", "application/x-amz-json-1.0"),
    ],
)
def test_the_answer_has_the_type_of_the_request(asked: bytes, answered: str) -> None:
    assert write(Answer(200, b"{}"), request(content_type=asked))[1]["content-type"] == answered


def test_another_type_is_left_alone() -> None:
    to = request(content_type=b"application/json")
    assert write(Answer(200, b"x", b"text/plain"), to)[1]["content-type"] == "text/plain"


def test_gzip_on_demand() -> None:
    _, headers, body = write(Answer(200, LONG), request(accept_encoding=b"gzip, deflate"))
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == LONG
    assert len(body) < len(LONG) / 10
    assert headers["content-length"] == str(len(body))
    assert headers["x-amz-crc32"] == str(zlib.crc32(body))


def test_deflate_on_demand() -> None:
    _, headers, body = write(Answer(200, LONG), request(accept_encoding=b"deflate"))
    assert headers["content-encoding"] == "deflate"
    assert zlib.decompress(body) == LONG


@pytest.mark.parametrize(
    ("body", "to"),
    [
        (LONG, request()),
        (LONG, request(accept_encoding=b"identity")),
        (LONG, request(accept_encoding=b"br")),
        (b"x" * 999, request(accept_encoding=b"gzip")),
    ],
)
def test_no_compression_unasked_or_of_little(body: bytes, to: Request) -> None:
    _, headers, sent = write(Answer(200, body), to, compress_from=1000)
    assert sent == body
    assert "content-encoding" not in headers


def test_head_has_the_length_and_no_body() -> None:
    _, headers, body = write(Answer(404, b"gone"), request(b"HEAD"))
    assert headers["content-length"] == "4"
    assert body == b""


@pytest.mark.parametrize(
    "origin",
    [
        b"http://localhost",
        b"http://localhost:3000",
        b"https://LOCALHOST:3000",
        b"http://app.localhost:3000",
        b"http://127.0.0.1:5173",
        b"http://[::1]:8080",
    ],
)
def test_pages_of_this_machine_may_read_an_answer(origin: bytes) -> None:
    _, headers, _ = write(Answer(200, b"{}"), request(origin=origin))
    assert headers["access-control-allow-origin"] == origin.decode().lower()
    assert "x-amz-crc32" in headers["access-control-expose-headers"]
    assert "access-control-max-age" not in headers


@pytest.mark.parametrize(
    "origin",
    [
        b"https://example.org",
        b"null",
        b"http://localhost.example.org",
        b"http://notlocalhost",
        b"http://127.0.0.1.example.org",
        b"http://example.org:127.0.0.1",
        b"",
    ],
)
def test_pages_of_other_origins_may_not(origin: bytes) -> None:
    for method in (b"POST", b"OPTIONS"):
        headers = write(Answer(200, b"{}"), request(method, origin=origin))[1]
        assert not any(name.startswith("access-control") for name in headers)


def test_a_preflight_answer_allows_what_was_asked() -> None:
    to = request(
        b"OPTIONS",
        origin=b"http://localhost:3000",
        access_control_request_headers=b"authorization,x-amz-target",
        access_control_request_method=b"POST",
    )
    _, headers, body = write(Answer(200, b"", b""), to)
    assert headers["access-control-allow-headers"] == "authorization,x-amz-target"
    assert headers["access-control-allow-methods"] == "post"
    assert headers["access-control-max-age"] == "172800"
    assert headers["content-length"] == "0"
    assert "content-type" not in headers
    assert body == b""


def test_no_word_to_browsers_where_none_is_wanted() -> None:
    for method in (b"POST", b"OPTIONS"):
        to = request(method, origin=b"https://example.org")
        headers = write(Answer(200, b"{}"), to, cors_origin=None)[1]
        assert not any(name.startswith("access-control") for name in headers)
    headers = write(Answer(200, b"{}"), request(origin=b"x"), cors_origin="https://a.example")[1]
    assert headers["access-control-allow-origin"] == "https://a.example"
    assert not any(
        name.startswith("access-control") for name in write(Answer(200, b"{}"), request())[1]
    )


def test_a_refusal_in_the_form_of_the_service() -> None:
    answer = error_answer(ResourceNotFoundException("No “such” table"))
    assert answer.status == 400
    assert answer.body.decode() == (
        '{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",'
        '"message":"No “such” table"}'
    )
