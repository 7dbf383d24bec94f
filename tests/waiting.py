"""Waiting for what other tasks, threads and processes do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

SECONDS = 60.0
"""More than anything takes, even on a busy machine: only a failing test waits so long."""
_PAUSE = 0.02
_TURN = 0.001

FoundT = TypeVar("FoundT")


def wait_until(
    condition: Callable[[], FoundT | None],
    what: str = "what was waited for",
    seconds: float = SECONDS,
) -> FoundT:
    """The first true result of `condition`. Fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not come about in {seconds} s"
        time.sleep(_PAUSE)
    return found


async def until(condition: Callable[[], object]) -> None:
    """Let other tasks run until the condition holds. Fails after `SECONDS`."""
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - nothing tells when it begins to hold
            await asyncio.sleep(_TURN)
