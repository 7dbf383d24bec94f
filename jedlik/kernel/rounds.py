"""Loops that run as long as the server.

A failure in a round is logged, and the work is retried in the next round: no failure ends a loop. A
store that does not answer causes few lines in the log, at most one a second and soon one a minute,
without tracebacks.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from typing import Final

from jedlik.base.log import RATE_LIMITED
from jedlik.storage.engine import Engine
from jedlik.storage.failures import StorageFailure, StorageFull
from jedlik.values.keybytes import successor

POLL_SECONDS: Final = 1.0
"""How often loops check what other processes may have changed."""


@contextlib.contextmanager
def failures_logged(log: logging.Logger, work: str) -> Iterator[None]:
    """Log the failures of one round of work, which has this name."""
    try:
        yield
    except StorageFailure as failure:
        full = isinstance(failure, StorageFull)
        text = f"{work} waits {'until there is room' if full else 'for the storage'}: %s"
        log.warning(text, failure, extra=RATE_LIMITED)  # rarely, per text
    except Exception:
        log.exception("%s failed; it will be retried", work)


async def wait_for_wake(wake: asyncio.Event, seconds: float | None) -> None:
    """Wait for the next round: until `wake` is set, or for this many seconds."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(wake.wait(), seconds)


async def wait_for_first_key(
    keyspace: bytes, engine: Engine, log: logging.Logger, work: str
) -> None:
    """Wait until a keyspace has a key; failures are logged under the name of the waiting `work`."""
    end = successor(keyspace)
    while True:
        with failures_logged(log, work):
            if (await engine.range(keyspace, end, limit=1)).rows:
                return
        await asyncio.sleep(POLL_SECONDS)
