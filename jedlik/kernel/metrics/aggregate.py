"""Aggregates of values: count, sum, minimum, maximum, and distribution.

Percentiles come from a histogram whose buckets grow by a factor, as in DDSketch (Masson, Rim, Lee,
VLDB 2019): a value is in bucket i where GROWTH**(i-1) < value <= GROWTH**i, so that any percentile
is within (GROWTH - 1) / (GROWTH + 1), less than 2 percent, of a value that was recorded at its
rank. Histograms of different processes and minutes add up without a further error.

The stored bytes:

    count (8) sum (8) minimum (8) maximum (8)      doubles, big-endian
    nothing more                                   all values are the same
    00                                             the distribution is not known
    01 {bucket (varint), count (varint)}*          buckets in order, the first one signed (zigzag),
                                                   the others as the distance to the one before
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import Final

GROWTH: Final = 1.04
_LOG: Final = math.log(GROWTH)
_BIAS: Final = 20_000
"""Greater than the bucket number of the largest double, so that positive values have positive
bucket numbers, negative values negative ones, and zero has 0."""
_SUMS: Final = struct.Struct(">dddd")
_UNKNOWN: Final = b"\x00"
_KNOWN: Final = b"\x01"


def bucket_of(value: float) -> int:
    """The number of a value's bucket."""
    if value == 0.0:
        return 0
    index = max(1, math.ceil(math.log(abs(value)) / _LOG) + _BIAS)
    return index if value > 0 else -index


def upper_end_of(bucket: int) -> float:
    """The largest value in a bucket of positive values."""
    end: float = GROWTH ** (bucket - _BIAS)
    return end


def value_of(bucket: int) -> float:
    """A value that represents the bucket: its relative error is bounded (see above)."""
    if bucket == 0:
        return 0.0
    size: float = 2.0 * GROWTH ** (abs(bucket) - _BIAS) / (1.0 + GROWTH)
    return size if bucket > 0 else -size


class Aggregate:
    """An aggregate of values. `buckets` None: the distribution is not known."""

    __slots__ = ("buckets", "count", "high", "low", "sum")

    def __init__(
        self,
        count: float = 0.0,
        total: float = 0.0,
        low: float = math.inf,
        high: float = -math.inf,
        buckets: dict[int, int] | None = None,
    ) -> None:
        self.count = count
        self.sum = total
        self.low = low
        self.high = high
        self.buckets = buckets

    @classmethod
    def of(cls, value: float, count: float = 1.0) -> Aggregate:
        """The same value a number of times."""
        weight = max(1, round(count))
        return cls(count, value * count, value, value, {bucket_of(value): weight})

    @classmethod
    def of_values(cls, values: dict[float, int]) -> Aggregate:
        """Values and how often each occurred; there is at least one."""
        buckets: dict[int, int] = {}
        count, total = 0, 0.0
        for value, times in values.items():
            bucket = bucket_of(value)
            buckets[bucket] = buckets.get(bucket, 0) + times
            count += times
            total += value * times
        return cls(count, total, min(values), max(values), buckets)

    def merge(self, other: Aggregate) -> None:
        """Add another aggregate."""
        if other.count == 0:
            return
        if self.count == 0:
            self.buckets = None if other.buckets is None else dict(other.buckets)
        elif self.buckets is None or other.buckets is None:
            self.buckets = None
        else:
            for bucket, times in other.buckets.items():
                self.buckets[bucket] = self.buckets.get(bucket, 0) + times
        self.count += other.count
        self.sum += other.sum
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)

    @property
    def average(self) -> float:
        """The mean."""
        return self.sum / self.count if self.count else 0.0

    def percentile(self, percent: float) -> float | None:
        """The value that `percent` of the values do not exceed; None if that is not known."""
        if self.low == self.high:
            return self.low
        if self.buckets is None:
            return None
        rank = percent / 100.0 * sum(self.buckets.values())
        seen = 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                return min(max(value_of(bucket), self.low), self.high)
        return self.high

    def encode(self) -> bytes:
        """The stored bytes."""
        sums = _SUMS.pack(self.count, self.sum, self.low, self.high)
        if self.low == self.high:
            return sums
        if self.buckets is None:
            return sums + _UNKNOWN
        out = bytearray(sums + _KNOWN)
        before = None
        for bucket in sorted(self.buckets):
            step = _zigzag(bucket) if before is None else bucket - before
            _write_varint(step, out)
            _write_varint(self.buckets[bucket], out)
            before = bucket
        return bytes(out)

    @classmethod
    def decode(cls, stored: bytes) -> Aggregate:
        """The aggregate of stored bytes."""
        count, total, low, high = _SUMS.unpack_from(stored)
        if len(stored) == _SUMS.size:
            return cls(count, total, low, high, {bucket_of(low): max(1, round(count))})
        if stored[_SUMS.size :] == _UNKNOWN:
            return cls(count, total, low, high, None)
        numbers = _read_varints(stored, _SUMS.size + 1)
        buckets: dict[int, int] = {}
        bucket = None
        for step, times in zip(numbers, numbers, strict=True):
            bucket = _unzigzag(step) if bucket is None else bucket + step
            buckets[bucket] = times
        return cls(count, total, low, high, buckets)


def _zigzag(number: int) -> int:
    return number * 2 if number >= 0 else -number * 2 - 1


def _unzigzag(number: int) -> int:
    return number // 2 if number % 2 == 0 else -(number + 1) // 2


def _write_varint(number: int, out: bytearray) -> None:
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _read_varints(stored: bytes, at: int) -> Iterator[int]:
    number = shift = 0
    for byte in stored[at:]:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
