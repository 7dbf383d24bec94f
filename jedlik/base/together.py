"""Several pieces of work at once, of which none is left behind.

The gather function of asyncio raises the first failure at once, while the other pieces go on: a
loop that begins its next round then has two of them at work on the same thing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


async def together(works: Iterable[Coroutine[Any, Any, ResultT]]) -> list[ResultT]:
    """The results of all, in order. If some fail, raises the failure of the first of these, once
    all have ended."""
    results = await asyncio.gather(*works, return_exceptions=True)
    done: list[ResultT] = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        done.append(result)
    return done
