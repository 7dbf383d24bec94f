"""Decisions that take long are made in a thread (see `auth.policy.effort`).

The thread is not the one of `base.aside`: the longest decisions take seconds, and others' requests
are checked there. Of one caller, only one decision at a time is made.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from jedlik.auth.identity import Identity
from jedlik.auth.policy.effort import TakesLong
from jedlik.auth.policy.evaluate import Decision, Plan
from jedlik.base.places import Places

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_AT_A_TIME: Final = 2
_PLACES: Final = Places(_AT_A_TIME)


class HurriedFacts(Protocol):
    """The facts of a request, which say whether others wait while they are tested."""

    hurried: bool


async def decide(plan: Plan, facts: HurriedFacts, identity: Identity) -> Decision:
    """The decision on a request of this sender, while other requests are answered if it takes
    long: the identities may change meanwhile. Raises what the sources of the facts raise."""
    facts.hurried = True
    try:
        return plan.decide(facts)
    except TakesLong:
        facts.hurried = False
    async with _PLACES.taken(identity):
        return await asyncio.get_running_loop().run_in_executor(_threads(), plan.decide, facts)


@cache
def _threads() -> ThreadPoolExecutor:
    # Imported by module, since the class itself is loaded on first use.
    return concurrent.futures.ThreadPoolExecutor(_AT_A_TIME, "jedlik-deciding")
