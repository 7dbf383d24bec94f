"""One asyncio task per request, for APIs that people and tools call so rarely that the cost of a
task does not matter.

DynamoDB's requests are stepped by hand instead (see `services.dynamodb.api.dispatch`).
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from jedlik.gateway.exchange import Answer, Reply, Request

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail


class TaskPerRequest(ABC):
    """Answers each request in a task; a `trail` records all of them."""

    def __init__(self, trail: Trail | None = None) -> None:
        self._trail = trail
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` once, later."""
        if self._trail is not None:
            reply = self._trail.watch(request, reply)
        task = asyncio.get_running_loop().create_task(self._run(request, reply))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, request: Request, reply: Reply) -> None:
        try:
            answer = await self.answer(request)
        except Exception as error:
            answer = self.refusal(error, request)
        reply(answer)

    @abstractmethod
    async def answer(self, request: Request) -> Answer:
        """The answer to a request that succeeds. May raise anything: see `refusal`."""

    @abstractmethod
    def refusal(self, error: Exception, request: Request) -> Answer:
        """The answer for an error, in the API's own form."""
