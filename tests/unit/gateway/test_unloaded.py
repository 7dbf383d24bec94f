"""An API that cannot be loaded answers in its caller's protocol, as botocore reads it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.session import Session

from jedlik.gateway.exchange import HeadedAnswer, Request
from jedlik.gateway.unloaded import failed

FORM = {b"content-type": b"application/x-www-form-urlencoded"}
SHOWN = "The request processing has failed because of an unknown error."


@pytest.mark.parametrize(
    ("protocol", "service", "headers", "media_type"),
    [
        ("query", "sts", FORM, b"text/xml"),
        ("query", "iam", FORM, b"text/xml"),
        (
            "smithy-rpc-v2-cbor",
            "cloudwatch",
            {b"smithy-protocol": b"rpc-v2-cbor"},
            b"application/cbor",
        ),
        ("json", "kms", {b"x-amz-target": b"TrentService.Encrypt"}, b"application/x-amz-json-1.0"),
        ("rest-json", "lambda", {}, b"application/x-amz-json-1.0"),
    ],
)
def test_an_api_that_cannot_be_loaded_answers_in_its_protocol(
    protocol: str, service: str, headers: dict[bytes, bytes], media_type: bytes
) -> None:
    request = Request(b"POST", b"/", headers, b"", b"", b"the-id")
    answer = failed(OSError("too many open files"), request)
    assert (answer.status, answer.content_type) == (500, media_type)
    names = [line.split(b": ") for line in getattr(answer, "headers", ())]
    assert isinstance(answer, HeadedAnswer) == bool(names)
    model = Session().get_service_model(service)
    shape = model.operation_model(model.operation_names[0]).output_shape
    response: dict[str, Any] = {
        "status_code": answer.status,
        "headers": {name.decode(): value.decode() for name, value in names},
        "body": answer.body,
    }
    error = create_parser(protocol).parse(response, shape)["Error"]
    assert error["Code"] == ("InternalFailure" if headers is FORM else "InternalServerError")
    assert error["Message"] == SHOWN
    if media_type == b"text/xml":
        assert b"<RequestId>the-id</RequestId>" in answer.body
