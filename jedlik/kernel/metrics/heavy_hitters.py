"""Which of many keys weigh most, in bounded memory.

The problem: keys are without number and the heaviest few are wanted. The idea (Misra and Gries,
1982, in batches, as in "A High-Performance Algorithm for Identifying Frequent Items in Data
Streams", Anderson et al., 2017): keep a counter for up to `capacity` keys; when there are more,
subtract the median of all counters from each and drop those that are used up. What was subtracted
so far is the `offset`: a key's true weight lies between its counter and its counter plus the
offset, and a key without a counter weighs no more than the offset.

The bound: a purge takes the median from half of the counters at least, so that
offset * capacity / 2 is no more than the weight of everything. With 1,000 counters no estimate is
off by more than 0.2% of the whole. Sketches add up: counters and offsets are added, and purged
again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

CAPACITY: Final = 1000
STORED: Final = 200
"""Counters that are stored; reports show up to 100 keys."""

Key = tuple[str, ...]


class HeavyHitters:
    """Weights of keys. `total` is the weight of everything, exactly."""

    __slots__ = ("capacity", "counts", "offset", "total")

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.counts: dict[Key, float] = {}
        self.offset = 0.0
        self.total = 0.0

    def add(self, key: Key, weight: float) -> None:
        """Add to a key's weight; `weight` is positive."""
        self.total += weight
        self.counts[key] = self.counts.get(key, 0.0) + weight
        if len(self.counts) > self.capacity:
            self._purge()

    def merge(self, other: HeavyHitters) -> None:
        """Add all that another one has."""
        for key, weight in other.counts.items():
            self.counts[key] = self.counts.get(key, 0.0) + weight
        self.total += other.total
        self.offset += other.offset
        while len(self.counts) > self.capacity:
            self._purge()

    def _purge(self) -> None:
        median = sorted(self.counts.values())[len(self.counts) // 2]
        self.counts = {
            key: weight - median for key, weight in self.counts.items() if weight > median
        }
        self.offset += median

    def heaviest(self, count: int) -> list[tuple[Key, float]]:
        """The heaviest keys and the least that each weighs, heaviest first."""
        ordered = sorted(self.counts.items(), key=lambda each: (-each[1], each[0]))
        return ordered[:count]

    def to_json(self) -> list[Any]:
        """What is stored: the heaviest counters. Those that are left out raise the offset."""
        kept = self.heaviest(STORED + 1)
        left_out = kept[STORED][1] if len(kept) > STORED else 0.0
        return [
            self.total,
            self.offset + left_out,
            [[*key, weight] for key, weight in kept[:STORED]],
        ]

    @classmethod
    def from_json(cls, stored: list[Any]) -> HeavyHitters:
        """The sketch that was stored."""
        made = cls()
        made.total, made.offset = stored[0], stored[1]
        made.counts = {tuple(key): weight for *key, weight in stored[2]}
        return made


def together(sketches: Iterable[HeavyHitters]) -> HeavyHitters:
    """The sum of sketches."""
    total = HeavyHitters()
    for each in sketches:
        total.merge(each)
    return total
