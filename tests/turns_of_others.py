"""How often others have their turn while something is done."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


async def beside_others(work: Coroutine[Any, Any, ResultT]) -> tuple[ResultT, int]:
    """The result of some work, and the turns that others had before it was done."""
    working = asyncio.ensure_future(work)
    turns = 0
    while not working.done():
        turns += 1
        await asyncio.sleep(0)
    return await working, turns
