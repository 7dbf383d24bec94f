"""JSON 1.0, the operation in the header x-amz-target."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any, Final

import orjson

from jedlik.base.errors import RequestEntityTooLargeException, SerializationException, ServiceError
from jedlik.gateway.exchange import Answer, HeadedAnswer, Request
from jedlik.gateway.protocols import AMZ_JSON
from jedlik.services.cloudwatch.errors import query_code_of
from jedlik.services.cloudwatch.wire.protocol import Members

MAX_COMMAS: Final = 500_000
"""A body of 1 MB may be decompressed to 16 MB, which may be millions of values that the parser
makes in one step. 1,000 data with 150 values, their counts and 30 dimensions have fewer commas."""
QUERY_ERROR: Final = b"x-amzn-query-error: %b;%b"


def query_error(error: ServiceError) -> bytes:
    """The header with an error's name in the query protocol, and the party at fault."""
    fault = b"Sender" if error.status < 500 else b"Receiver"
    return QUERY_ERROR % (query_code_of(error).encode(), fault)


class AmzJson:
    """AWS JSON 1.0 protocol, compatible with query ("awsQueryCompatible" in the model)."""

    def operation(self, request: Request) -> str:
        return request.headers[b"x-amz-target"].decode("latin-1").partition(".")[2]

    def read(self, request: Request, _shape: str) -> Any:
        if request.content.count(b",") > MAX_COMMAS:
            raise RequestEntityTooLargeException
        try:
            return orjson.loads(request.content)
        except orjson.JSONDecodeError:
            raise SerializationException from None

    def success(self, _operation: str, members: Members | None, _request: Request) -> Answer:
        body = orjson.dumps(members or {}, _as_json, orjson.OPT_PASSTHROUGH_DATETIME)
        return Answer(200, body, AMZ_JSON)

    def failure(self, error: ServiceError, _request: Request) -> Answer:
        return HeadedAnswer(
            error.status, orjson.dumps(error.body()), AMZ_JSON, (query_error(error),)
        )


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(type(value))
