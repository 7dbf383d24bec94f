"""Which API gets which request, and the answer if none does."""

from __future__ import annotations

from functools import partial

import orjson
import pytest

from jedlik.app.apis import APIS
from jedlik.gateway.apis import ApiSpec, unsupported_service
from jedlik.gateway.exchange import Answer, Request
from jedlik.http.fallback import Fallback
from jedlik.services.dynamodb import spec as dynamodb
from jedlik.services.iam import spec as iam
from jedlik.services.kms import spec as kms
from jedlik.services.lambda_ import spec as lambda_

AMZ = b"application/x-amz-json-1.0"
FORM = b"application/x-www-form-urlencoded"


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


def api_of(one: Request) -> ApiSpec | None:
    return next((api for api in APIS if api.recognizes(one)), None)


def answer_to(one: Request, *, is_ready: bool = True) -> Answer:
    assert api_of(one) is None
    answers: list[Answer] = []
    fallback = Fallback(lambda: is_ready, partial(unsupported_service, APIS))
    fallback.submit(one, answers.append)
    (answer,) = answers
    return answer


@pytest.mark.parametrize(
    "one",
    [
        request(),
        request(content_type=b"application/json"),
        request(content_type=b"application/x-amz-json-1.0; charset=utf-8"),
        request(content_type=b"Application/JSON"),
        request(target=b"/?X-Amz-Algorithm=AWS4-HMAC-SHA256"),
        request(body=b"", content_type=None),
        request(x_amz_target=b"NoSuchService.Nothing"),
    ],
)
def test_calls_in_json_are_dynamodbs(one: Request) -> None:
    assert api_of(one) is dynamodb.API


def test_calls_of_the_key_service_have_a_version_of_json_of_their_own() -> None:
    target = b"TrentService.ListKeys"
    assert api_of(request(content_type=b"application/x-amz-json-1.1", x_amz_target=target)) is (
        kms.API
    )
    assert api_of(request(x_amz_target=target)) is dynamodb.API


@pytest.mark.parametrize("content_type", [FORM, FORM.upper() + b"; charset=utf-8"])
def test_forms_are_iams(content_type: bytes) -> None:
    assert api_of(request(content_type=content_type)) is iam.API


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
    ],
)
def test_what_names_no_operation(one: Request) -> None:
    answer = answer_to(one)
    assert answer.status == 404
    assert answer.body == b"<UnknownOperationException/>\n"


LIST_TABLES = b"DynamoDB_20120810.ListTables"


def test_a_call_at_another_path_is_answered_as_its_client_can_read() -> None:
    answer = answer_to(request(target=b"/console", x_amz_target=LIST_TABLES))
    assert answer.status == 400
    error = orjson.loads(answer.body)
    assert error["__type"].endswith("#UnknownOperationException")
    assert "is no POST to /" in error["Message"]


def test_a_call_whose_body_is_not_said_to_be_json_is_answered_with_what_is_missing() -> None:
    answer = answer_to(request(content_type=b"text/plain", x_amz_target=LIST_TABLES))
    assert answer.status == 404
    assert answer.body.startswith(b"<UnknownOperationException/>\n")
    assert b"its body is not said to be JSON" in answer.body


@pytest.mark.parametrize(
    ("host", "name"),
    [
        (b"dynamodb.us-east-1.amazonaws.com", b"dynamodb.us-east-1.amazonaws.com"),
        (b"localhost:8000", b"localhost:8000"),
        (b"[::1]:8000", b"[::1]:8000"),
        (b"", b"dynamodb.us-east-1.amazonaws.com"),
    ],
)
def test_a_health_check_names_the_host(host: bytes, name: bytes) -> None:
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


def test_a_preflight_request_is_allowed() -> None:
    answer = answer_to(request(b"OPTIONS", body=b"", origin=b"https://example.org"))
    assert (answer.status, answer.body) == (200, b"")


def test_readiness_follows_the_server() -> None:
    probe = request(b"GET", b"/ready", body=b"", content_type=None)
    assert answer_to(probe).status == 200
    assert answer_to(probe, is_ready=False).status == 503


@pytest.mark.parametrize(
    ("target", "is_function"),
    [
        (b"/2015-03-31/functions", True),
        (b"/2015-03-31/", True),
        (b"/2015-03-31", True),
        (b"/", False),
        (b"/functions", False),
        (b"/2015-03-31x/functions", False),
        (b"/1915-03-31/functions", False),
        (b"/?/2015-03-31/", False),
    ],
)
def test_paths_of_the_lambda_api(target: bytes, is_function: bool) -> None:
    assert (api_of(request(target=target)) is lambda_.API) is is_function
