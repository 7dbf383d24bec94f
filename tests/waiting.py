"""Waiting for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

SECONDS = 60.0
"""More than anything takes, even on a busy machine: only a failing test waits so long."""
_PAUSE = 0.02

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
