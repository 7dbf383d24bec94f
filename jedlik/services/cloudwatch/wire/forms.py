"""The query protocol: forms in, XML out."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import Any, Final

from jedlik.base import errors as base
from jedlik.base.errors import SerializationException, ServiceError
from jedlik.gateway.exchange import Answer, Request
from jedlik.services.cloudwatch.errors import query_code_of
from jedlik.services.cloudwatch.wire.protocol import Entries, Members
from jedlik.services.cloudwatch.wire.typed import typed
from jedlik.services.iam.errors import InvalidInput
from jedlik.services.iam.query_protocol import read_form

XML: Final = b"text/xml"
NAMESPACE: Final = "http://monitoring.amazonaws.com/doc/2010-08-01/"
_DATE: Final = "%Y-%m-%dT%H:%M:%SZ"
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
# XML 1.0, 2.2: what no document may contain, escaped or not.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORBIDDEN_TO_CALLERS: Final = (
    base.AccessDeniedException,
    base.ExpiredTokenException,
    base.IncompleteSignatureException,
    base.InvalidSignatureException,
    base.MissingAuthenticationTokenException,
    base.UnrecognizedClientException,
)
"""Errors with status 403 in the query protocol ("Common Errors", CloudWatch API reference)."""


class Forms:
    """AWS query protocol."""

    def operation(self, request: Request) -> str:
        return str(_fields(request).get("Action", ""))

    def read(self, request: Request, shape: str) -> Any:
        return typed(_fields(request), shape)

    def success(self, operation: str, members: Members | None, request: Request) -> Answer:
        result = ""
        if members is not None:
            result = f"<{operation}Result>{_members(members)}</{operation}Result>"
        body = (
            f'<{operation}Response xmlns="{NAMESPACE}">{result}<ResponseMetadata><RequestId>'
            f"{request.request_id.decode()}</RequestId></ResponseMetadata></{operation}Response>"
        )
        return Answer(200, body.encode(), XML)

    def failure(self, error: ServiceError, request: Request) -> Answer:
        fault = "Sender" if error.status < 500 else "Receiver"
        body = (
            f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{fault}</Type>'
            f"<Code>{query_code_of(error)}</Code><Message>{_escaped(error.message)}</Message>"
            f"</Error><RequestId>{request.request_id.decode()}</RequestId></ErrorResponse>"
        )
        status = 403 if isinstance(error, _FORBIDDEN_TO_CALLERS) else error.status
        return Answer(status, body.encode(), XML)


def _fields(request: Request) -> dict[str, Any]:
    try:
        return read_form(request.content)
    except InvalidInput as error:
        raise SerializationException(error.message) from None


def _members(members: Members) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in members.items())


def _value(value: Any) -> str:
    match value:
        case Entries():
            pairs = ({"key": key, "value": each} for key, each in value.items())
            return "".join(f"<entry>{_members(pair)}</entry>" for pair in pairs)
        case dict():
            return _members(value)
        case list() | tuple():
            return "".join(f"<member>{_value(each)}</member>" for each in value)
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.strftime(_DATE)
        case bytes():
            return base64.b64encode(value).decode("ascii")
    return _escaped(str(value))


def _escaped(text: str) -> str:
    text = _FORBIDDEN.sub("\ufffd", text)
    return "".join(_ESCAPES.get(char, char) for char in text)
