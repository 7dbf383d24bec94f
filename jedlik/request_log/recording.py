"""Recording the requests that a program sends, for tests that check them."""

from __future__ import annotations

from collections import deque
from typing import Any, Final, NamedTuple

import orjson

from jedlik.base.limits import MIB
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Answer, Reply, Request

MAX_RECORDED: Final = 10_000
MAX_RECORDED_SIZE: Final = 64 * MIB
"""Requests kept, and bytes of their bodies and answers: a suite may run for hours."""


DROPPED: Final = "ConnectionDropped"


class RecordedRequest(NamedTuple):
    """One request and its result.

    `operation` is the operation in the target, such as PutItem; `parameters` are its input as JSON,
    `answer` the body of the answer likewise; both are empty if there is no JSON. `number` counts
    the answers of the server.
    """

    operation: str
    parameters: dict[str, Any]
    status: int
    answer: dict[str, Any]
    number: int = 0

    @property
    def error(self) -> str | None:
        """The error's code, such as ConditionalCheckFailedException; None after success, and
        ConnectionDropped if a deliberate fault withheld the answer (`status` 0)."""
        if not self.status:
            return DROPPED
        if self.status < 400:
            return None
        return str(self.answer.get("__type", "")).rpartition("#")[2]


class _Passed(NamedTuple):
    number: int
    request: Request
    answer: Answer

    @property
    def size(self) -> int:
        return len(self.request.body) + len(self.answer.body)


class Recording:
    """A middleware that keeps requests and answers as bytes; they are parsed when read.

    The newest are kept; `forgotten` counts those dropped for lack of room.
    """

    def __init__(self) -> None:
        self._passed: deque[_Passed] = deque()
        self._size = 0
        self._number = 0
        self.forgotten = 0

    def __call__(self, api: Api) -> Api:
        return _Recorded(api, self)

    def add(self, request: Request, answer: Answer) -> None:
        """Keep a request and its answer."""
        self._number += 1
        passed = _Passed(self._number, request, answer)
        self._passed.append(passed)
        self._size += passed.size
        while len(self._passed) > MAX_RECORDED or self._size > MAX_RECORDED_SIZE:
            self._size -= self._passed.popleft().size
            self.forgotten += 1

    def clear(self) -> None:
        """Forget everything so far."""
        self._passed.clear()
        self._size = self.forgotten = 0

    def requests(self, operation: str | None = None, after: int = 0) -> list[RecordedRequest]:
        """The requests after the answer with that number, in the order of the answers; of one
        operation, or of all."""
        return [
            RecordedRequest(
                named, _members(request.content), answer.status, _members(answer.body), number
            )
            for number, request, answer in self._passed.copy()
            if number > after and operation in (None, named := operation_of(request))
        ]


class _Recorded:
    def __init__(self, api: Api, recording: Recording) -> None:
        self._submit = api.submit
        self._recording = recording

    def submit(self, request: Request, reply: Reply) -> None:
        def record(answer: Answer) -> None:
            self._recording.add(request, answer)
            reply(answer)

        self._submit(request, record)


def operation_of(request: Request) -> str:
    """The operation in a request's target; empty if there is no target."""
    return request.headers.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]


def _members(body: bytes) -> dict[str, Any]:
    try:
        members = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return members if isinstance(members, dict) else {}
