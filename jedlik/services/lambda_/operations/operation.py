"""The operations of the Lambda API: their form."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from jedlik.services.dynamodb.database.database import Database
from jedlik.services.lambda_.runtime import held_events
from jedlik.services.lambda_.runtime.held_events import HeldEvents
from jedlik.services.lambda_.runtime.invoker import Invoker

Payload = dict[str, Any]


@dataclass(slots=True)
class Host:
    """The context of operations.

    `wake` is called when mappings have changed; `tasks` are asynchronous invocations, whose events
    are in `queued`; the events of synchronous ones are in `at_once`.
    """

    database: Database
    invoker: Invoker
    wake: Callable[[], None] = lambda: None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    at_once: HeldEvents = field(
        default_factory=lambda: HeldEvents(held_events.MAX_AT_ONCE, held_events.MAX_AT_ONCE_BYTES)
    )
    queued: HeldEvents = field(
        default_factory=lambda: HeldEvents(held_events.MAX_QUEUED, held_events.MAX_QUEUED_BYTES)
    )


class Result(NamedTuple):
    """An answer whose body is not a JSON object, or that has headers of its own.

    `status` None is the one in the model.
    """

    body: bytes = b""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()


Operation = Callable[[Host, Any], Coroutine[Any, Any, dict[str, Any] | Result]]
