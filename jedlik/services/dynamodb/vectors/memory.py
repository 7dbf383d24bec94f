"""The vectors that a process holds: how many bytes, and which go when there is no room.

A partition is loaded by the first search in it and stays until others need its room: the one that
was searched longest ago goes first. What one search needs must fit by itself; where it does not,
the search is refused (LimitExceededException) instead of the process growing until it is killed.
"""

from __future__ import annotations

import asyncio
from typing import Final

from jedlik.base.clock import Clock
from jedlik.base.errors import LimitExceededException
from jedlik.kernel.metrics.metric import BYTES, COUNT, Dimensions, Metric
from jedlik.kernel.metrics.recorder import Gauge, Metrics
from jedlik.services.dynamodb.metering.metric_names import OWN_NAMESPACE
from jedlik.services.dynamodb.vectors.rows import VectorRows

REFUSED_SECONDS: Final = 10.0
"""So long a partition that did not fit is not tried again: to find out costs reading it."""
_OVERHEAD: Final = 4096
"""What a partition takes besides its rows: its objects, and the room of its first block."""
_MIB: Final = 1024 * 1024


class HeldPartition:
    """The rows of one partition. `partitions` are those of its index, where it stands under its
    `hash`; `dimensions` are those of its metrics: table and index."""

    __slots__ = (
        "charged", "dimensions", "hash", "loading", "making", "missed", "noted", "partitions",
        "rows", "searches",
    )  # fmt: skip

    def __init__(
        self,
        rows: VectorRows,
        partitions: dict[bytes, HeldPartition],
        hash_: bytes,
        dimensions: Dimensions,
    ) -> None:
        self.rows = rows
        self.partitions = partitions
        self.hash = hash_
        self.dimensions = dimensions
        self.loading: asyncio.Task[None] | None = None
        """Where its entries are still being read."""
        self.making: asyncio.Task[None] | None = None
        """Where bits of its rows are being made (see `nearest_rows.make_bits`)."""
        self.missed: set[bytes] = set()
        """Keys of entries that changed meanwhile."""
        self.noted = 0.0
        """When it was noted that it is in use (see `in_use`)."""
        self.searches = 0
        """How many are using it at this moment."""
        self.charged = 0
        """Bytes that it is accounted for."""

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return _OVERHEAD + self.rows.vectors.room * self.rows.row_size


class VectorMemory:
    """What one process holds of one database. `limit` is in MiB."""

    def __init__(self, clock: Clock, metrics: Metrics, limit: int) -> None:
        self.limit = limit * _MIB
        self.used = 0
        """Bytes of all partitions together."""
        self._clock = clock
        self._metrics = metrics
        self._held: dict[HeldPartition, None] = {}
        """The one that was searched last stands last."""
        self._refused: dict[tuple[Dimensions, bytes], float] = {}
        self._shown: set[Dimensions] = set()

    def __len__(self) -> int:
        return len(self._held)

    def add(self, held: HeldPartition) -> None:
        """Hold another partition. Raises LimitExceededException where it did not fit just now."""
        place = (held.dimensions, held.hash)
        until = self._refused.pop(place, 0.0)
        if until > self._clock.monotonic():
            self._refused[place] = until
            raise self._refusal(held)
        held.partitions[held.hash] = held
        self._held[held] = None

    def use(self, held: HeldPartition) -> None:
        """A search is using a partition: it is the last to go."""
        self._held[held] = self._held.pop(held)

    def drop(self, held: HeldPartition) -> None:
        """Hold a partition no longer, if it is held."""
        if held in self._held:
            del self._held[held]
            del held.partitions[held.hash]
            self.used -= held.charged
            held.charged = 0
            if held.rows.sketches is not None:
                held.rows.sketches.abandon()

    def clear(self) -> None:
        """Hold nothing."""
        for held in list(self._held):
            self.drop(held)

    def charge(self, held: HeldPartition) -> None:
        """Account for what a partition takes by now. Others go if it needs their room; it goes
        itself where that is not enough."""
        if held not in self._held:
            return
        self.used += held.size - held.charged
        held.charged = held.size
        if self.used > self.limit:
            self._make_room(held)
        if self.used > self.limit:
            self.drop(held)
            self._refused = {
                place: until
                for place, until in self._refused.items()
                if until > self._clock.monotonic()
            }
            self._refused[held.dimensions, held.hash] = self._clock.monotonic() + REFUSED_SECONDS

    def _make_room(self, needy: HeldPartition) -> None:
        for other in list(self._held):
            if self.used <= self.limit:
                return
            if other is not needy and not other.searches and other.loading is None:
                self.drop(other)

    def _refusal(self, held: HeldPartition) -> LimitExceededException:
        refused = Metric(OWN_NAMESPACE, "VectorMemoryRefusals", held.dimensions, COUNT)
        self._metrics.record(refused, 1)
        (_, table), (_, index) = held.dimensions
        return LimitExceededException(
            f"The vectors of a search in index {index} of table {table} do not fit into the "
            f"{self.limit // _MIB} MiB that --vector-memory gives each process"
        )

    def sample(self) -> None:
        """Record how much of it each index takes."""
        sizes = dict.fromkeys(self._shown, 0)
        for held in self._held:
            sizes[held.dimensions] = sizes.get(held.dimensions, 0) + held.charged
        for dimensions, size in sizes.items():
            shown = Metric(OWN_NAMESPACE, "VectorMemory", dimensions, BYTES)
            self._metrics.distribution(shown, Gauge).add(size)
        self._shown = {dimensions for dimensions, size in sizes.items() if size}
