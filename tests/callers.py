"""Callers who have places for long work (see `base.places`)."""

from __future__ import annotations

from typing import NamedTuple

from jedlik.base.places import Places


class Caller(NamedTuple):
    """A caller, known by a name."""

    owner: str


async def occupy(places: Places) -> Caller:
    """Have different callers take all places; returns the last one of them."""
    count = 0
    while places.is_free_for(caller := Caller(f"caller {count}")):
        await places.take(caller)
        count += 1
    return Caller(f"caller {count - 1}")
