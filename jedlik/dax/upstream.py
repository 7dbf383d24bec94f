"""DynamoDB at any other address, called over HTTP."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import orjson

from jedlik.base.errors import InternalServerError
from jedlik.dax.answers import AnswerReader
from jedlik.dax.errors import DaxError
from jedlik.gateway.operation import Payload
from jedlik.kernel.remote.client import Unreachable
from jedlik.kernel.remote.endpoint import Endpoint


class Upstream:
    """Calls `endpoint`, which is closed with it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._answers = AnswerReader()

    async def call(
        self, operation: str, payload: Payload, hold: AsyncExitStack | None = None
    ) -> dict[str, Any]:
        """See `Backend.call`."""
        try:
            status, body = await self._endpoint.call(operation, orjson.dumps(payload))
        except Unreachable as error:
            code = InternalServerError.code()
            raise DaxError(code, str(error), InternalServerError.status) from None
        return await self._answers.result(status, body, hold)

    async def close(self) -> None:
        """Close all connections."""
        await self._endpoint.close()
