"""Which items of a table are copied, and consistent samples.

Whether a sample includes an item is decided only by the value of its partition key, not the key's
name: so partitions are copied whole or not at all, and tables with the same ids keep matching
items.
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
    """Which items are copied: those that are `wanted`, up to `limit`, masked by `masked`."""

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
