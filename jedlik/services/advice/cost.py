"""The cost of a table for a month, as it is and as it could be.

Capacity that auto scaling would provide is computed by the hour: for its busiest five minutes at
the target utilization, and at least one unit. Records of less than a month are extrapolated.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from jedlik.services.advice.prices import ClassPrices, Prices, ReservedPrices
from jedlik.services.advice.traffic import Consumption, Units

TARGET: Final = 0.7
"""Of auto scaling: the share of the capacity that is used at the peak of an hour."""
_MILLION: Final = 1e6
_GB: Final = 1e9

ON_DEMAND: Final = "PAY_PER_REQUEST"
PROVISIONED: Final = "PROVISIONED"
OTHER: Final = "other"
"""For operations recorded without their names: of many tables, or by an older Jedlik."""
_ROUNDING: Final = 1e-6
RESERVED: Final = "PROVISIONED, reserved for a year"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds for auto scaling: least and most units."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Month:
    """The cost of reads, writes and storage for a month."""

    reads: float
    writes: float
    storage: float
    recovery: float = 0.0

    @property
    def total(self) -> float:
        """All together."""
        return self.reads + self.writes + self.storage + self.recovery


def by_operation(
    month: Month, read_by: Mapping[str, float], written_by: Mapping[str, float],
    consumed: tuple[float, float],
) -> dict[str, float]:  # fmt: skip
    """Each operation's cost in a month's reads and writes: its share of the units that were
    `consumed`, read and written. The cost of unknown operations is OTHER."""
    found: dict[str, float] = {}
    for cost, units, total in (
        (month.reads, read_by, consumed[0]),
        (month.writes, written_by, consumed[1]),
    ):
        known = sum(units.values())
        rest = max(total - known, 0.0)
        # Sums of floats: a remainder from rounding is not an operation's.
        parts = {**units, OTHER: rest} if rest > _ROUNDING * known else units
        whole = known + rest
        for operation, taken in parts.items():
            if taken and whole:
                found[operation] = found.get(operation, 0.0) + cost * taken / whole
    return found


class Reckoning:
    """Computes one table's cost from its and its global indexes' consumption in this many hours."""

    def __init__(
        self, prices: Prices, parts: Iterable[Consumption], hours: float, size: float
    ) -> None:
        """`size` are the bytes stored, indexes included."""
        self.prices = prices
        self._parts = list(parts)
        self._hours = max(1.0, hours)
        self._gigabytes = size / _GB

    def month(self, mode: str, *, infrequent: bool = False, recovery: bool = False) -> Month:
        """A month's cost in a mode and table class, with capacity that follows consumption."""
        reads, writes = self._throughput(mode, self._prices(infrequent))
        return self._month(reads, writes, infrequent, recovery)

    def provisioned(
        self, reads: float, writes: float, *, infrequent: bool = False, recovery: bool = False
    ) -> Month:
        """A month's cost with this many units provisioned all the time."""
        prices, hours = self._prices(infrequent), self.prices.hours_a_month
        units = reads * prices.read_hour * hours, writes * prices.write_hour * hours
        return self._month(*units, infrequent, recovery)

    def storage(self, size: float, *, infrequent: bool = False) -> float:
        """The cost of storing this many bytes for a month."""
        return size / _GB * self._prices(infrequent).storage_gb

    def consumed(self) -> tuple[float, float]:
        """The units that the table and its indexes consumed: read and written."""
        reads = sum(part.reads.total for part in self._parts)
        return reads, sum(part.writes.total for part in self._parts)

    def _prices(self, infrequent: bool) -> ClassPrices:
        return self.prices.infrequent_access if infrequent else self.prices.standard

    def _month(self, reads: float, writes: float, infrequent: bool, recovery: bool) -> Month:
        storage = self._gigabytes * self._prices(infrequent).storage_gb
        kept = self._gigabytes * self.prices.recovery_gb if recovery else 0.0
        return Month(reads, writes, storage, kept)

    def _throughput(self, mode: str, prices: ClassPrices) -> tuple[float, float]:
        months = self.prices.hours_a_month / self._hours
        if mode == ON_DEMAND:
            reads = sum(part.reads.total for part in self._parts) * prices.million_reads
            writes = sum(part.writes.total for part in self._parts) * prices.million_writes
            return reads * months / _MILLION, writes * months / _MILLION
        if mode == RESERVED:
            return self._reserved(self.prices.reserved_one_year, prices)
        hourly_reads = sum(self._capacity_hours(part.reads) for part in self._parts)
        hourly_writes = sum(self._capacity_hours(part.writes) for part in self._parts)
        return hourly_reads * prices.read_hour * months, hourly_writes * prices.write_hour * months

    def _capacity_hours(self, units: Units) -> float:
        """Units times hours that auto scaling would have provisioned."""
        busy = [_capacity(peak) for peak in units.peaks.values()]
        return sum(busy) + max(0.0, self._hours - len(busy))

    def _reserved(self, reserved: ReservedPrices, prices: ClassPrices) -> tuple[float, float]:
        """The cost with the constant part reserved, in hundreds, and the rest provisioned."""
        found = []
        for name, always, more in (
            ("reads", reserved.read_hour, prices.read_hour),
            ("writes", reserved.write_hour, prices.write_hour),
        ):
            cost = 0.0
            for part in self._parts:
                units: Units = getattr(part, name)
                busy = sorted(_capacity(peak) for peak in units.peaks.values())
                quiet = len(busy) < self._hours - 1
                base = 0 if quiet or not busy else busy[0] // 100 * 100
                hours = self._capacity_hours(units) - base * self._hours
                cost += base * self.prices.hours_a_month * always
                cost += hours * more * self.prices.hours_a_month / self._hours
            found.append(cost)
        return found[0], found[1]

    def bounds(self, units: Units) -> Bounds:
        """The bounds for auto scaling from the consumption, with a reserve of half at the top."""
        busy = [_capacity(peak) for peak in units.peaks.values()] or [1]
        least = min(busy) if len(busy) >= self._hours - 1 else 1
        return Bounds(least, math.ceil(max(busy) * 1.5))


def _capacity(peak: float) -> int:
    return max(1, math.ceil(peak / TARGET - 1e-9))
