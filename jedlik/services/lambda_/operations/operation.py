"""What an operation of the Lambda API is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.lambda_.runtime.invoker import Invoker

Payload = dict[str, Any]


@dataclass(slots=True)
class Host:
    """What operations work with.

    `wake` is called when mappings have changed; `tasks` are invocations that no one waits for.
    """

    database: Database
    invoker: Invoker
    wake: Callable[[], None] = lambda: None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class Result(NamedTuple):
    """An answer whose body is no JSON object, or that has headers of its own.

    `status` of None is the one that the model says.
    """

    body: bytes = b""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()


Operation = Callable[[Host, Any], Coroutine[Any, Any, dict[str, Any] | Result]]
