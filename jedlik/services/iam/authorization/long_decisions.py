"""Decisions and simulations of policies that take long are made in threads.

These are not the thread of `base.aside`: the longest decisions take a minute, and others' requests
are checked there. Of one caller, only one decision at a time is made.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, TypeVarTuple, Unpack

from jedlik.auth.identity import Identity
from jedlik.auth.policy.effort import TakesLong
from jedlik.auth.policy.evaluate import Decision, Plan
from jedlik.auth.policy.logic import always, never
from jedlik.base.places import Places

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

ResultT = TypeVar("ResultT")
GivenT = TypeVarTuple("GivenT")

_AT_A_TIME: Final = 2
_PLACES: Final = Places(_AT_A_TIME)


class HurriedFacts(Protocol):
    """The facts of a request, which say whether others wait while they are tested."""

    hurried: bool


async def decide(
    plan: Plan, facts: HurriedFacts, identity: Identity, *, is_long: bool = False
) -> Decision:
    """The decision on a request of this sender, while other requests are answered if it takes long
    (see `auth.policy.effort`): the identities may change meanwhile. `is_long` is whether just to
    read the request's values may take long. Raises what the sources of the facts raise."""
    facts.hurried = not is_long
    try:
        if facts.hurried or plan.permits is always or plan.permits is never:
            return plan.decide(facts)
    except TakesLong:
        facts.hurried = False
    return await apart(identity, plan.decide, facts)


async def apart(
    identity: Identity, work: Callable[[Unpack[GivenT]], ResultT], *given: *GivenT
) -> ResultT:
    """What `work` for this sender returns or raises; it must not touch anything that the event loop
    changes."""
    async with _PLACES.taken(identity):
        return await asyncio.get_running_loop().run_in_executor(_threads(), work, *given)


@cache
def _threads() -> ThreadPoolExecutor:
    # Imported by module, since the class itself is loaded on first use.
    return concurrent.futures.ThreadPoolExecutor(_AT_A_TIME, "jedlik-deciding")
