"""The memory of a process for vectors: its size, and which vectors are dropped to make room.

A partition is loaded by the first search in it and kept until others need its room: the one that
was least recently searched is dropped first. The vectors for one search must fit by themselves;
otherwise the search is refused (LimitExceededException), so that the process does not grow until it
is killed.
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
"""How long a partition that did not fit is not tried again, since trying means reading it."""
_OVERHEAD: Final = 4096
"""The size of a partition without its rows: its objects, and the room of its first block."""
_MIB: Final = 1024 * 1024


class HeldPartition:
    """The rows of one partition. `partitions` are those of its index, in which it is under its
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
        """Set while its entries are still being read."""
        self.making: asyncio.Task[None] | None = None
        """Set while bits of its rows are being made (see `nearest_rows.make_bits`)."""
        self.missed: set[bytes] = set()
        """Keys of entries that changed meanwhile."""
        self.noted = 0.0
        """When it was noted that it is in use (see `in_use`)."""
        self.searches = 0
        """The number of its present users."""
        self.charged = 0
        """Bytes that are accounted for it."""

    @property
    def size(self) -> int:
        """Bytes that it occupies."""
        return _OVERHEAD + self.rows.vectors.room * self.rows.row_size


class VectorMemory:
    """The vectors of one database in the memory of one process. `limit` is in MiB."""

    def __init__(self, clock: Clock, metrics: Metrics, limit: int) -> None:
        self.limit = limit * _MIB
        self.used = 0
        """Bytes of all partitions together."""
        self._clock = clock
        self._metrics = metrics
        self._held: dict[HeldPartition, None] = {}
        """In the order of their last searches."""
        self._refused: dict[tuple[Dimensions, bytes], float] = {}
        self._shown: set[Dimensions] = set()

    def __len__(self) -> int:
        return len(self._held)

    def add(self, held: HeldPartition) -> None:
        """Add a partition. Raises LimitExceededException if it recently did not fit."""
        place = (held.dimensions, held.hash)
        until = self._refused.pop(place, 0.0)
        if until > self._clock.monotonic():
            self._refused[place] = until
            raise self._refusal(held)
        held.partitions[held.hash] = held
        self._held[held] = None

    def use(self, held: HeldPartition) -> None:
        """Note that a search is using a partition, which makes it the last to be dropped."""
        self._held[held] = self._held.pop(held)

    def drop(self, held: HeldPartition) -> None:
        """Drop a partition, if it is in memory."""
        if held in self._held:
            del self._held[held]
            del held.partitions[held.hash]
            self.used -= held.charged
            held.charged = 0
            if held.rows.sketches is not None:
                held.rows.sketches.abandon()

    def clear(self) -> None:
        """Drop all partitions."""
        for held in list(self._held):
            self.drop(held)

    def charge(self, held: HeldPartition) -> None:
        """Account for the present size of a partition. Others are dropped if it needs their room;
        it is itself dropped if that is not enough."""
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
        """Record the memory of each index."""
        sizes = dict.fromkeys(self._shown, 0)
        for held in self._held:
            sizes[held.dimensions] = sizes.get(held.dimensions, 0) + held.charged
        for dimensions, size in sizes.items():
            shown = Metric(OWN_NAMESPACE, "VectorMemory", dimensions, BYTES)
            self._metrics.distribution(shown, Gauge).add(size)
        self._shown = {dimensions for dimensions, size in sizes.items() if size}
