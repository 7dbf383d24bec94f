"""The operations that are built, by their names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from jedlik.gateway.operation import Payload
from jedlik.kernel.store import Store
from jedlik.services.cloudwatch.wire.protocol import Members

Operation = Callable[[Store, Payload], Awaitable[Members | None]]

OPERATIONS: Final[dict[str, Operation]] = {}
