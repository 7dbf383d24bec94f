"""Functions that are HTTP endpoints, and other things that are reported by POST.

An endpoint speaks the invoke API: it takes the event as the body of a POST and answers with the
result; the header `X-Amz-Function-Error` marks an error. Lambda's container images listen at
/2015-03-31/functions/function/invocations (that is where a URL without a path leads), answer 200
and omit the header, so there an object with errorType and errorMessage is an error too.

Requests are sent from threads: they are few, may take minutes, and the standard library's client
implements all of HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import orjson

from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.runtime.invocation import MAX_PAYLOAD, UNHANDLED, Invocation, failed
from jedlik.services.lambda_.runtime.process import FunctionRequest
from jedlik.services.lambda_.runtime.slots import Slots

INVOKE_PATH: Final = "/2015-03-31/functions/function/invocations"
MAX_AT_ONCE: Final = 32


class Response(NamedTuple):
    """Status, the value of X-Amz-Function-Error and the body."""

    status: int
    error: str | None
    body: bytes


def check_url(url: str) -> None:
    """Raise InvalidParameterValueException unless this is an HTTP URL with a host."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(char.isspace() for char in url):
        raise InvalidParameterValueException(f"{url} is not the URL of an HTTP endpoint.")


class Endpoints:
    """Sends requests to endpoints."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MAX_AT_ONCE, "endpoint")
        # As many as threads, so that no exchange waits for a thread, as its timeout has begun.
        self._slots = Slots(MAX_AT_ONCE)

    def close(self) -> None:
        """Accept no more requests."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def post(
        self, url: str, body: bytes, seconds: float, headers: dict[str, str] | None = None
    ) -> Response:
        """POST and read the answer, within this many seconds from when it is sent.

        Raises OSError, HTTPException or TimeoutError.
        """
        exchange = _Exchange(url, body, seconds, headers or {})
        async with self._slots.held(url):
            future = asyncio.get_running_loop().run_in_executor(self._threads, exchange.run)
            try:
                async with asyncio.timeout(seconds):
                    return await future
            except TimeoutError:
                exchange.abort()
                raise

    async def invoke(self, url: str, request: FunctionRequest) -> Invocation:
        """Send an event to an endpoint. Never raises."""
        plain = urlsplit(url).path in ("", "/")
        target = url.rstrip("/") + INVOKE_PATH if plain else url
        headers = {
            "Content-Type": "application/json",
            "X-Amzn-RequestId": request.id,
            "Lambda-Runtime-Aws-Request-Id": request.id,
            "Lambda-Runtime-Invoked-Function-Arn": request.arn,
        }
        try:
            status, error, body = await self.post(target, request.event, request.timeout, headers)
        except TimeoutError:
            text = f"Task timed out after {request.timeout:.2f} seconds"
            return failed(request.id, "Sandbox.Timedout", text)
        except (OSError, http.client.HTTPException) as problem:
            text = (
                f"The endpoint {target} cannot be reached: {str(problem) or type(problem).__name__}"
            )
            return failed(request.id, "Endpoint.Unreachable", text)
        if status not in (200, 202):
            shown = body[:200].decode("utf-8", "replace")
            text = f"The endpoint {target} answered {status}: {shown}"
            return failed(request.id, "Endpoint.Status", text)
        if error is None and plain and _is_error(body):
            error = UNHANDLED
        return Invocation(request.id, body or b"null", error)


def _is_error(body: bytes) -> bool:
    if b"errorType" not in body:
        return False
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(parsed, dict) and {"errorType", "errorMessage"} <= parsed.keys()


class _Exchange:
    """One request, in a thread of its own."""

    def __init__(self, url: str, body: bytes, timeout: float, headers: dict[str, str]) -> None:
        parts = urlsplit(url)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._body = body
        self._headers = headers
        host = parts.hostname or ""
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            self._connection = http.client.HTTPSConnection(
                host, parts.port, timeout=timeout, context=ssl.create_default_context()
            )
        else:
            self._connection = http.client.HTTPConnection(host, parts.port, timeout=timeout)

    def run(self) -> Response:
        connection = self._connection
        try:
            connection.request("POST", self._path, self._body, self._headers)
            answer = connection.getresponse()
            body = answer.read(MAX_PAYLOAD + 1)
            return Response(answer.status, answer.getheader("X-Amz-Function-Error"), body)
        finally:
            connection.close()

    def abort(self) -> None:
        """Make `run` end."""
        connected = self._connection.sock
        if connected is not None:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
