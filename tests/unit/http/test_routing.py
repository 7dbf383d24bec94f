"""What goes on to the service, and what the front door answers itself."""

from __future__ import annotations

import gzip

import pytest

from jedlik.gateway.exchange import Answer, Request
from jedlik.http.routing import is_plain_call, is_query_call, is_rest_call, route

AMZ = b"application/x-amz-json-1.0"
LIMIT = 1000


def request(
    method: bytes = b"POST",
    target: bytes = b"/",
    body: bytes = b"{}",
    content_type: bytes | None = AMZ,
    **headers: bytes,
) -> Request:
    lines = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    lines.setdefault(b"host", b"localhost:8000")
    if content_type is not None:
        lines[b"content-type"] = content_type
    return Request(method, target, lines, body, body, b"id")


def answer_to(one: Request) -> Answer:
    assert not is_plain_call(one)
    answer = route(one, LIMIT)
    assert answer is not None
    return answer


def test_an_api_call_goes_to_the_service() -> None:
    assert is_plain_call(request())
    assert route(request(), LIMIT) is None


@pytest.mark.parametrize(
    "one",
    [
        request(content_type=b"application/json"),
        request(content_type=b"application/x-amz-json-1.0; charset=utf-8"),
        request(content_type=b"Application/JSON"),
        request(target=b"/?X-Amz-Algorithm=AWS4-HMAC-SHA256"),
        request(body=b"", content_type=None),
        request(content_encoding=b"identity"),
    ],
)
def test_other_forms_that_go_to_the_service(one: Request) -> None:
    assert not is_plain_call(one)
    assert route(one, LIMIT) is None


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        (b"http://localhost:8000/", b"/"),
        (b"HTTPS://localhost", b"/"),
        (b"http://localhost/?a=b", b"/?a=b"),
        (b"/?next=http://x/", b"/?next=http://x/"),
    ],
)
def test_a_target_with_scheme_and_host(target: bytes, seen: bytes) -> None:
    one = request(target=target)
    assert route(one, LIMIT) is None
    assert one.target == seen


@pytest.mark.parametrize(
    "one",
    [
        request(b"PUT"),
        request(b"DELETE"),
        request(b"HEAD", body=b""),
        request(b"OPTIONS", body=b""),
        request(b"GET", b"/table", body=b""),
        request(b"GET", b"/?Action=GetCallerIdentity&Version=2011-06-15", body=b""),
        request(b"GET", b"/?Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256", body=b""),
        request(target=b"/table"),
        request(target=b"*"),
        request(content_type=None),
        request(content_type=b"text/plain"),
        request(content_type=b"application/x-amz-json-1.1"),
        request(target=b"/table", content_type=b"application/x-www-form-urlencoded"),
        request(target=b"http://localhost:8000/table"),
    ],
)
def test_what_names_no_operation(one: Request) -> None:
    answer = answer_to(one)
    assert answer.status == 404
    assert answer.body == b"<UnknownOperationException/>\n"


@pytest.mark.parametrize(
    ("host", "name"),
    [
        (b"dynamodb.us-east-1.amazonaws.com", b"dynamodb.us-east-1.amazonaws.com"),
        (b"localhost:8000", b"localhost"),
        (b"[::1]:8000", b"[::1]"),
        (b"", b"dynamodb.us-east-1.amazonaws.com"),
    ],
)
def test_health(host: bytes, name: bytes) -> None:
    answer = answer_to(request(b"GET", body=b"", content_type=None, host=host))
    assert (answer.status, answer.content_type) == (200, b"text/plain")
    assert answer.body == b"healthy: " + name + b" "


@pytest.mark.parametrize("target", [b"/?", b"/?probe=1", b"/ping?NoAction=1"])
def test_health_with_a_query(target: bytes) -> None:
    answer = answer_to(request(b"GET", target, body=b"", content_type=None))
    assert answer.body.startswith(b"healthy: ")


def signed_for(service: bytes) -> bytes:
    return b"AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/%b/aws4_request" % service


@pytest.mark.parametrize(
    ("one", "content_type"),
    [
        (request(b"GET", body=b"", content_type=None, authorization=signed_for(b"s3")), b"xml"),
        (request(b"PUT", b"/bucket", content_type=None, authorization=signed_for(b"s3")), b"xml"),
        (
            request(content_type=b"application/x-amz-json-1.1", authorization=signed_for(b"logs")),
            b"json",
        ),
    ],
)
def test_a_service_that_is_not_here(one: Request, content_type: bytes) -> None:
    answer = answer_to(one)
    assert answer.status in (400, 404)
    assert content_type in answer.content_type
    assert b"Jedlik has no " in answer.body


@pytest.mark.parametrize("service", [b"dynamodb", b"iam", b"sts", b"kms", b"lambda", b"<x>"])
def test_services_that_are_here_are_answered_as_ever(service: bytes) -> None:
    header = signed_for(service)
    answer = answer_to(request(b"GET", body=b"", content_type=None, authorization=header))
    assert answer.body.startswith(b"healthy: ")
    answer = answer_to(request(b"PUT", authorization=header))
    assert answer.body == b"<UnknownOperationException/>\n"


def test_preflight() -> None:
    answer = answer_to(request(b"OPTIONS", body=b"", origin=b"https://example.org"))
    assert (answer.status, answer.body) == (200, b"")


def test_a_compressed_body_is_decoded_for_the_service_and_kept_for_the_signature() -> None:
    sent = gzip.compress(b'{"a":1}')
    one = request(body=sent, content_encoding=b"gzip")
    assert not is_plain_call(one)
    assert route(one, LIMIT) is None
    assert one.content == b'{"a":1}'
    assert one.body == sent


def test_a_body_that_is_not_compressed_as_it_says() -> None:
    answer = answer_to(request(content_encoding=b"gzip"))
    assert answer.status == 400
    assert b"#MalformedHttpRequestException" in answer.body


def test_a_compressed_body_that_is_too_large() -> None:
    one = request(body=gzip.compress(b"x" * (LIMIT + 1)), content_encoding=b"gzip")
    answer = answer_to(one)
    assert answer.status == 413


@pytest.mark.parametrize(
    ("target", "rest"),
    [
        (b"/2015-03-31/functions", True),
        (b"/2015-03-31/", True),
        (b"/2015-03-31", True),
        (b"http://h/2015-03-31/functions?x=1", True),
        (b"/", False),
        (b"/functions", False),
        (b"/2015-03-31x/functions", False),
        (b"/1915-03-31/functions", False),
        (b"/?/2015-03-31/", False),
    ],
)
def test_paths_of_the_lambda_api(target, rest):
    assert is_rest_call(request(target=target)) is rest


@pytest.mark.parametrize(
    ("content_type", "is_form"),
    [
        (b"application/x-www-form-urlencoded", True),
        (b"Application/X-WWW-Form-Urlencoded; charset=utf-8", True),
        (b"application/x-amz-json-1.0", False),
        (None, False),
    ],
)
def test_forms_go_to_the_services_of_the_query_protocol(
    content_type: bytes | None, is_form: bool
) -> None:
    one = request(content_type=content_type)
    assert is_query_call(one) is is_form
    if is_form:
        assert route(one, LIMIT) is None
