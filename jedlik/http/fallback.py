"""Answers for requests that belong to no API: health checks, browsers' preflight requests, and 404
for the rest.

A request that is signed for a service which does not exist here gets a text that says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from jedlik.base.errors import UnknownOperationException
from jedlik.gateway.exchange import Answer, Reply, Request
from jedlik.gateway.protocols import content_type, is_call
from jedlik.http.answers import error_answer

_PLAIN: Final = b"text/plain"
_HEALTH_PATHS: Final = (b"/", b"/ping", b"/healthcheck")
_READY_PATH: Final = b"/ready"
"""Our own, for load balancers: the paths above say that the process is alive, this one that it can
answer requests."""
_DEFAULT_HOST: Final = b"dynamodb.us-east-1.amazonaws.com"
_CALLS: Final = re.compile(rb"(?:^|&)(?:Action|X-Amz-Algorithm)=").search
"""Whether a query is a call of IAM or STS, or is signed: such calls are not accepted by GET, which
any web page can make a browser send, and "healthy" would be the wrong answer."""
_NO_OPERATION: Final = b"<UnknownOperationException/>\n"
_WRONG_TYPE: Final = (
    b"The request names an operation, but its body is not said to be JSON. Send the header\n"
    b"Content-Type: application/x-amz-json-1.0\n"
)
_NO_CALL: Final = (
    "The request names an operation, but is no POST to /. Of the client's endpoint keep only "
    "scheme, host and port, such as http://127.0.0.1:8000"
)
_XML_ERROR: Final = b"<Error><Code>%b</Code><Message>%b</Message></Error>\n"


class Fallback:
    """Answers requests that no API recognizes. `is_ready` says whether requests can be answered
    now, `unsupported` returns the text for a request to a service that does not exist here."""

    def __init__(
        self, is_ready: Callable[[], bool], unsupported: Callable[[Request], str | None]
    ) -> None:
        self._is_ready = is_ready
        self._unsupported = unsupported

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` immediately."""
        reply(self._answer(request))

    def _answer(self, request: Request) -> Answer:
        text = self._unsupported(request)
        if text is not None:
            return _refused(request, text)
        path, _, query = request.target.partition(b"?")
        if request.method == b"GET" and path in _HEALTH_PATHS and not _CALLS(query):
            host = request.headers.get(b"host") or _DEFAULT_HOST
            return Answer(200, b"healthy: %b " % host, _PLAIN)
        if request.method == b"GET" and path == _READY_PATH:
            ready = self._is_ready()
            return Answer(200, b"ready", _PLAIN) if ready else Answer(503, b"not ready", _PLAIN)
        if request.method == b"OPTIONS" and b"origin" in request.headers:
            return Answer(200, b"", b"")
        if b"x-amz-target" in request.headers:
            if not is_call(request):
                return _refused(request, _NO_CALL)
            return Answer(404, _NO_OPERATION + _WRONG_TYPE, _PLAIN)
        return Answer(404, _NO_OPERATION, _PLAIN)


def _refused(request: Request, text: str) -> Answer:
    """The refusal in a form whose text clients show: JSON if the request is JSON, otherwise XML as
    from S3. Clients of other protocols show answers that they cannot parse."""
    error = UnknownOperationException(text)
    if b"json" in content_type(request):
        return error_answer(error)
    return Answer(404, _XML_ERROR % (error.code().encode(), text.encode()), b"application/xml")
