"""A store of metrics and alarms for tests of CloudWatch's operations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from jedlik.base.errors import ServiceError
from jedlik.base.ids import RandomIds
from jedlik.services.cloudwatch.monitoring import Monitoring
from jedlik.services.dynamodb.database.database import Database
from jedlik.storage.memory import MemoryEngine
from tests.simulated_clock import SimulatedClock

NOW = 1_700_000_040.0
"""The beginning of a minute."""


class Monitored:
    """Calls operations with payloads that were checked by their shapes."""

    def __init__(self) -> None:
        self.clock = SimulatedClock(NOW)
        self.monitoring = Monitoring(Database(MemoryEngine(), self.clock, RandomIds()))

    def call(self, operation: Callable[[Monitoring, Any], Awaitable[Any]], **payload: Any) -> Any:
        """The members of the answer."""

        async def run() -> Any:
            return await operation(self.monitoring, payload)

        return asyncio.run(run())

    def refusal(
        self, operation: Callable[[Monitoring, Any], Awaitable[Any]], **payload: Any
    ) -> str:
        """The text of the error."""
        with pytest.raises(ServiceError) as raised:
            self.call(operation, **payload)
        return raised.value.message
