"""APIs for people and tools, whose requests are no load: each gets a task of its own."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import ClassVar

from jedlik.base.errors import ServiceError
from jedlik.service.exchange import Answer, Reply, Request
from jedlik.service.failures import told


class TaskApi(ABC):
    """Answers requests by `_operate`, and by `_refuse` where that raises.

    `internal` is the API's error for what is ours to answer for.
    """

    internal: ClassVar[type[ServiceError]]

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` once, later."""
        task = asyncio.get_running_loop().create_task(self._answer(request, reply))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, request: Request, reply: Reply) -> None:
        try:
            answer = await self._operate(request)
        except Exception as error:
            answer = self._refuse(told(error, request, self.internal), request)
        reply(answer)

    @abstractmethod
    async def _operate(self, request: Request) -> Answer:
        """The answer to a request. Raises the API's errors."""

    @abstractmethod
    def _refuse(self, error: ServiceError, request: Request) -> Answer:
        """The answer to a request that failed."""
