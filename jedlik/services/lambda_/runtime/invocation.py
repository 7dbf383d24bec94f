"""The result of a function's run."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import orjson

from jedlik.base.errors import ServiceError

UNHANDLED: Final = "Unhandled"

MAX_PAYLOAD: Final = 6 * 1024 * 1024 + 100
"""Bytes of an event or result (Lambda quotas: "Invocation payload"; and 100 more)."""


class Invocation(NamedTuple):
    """A run: its result as JSON, or the error in the service's form.

    `error` is None or the value of `X-Amz-Function-Error`; `log` are the lines that it wrote.
    `refusal` is the answer to the caller if the function was not run at all. `is_secret`: the
    function's own texts must not be in the server's log, which is not encrypted.
    """

    request_id: str
    payload: bytes
    error: str | None = None
    log: bytes = b""
    seconds: float = 0.0
    refusal: ServiceError | None = None
    is_secret: bool = False

    @property
    def logged(self) -> str:
        """The problem, in the form for the server's log."""
        if not self.is_secret:
            return self.problem
        return f"{self.error or 'error'} (its text is not logged, since data are encrypted)"

    @property
    def problem(self) -> str:
        """The problem in one line: type and text."""
        try:
            payload_members = orjson.loads(self.payload)
        except orjson.JSONDecodeError:
            payload_members = None
        if not isinstance(payload_members, dict):
            return self.payload[:200].decode("utf-8", "replace")
        text = str(payload_members.get("errorMessage", ""))[:500]
        kind = str(payload_members.get("errorType") or "")[:200]
        return f"{kind}: {text}" if kind else text


def failed(request_id: str, kind: str, message: str, log: bytes = b"") -> Invocation:
    """A run that ended without a result from the function."""
    payload_members: dict[str, Any] = {
        "errorType": kind,
        "errorMessage": f"RequestId: {request_id} Error: {message}",
    }
    return Invocation(request_id, orjson.dumps(payload_members), UNHANDLED, log)


def limited(invocation: Invocation) -> Invocation:
    """The invocation, or an error instead if the result is too large."""
    if len(invocation.payload) <= MAX_PAYLOAD:
        return invocation
    payload_members = {
        "errorMessage": "Response payload size exceeded maximum allowed payload size "
        f"({MAX_PAYLOAD} bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    return invocation._replace(payload=orjson.dumps(payload_members), error=UNHANDLED)
