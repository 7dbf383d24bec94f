"""Long work that cannot be cut into steps is done in a thread, while the event loop serves others.

There is one thread for all such work, as several would compete with the loop for the processor.
The interpreter switches between the thread and the loop, which then waits for a few milliseconds at
a time rather than for all of the work. Work that can be cut is better done in `turns`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple, Unpack

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

ResultT = TypeVar("ResultT")
GivenT = TypeVarTuple("GivenT")


async def aside(work: Callable[[Unpack[GivenT]], ResultT], *given: *GivenT) -> ResultT:
    """What `work` returns or raises; it must not touch anything that the loop changes."""
    return await asyncio.get_running_loop().run_in_executor(_thread(), work, *given)


@cache
def _thread() -> ThreadPoolExecutor:
    # Imported by module, since the class itself is loaded on first use.
    return concurrent.futures.ThreadPoolExecutor(1, "jedlik-aside")
