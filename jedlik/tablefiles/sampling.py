"""Which items of a table go, and a part of it that holds together.

Whether an item is in is decided by its partition key alone, and by the key's value, not its name:
so partitions are in whole or not at all, and tables that use the same ids keep matching items.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import orjson

from jedlik.values.attribute import Item

_RANGE: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class Selection:
    """Which items are copied: those that are `wanted`, up to `limit`, as `masked` makes them."""

    wanted: Callable[[Item], bool]
    masked: Callable[[Item], Item]
    limit: int | None


def sampler(fraction: float, partition_key: str) -> Callable[[Item], bool]:
    """Whether an item is in a sample of that size (0 to 1)."""
    if fraction >= 1.0:
        return lambda _item: True
    limit = int(fraction * _RANGE)

    def is_in(item: Item) -> bool:
        value = orjson.dumps(item.get(partition_key))
        return int.from_bytes(blake2b(value, digest_size=8).digest(), "big") < limit

    return is_in
