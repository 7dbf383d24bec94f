"""Long work that cannot be cut into steps: in a thread, while the event loop serves others.

There is one thread for all such work, as several would take the processor from the loop by turns.
In a thread the interpreter switches between the work and the loop, which then waits for some
milliseconds at a time, and not for all of the work. Work that can be cut is better done in `turns`.
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
    """What `work` returns or raises, which touches nothing that the loop changes."""
    return await asyncio.get_running_loop().run_in_executor(_thread(), work, *given)


@cache
def _thread() -> ThreadPoolExecutor:
    # By its module, which loads it only now.
    return concurrent.futures.ThreadPoolExecutor(1, "jedlik-aside")
