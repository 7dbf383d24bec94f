"""Random sampling of events that are too many to be counted one by one.

Events are divided into blocks; one event of each, at a random position, stands for the whole block.
So every event has the same chance, whatever pattern they come in, and sums over the counted events
are unbiased estimates of the sums over all. The size of blocks follows the load: as long as there
are no more than `A_SECOND` events a second, each of them is counted, and sums are exact.
"""

from __future__ import annotations

import math
import random
from typing import Final

A_SECOND: Final = 400
"""Events that are counted in a second, approximately: each takes some microseconds."""
_MIN_SECONDS: Final = 0.005
"""A shorter time says nothing about the rate of events."""


class Sampler:
    """Says which events count. `weight` is how many events the last counted one stands for."""

    __slots__ = ("_after", "_counted", "_events", "_left", "_random", "_size", "_stride", "weight")

    def __init__(self, chance: random.Random | None = None) -> None:
        self._random = chance or random.Random()  # noqa: S311 - nothing secret
        self._stride = 1
        self._size = 1
        """Events in the current block."""
        self._after = 0
        """Events of the block after the one that counts."""
        self._left = 1
        """Events up to and including the one that counts."""
        self._counted = self._events = 0
        self.weight = 1

    def due(self) -> bool:
        """Whether this event counts."""
        self._left -= 1
        if self._left:
            return False
        self.weight = self._size
        self._counted += 1
        self._events += self._size
        if self._counted % A_SECOND == 0:  # within one second: too many
            self._stride *= 2
        self._begin_block()
        return True

    def _begin_block(self) -> None:
        place = self._random.randrange(self._stride) if self._stride > 1 else 0
        self._left = self._after + place + 1
        self._size = self._stride
        self._after = self._stride - place - 1

    def adapt(self, seconds: float) -> None:
        """Adapt to the load of the last `seconds`."""
        if seconds >= _MIN_SECONDS:
            self._stride = max(1, math.ceil(self._events / seconds / A_SECOND))
            self._counted = self._events = 0
