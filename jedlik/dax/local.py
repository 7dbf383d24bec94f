"""DynamoDB in the same process, called like any client would: by requests of its API.

So these requests pass through everything that others do: the policies of the cluster's role,
shapes, throttling, the audit log.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import orjson

from jedlik.auth.identity import Identity
from jedlik.base.ids import Ids
from jedlik.dax.errors import DaxError
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.operation import Payload

_TARGET: Final = b"DynamoDB_20120810."
JSON_TYPE: Final = b"application/x-amz-json-1.0"


class LocalBackend:
    """Calls `service`, which itself knows the caller (see `roles`)."""

    def __init__(self, service: Api, ids: Ids) -> None:
        self._service = service
        self._ids = ids

    async def call(self, operation: str, payload: Payload) -> dict[str, Any]:
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        body = orjson.dumps(payload)
        headers = {b"x-amz-target": _TARGET + operation.encode(), b"content-type": JSON_TYPE}
        request = Request(
            b"POST", b"/", headers, body, body, self._ids.request_id(), client="", secure=True
        )

        def reply(answer: Answer) -> None:
            if not answered.done():
                answered.set_result(answer)

        self._service.submit(request, reply)
        answer = answered.result() if answered.done() else await answered
        return result_of(answer.status, answer.body)


class AnyCaller:
    """The verifier of an open service, which needs no caller."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def verify(self, _request: Request) -> Identity:
        """The caller."""
        return self._identity


def result_of(status: int, body: bytes) -> dict[str, Any]:
    """The members of an answer of DynamoDB's API. Raises `DaxError` for an error."""
    try:
        members = orjson.loads(body)
    except orjson.JSONDecodeError:
        members = None
    if not isinstance(members, dict):
        raise DaxError(
            "InternalServerError", "The answer of the database could not be read.", max(status, 500)
        )
    if status == 200:
        return members
    code = str(members.pop("__type", "InternalServerError")).rpartition("#")[2]
    text = members.pop("message", None) or members.pop("Message", None) or ""
    raise DaxError(code, str(text), status, members)
