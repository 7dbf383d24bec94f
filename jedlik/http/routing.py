"""What a request asks of the front door itself; only API calls go on to the service.

The service's endpoint has one path, and one method that does something. Everything else it answers
before it looks at the target: a health check, browsers' preflight requests, what is meant
for a service that is not here, and for the rest a 404 that names no operation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from jedlik.base.errors import ServiceError, UnknownOperationException
from jedlik.gateway import other_services
from jedlik.gateway.exchange import Answer, Request
from jedlik.http.answers import AMZ_JSON, AMZ_JSON_1_1, JSON, error_answer
from jedlik.http.codings import decode

FORM: Final = b"application/x-www-form-urlencoded"

_PLAIN: Final = b"text/plain"
_HEALTH_PATHS: Final = (b"/", b"/ping", b"/healthcheck")
_READY_PATH: Final = b"/ready"
"""Not the service's: for load balancers. The paths above tell that the process is alive, this one
that it can answer."""
_DEFAULT_HOST: Final = b"dynamodb.us-east-1.amazonaws.com"
_DATED: Final = re.compile(rb"/20[0-9]{2}-[0-9]{2}-[0-9]{2}(/|\Z)").match
"""What paths of the Lambda API begin with, and no other's."""
_CALLS: Final = re.compile(rb"(?:^|&)(?:Action|X-Amz-Algorithm)=").search
"""Whether a query is a call of IAM or STS, or a signed one: those are not taken by GET (a web page
can make a browser send one without a trace), and "healthy" would be no answer to them."""
_KEY_TARGETS: Final = b"TrentService."
_NO_OPERATION: Final = b"<UnknownOperationException/>\n"
_XML_ERROR: Final = b"<Error><Code>%b</Code><Message>%b</Message></Error>\n"


def is_plain_call(request: Request) -> bool:
    """Whether this is an API call of the usual form, with nothing to do before the service."""
    headers = request.headers
    return (
        request.target == b"/"
        and request.method == b"POST"
        and headers.get(b"content-type") == AMZ_JSON
        and b"content-encoding" not in headers
    )


def is_rest_call(request: Request) -> bool:
    """Whether the path is one of the Lambda API. Its target has no scheme and authority then."""
    request.target = _origin_form(request.target)
    return _DATED(request.target) is not None


def is_query_call(request: Request) -> bool:
    """Whether this is a form of the query protocol, which IAM and STS speak."""
    return _content_type(request) == FORM


def is_key_call(request: Request) -> bool:
    """Whether this is an API call of the key service, which has a version of JSON of its own."""
    return request.headers.get(b"x-amz-target", b"").startswith(_KEY_TARGETS)


def route(
    request: Request, max_body_size: int, is_ready: Callable[[], bool] = lambda: True
) -> Answer | None:
    """The front door's own answer, or None where the service is to answer.

    Makes the request ready for the service: the target has no scheme and authority, and `content`
    is decoded.
    """
    request.target = _origin_form(request.target)
    path, _, query = request.target.partition(b"?")
    method = request.method
    is_call = (
        method == b"POST" and path == b"/" and (_speaks_json(request) or is_query_call(request))
    )
    if not is_call and (text := other_services.told(request)) is not None:
        return _no_service(request, text)
    if method == b"GET" and path in _HEALTH_PATHS and not _CALLS(query):
        return Answer(200, b"healthy: %b " % _host_name(request), _PLAIN)
    if method == b"GET" and path == _READY_PATH:
        return Answer(200, b"ready", _PLAIN) if is_ready() else Answer(503, b"not ready", _PLAIN)
    if method == b"OPTIONS" and b"origin" in request.headers:
        return Answer(200, b"", b"")
    if not is_call:
        return Answer(404, _NO_OPERATION, _PLAIN)
    return undo_encodings(request, max_body_size)


def undo_encodings(request: Request, max_body_size: int) -> Answer | None:
    """Decode the request's `content`. Gives the refusal where its encodings cannot be undone."""
    encodings = request.headers.get(b"content-encoding")
    if encodings is not None:
        try:
            request.content = decode(request.body, encodings, max_body_size)
        except ServiceError as error:
            return error_answer(error)
    return None


def _no_service(request: Request, text: str) -> Answer:
    """The refusal in a form that shows its text: protocols are JSON or, like S3's, XML; clients of
    JSON that ask by path show what they cannot read as it is."""
    error = UnknownOperationException(text)
    if b"json" in _content_type(request):
        return error_answer(error)
    return Answer(404, _XML_ERROR % (error.code().encode(), text.encode()), b"application/xml")


def _origin_form(target: bytes) -> bytes:
    """RFC 9112, 3.2.2: a server takes `http://host/path` for `/path`."""
    scheme, separator, rest = target.partition(b"://")
    if not separator or scheme.lower() not in (b"http", b"https"):
        return target
    _, slash, path = rest.partition(b"/")
    return slash + path if slash else b"/"


def _host_name(request: Request) -> bytes:
    host = request.headers.get(b"host", b"")
    if host.startswith(b"["):
        return host.partition(b"]")[0] + b"]"
    return host.partition(b":")[0] or _DEFAULT_HOST


def _speaks_json(request: Request) -> bool:
    if not request.body:
        return True
    own = AMZ_JSON_1_1 if is_key_call(request) else AMZ_JSON
    return _content_type(request) in (own, JSON)


def _content_type(request: Request) -> bytes:
    return request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
