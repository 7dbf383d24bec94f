"""Recording the requests that a program sends, for tests that look at what it did."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Answer, Reply, Request


class RecordedRequest(NamedTuple):
    """One request and what came of it.

    `operation` is the one that the target names, such as PutItem; `parameters` are its input as
    JSON, `answer` the body of the answer likewise; both are empty where there is no JSON.
    """

    operation: str
    parameters: dict[str, Any]
    status: int
    answer: dict[str, Any]

    @property
    def error(self) -> str | None:
        """The error's code, such as ConditionalCheckFailedException; None after success."""
        if self.status < 400:
            return None
        return str(self.answer.get("__type", "")).rpartition("#")[2]


class Recording:
    """A middleware that keeps what passed, as bytes; they are taken apart when looked at."""

    def __init__(self) -> None:
        self._passed: list[tuple[Request, Answer]] = []

    def __call__(self, api: Api) -> Api:
        return _Recorded(api, self._passed)

    def clear(self) -> None:
        """Forget everything so far."""
        self._passed.clear()

    def requests(self) -> list[RecordedRequest]:
        """What passed, in the order of the answers."""
        return [
            RecordedRequest(
                request.headers.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2],
                _members(request.content),
                answer.status,
                _members(answer.body),
            )
            for request, answer in self._passed.copy()
        ]


class _Recorded:
    def __init__(self, api: Api, passed: list[tuple[Request, Answer]]) -> None:
        self._submit = api.submit
        self._passed = passed

    def submit(self, request: Request, reply: Reply) -> None:
        def record(answer: Answer) -> None:
            self._passed.append((request, answer))
            reply(answer)

        self._submit(request, record)


def _members(body: bytes) -> dict[str, Any]:
    try:
        members = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return members if isinstance(members, dict) else {}
