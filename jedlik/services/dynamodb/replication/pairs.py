"""Delaying or pausing replication from this region to another one, for tests.

A pair may be paused, until it is resumed, and may have a delay: changes are sent once they are that
old. Both are kept in the store, so that all processes follow them, and apply to one direction.
"""

from __future__ import annotations

from typing import NamedTuple

import orjson

from jedlik.kernel.keyspaces import PAIRS
from jedlik.kernel.store import Store
from jedlik.storage.blind_write import BlindWrite
from jedlik.storage.engine import Value


class Pair(NamedTuple):
    """The link to one region: whether it is `paused`, and its `delay` in seconds; None for the
    server's own setting."""

    paused: bool = False
    delay: float | None = None


def pair_key(region: str) -> bytes:
    """The key of the pair with a region."""
    return PAIRS + region.encode()


def decode_pair(stored: Value) -> Pair:
    """A pair from its stored form."""
    return Pair() if stored is None else Pair(**orjson.loads(stored))


async def read_pair(store: Store, region: str) -> Pair:
    """The pair with a region."""
    (stored,) = await store.engine.read((pair_key(region),))
    return decode_pair(stored)


async def set_pair(store: Store, region: str, pair: Pair) -> None:
    """Store a pair; the senders of all processes follow it within a moment."""
    stored = None if pair == Pair() else orjson.dumps(pair._asdict())
    await store.engine.write(BlindWrite({pair_key(region): stored}))
