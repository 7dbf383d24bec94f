"""DynamoDB in the same process, called like any client would: by requests of its API.

So these requests pass through everything that others do: the policies of the cluster's role,
shapes, throttling, the audit log.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Final

import orjson

from jedlik.base.ids import Ids
from jedlik.dax.answers import AnswerReader
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.operation import Payload

_TARGET: Final = b"DynamoDB_20120810."
JSON_TYPE: Final = b"application/x-amz-json-1.0"


class LocalBackend:
    """Calls `service`, which itself knows the caller (see `access.roles`)."""

    def __init__(self, service: Api, ids: Ids) -> None:
        self._service = service
        self._ids = ids
        self._answers = AnswerReader()

    async def call(
        self, operation: str, payload: Payload, hold: AsyncExitStack | None = None
    ) -> dict[str, Any]:
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
        return await self._answers.result(answer.status, answer.body, hold)
