"""Lower bounds of rows' distances, from their bits (see `sketches`)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from jedlik.services.dynamodb.vectors.blocks import RowBlocks
from jedlik.services.dynamodb.vectors.lists import WORDS as LISTED_WORDS
from jedlik.services.dynamodb.vectors.lists import Listed
from jedlik.services.dynamodb.vectors.scoring import COSINE, DOT_PRODUCT
from jedlik.services.dynamodb.vectors.selection import Query

WORDS: Final = 8
FIRST_WORDS: Final = 3
"""Of 64 bits: all, and those that are compared first."""
_DEVIATIONS: Final = 2.25
"""Standard deviations by which a row may differ in more bits than its angle implies before it is
missed: 1.2% of a normal distribution lie beyond."""
_MIN_RATE: Final = 0.02
"""Rates of differing bits below this one get its deviation: the normal distribution does not fit
rare events."""
SAMPLE: Final = 16
"""One in this many rows is sampled to estimate how good the best are."""
_ROWS_IN_CACHE: Final = 32 * 1024
"""Rows whose bits are compared at a time, so that intermediate results stay in the cache."""
_ROUNDED: Final = 2.0**-20
"""The greatest error of a 32-bit bound, relative to the greatest bound."""


@cache
def _cosines(numpy: Any, words: int) -> Any:
    """The greatest cosine of the angle of vectors that differ in this many bits of these words."""
    rates = numpy.arange(64 * words + 1) / (64 * words)
    spread = numpy.maximum(rates * (1.0 - rates), _MIN_RATE * (1.0 - _MIN_RATE))
    least = numpy.maximum(rates - _DEVIATIONS * numpy.sqrt(spread / (64 * words)), 0.0)
    return numpy.cos(numpy.pi * least).astype(numpy.float32)


class Seen:
    """The bounds from the first bits of all rows. To compute a row's bound takes several times as
    long as to count its bits. So a limit of bounds is first converted to one of bits, and bounds
    are computed only for the few rows within it."""

    def __init__(
        self,
        bounds: Bounds,
        words: Sequence[Any],
        lengths: Any,
        range_: tuple[float, float],
        mask: Any,
    ) -> None:
        self._numpy = bounds.numpy
        self._bounds = bounds
        self._lengths = lengths
        self._mask = mask
        self._differing = bounds.differing(words[:FIRST_WORDS])
        shortest, longest = range_
        self._least = bounds.least(shortest, longest) - bounds.slack(longest)
        """By the number of differing first bits: a value no greater than the row's bound, whatever
        its length."""

    def sampled(self, rank: int) -> float:
        """The bound that has this rank in a sample of all rows."""
        part = slice(None, None, SAMPLE)
        lowest = self._bounds.lowest(self._lengths[part], self._differing[part], FIRST_WORDS)
        if self._mask is not None:
            lowest[~self._mask[part]] = self._numpy.inf
        return float(self._numpy.partition(lowest, rank)[rank])

    def _most_differing(self, limit: float) -> int:
        """The most of the first bits in which a row may differ whose bound is within a limit; -1 if
        no row can be. It may be one too many."""
        within = self._numpy.flatnonzero(self._least <= limit)
        return int(within[-1]) if len(within) else -1

    def within(self, limit: float) -> Any:
        """The places of the rows that count whose bounds are within a limit."""
        most = self._most_differing(limit)
        if most < 0:
            return self._numpy.empty(0, dtype=self._numpy.int64)
        near = self._differing <= most
        if self._mask is not None:
            near &= self._mask
        places = self._numpy.flatnonzero(near)
        lengths, differing = self._lengths.take(places), self._differing.take(places)
        return places[self._bounds.lowest(lengths, differing, FIRST_WORDS) <= limit]


class Bounds:
    """Lower bounds of the distances of rows to the query, without the part that all rows have in
    common: squares of distances, or negative products of DOT_PRODUCT. `planes` and `center` are
    those from which the bits of `vectors` were made.

    Where all rows have nearly the `same_length`, those with the greatest products are the nearest
    ones to a vector of that length. So DOT_PRODUCT goes by squares then, too.
    """

    def __init__(
        self,
        query: Query,
        vectors: RowBlocks,
        planes: Any,
        center: Any,
        same_length: float | None = None,
    ) -> None:
        numpy = self.numpy = query.numpy
        self._query = query
        self._vectors = vectors
        self._planes = planes
        center = center.astype(numpy.float64)
        wanted = query.wide
        if query.distance == COSINE and query.length:
            wanted = wanted / query.length
        by_products = query.distance == DOT_PRODUCT
        scale = same_length / query.length if by_products and same_length and query.length else None
        if scale is not None:
            wanted = wanted * scale
        self.squares = not by_products or scale is not None
        away = wanted - center if self.squares else wanted
        self._length: float = float(numpy.sqrt(away @ away))
        self.away = away.astype(numpy.float32)
        self._bits: Sequence[int] = ()
        # The factor and the summand that turn a cost of the query into such a bound.
        self._offset: float
        self._factor = 2.0 if query.distance == COSINE else 1.0
        if scale is not None and same_length is not None:
            self._factor = 2.0 * scale
            self._offset = 2.0 * same_length**2 - self._length**2
        elif by_products:
            self._offset = float(center @ wanted)
        elif query.distance == COSINE:
            self._offset = 2.0 - self._length**2
        else:
            self._offset = query.length**2 - self._length**2

    def _bits_of(self, words: int) -> Sequence[int]:
        """The first bits of the query, this many words."""
        if len(self._bits) < words:
            packed = self.numpy.packbits(self._planes[: 64 * words] @ self.away > 0.0)
            self._bits = packed.view(self.numpy.uint64)
        return self._bits[:words]

    def differing(self, words: Sequence[Any]) -> Any:
        """The number of bits in which rows differ, given their first words."""
        numpy = self.numpy
        xor, count = numpy.bitwise_xor, numpy.bitwise_count
        rows = len(words[0])
        wanted = self._bits_of(len(words))
        # One-byte numbers, if they are large enough, are added in a fraction of the time.
        kind = numpy.uint8 if len(words) <= FIRST_WORDS else numpy.uint16
        counts = numpy.empty(rows, dtype=kind)
        room = min(rows, _ROWS_IN_CACHE)
        word, of_word = numpy.empty(room, numpy.uint64), numpy.empty(room, numpy.uint8)
        (first, first_bits), *others = zip(words, wanted, strict=True)
        for low in range(0, rows, _ROWS_IN_CACHE):
            part = slice(low, low + _ROWS_IN_CACHE)
            of_part = counts[part]
            word, of_word = word[: len(of_part)], of_word[: len(of_part)]
            count(xor(first[part], first_bits, out=word), out=of_part)
            for values, bits in others:
                of_part += count(xor(values[part], bits, out=word), out=of_word)
        return counts

    def seen(self, listed: Listed) -> Any:
        """The lower bounds of rows of lists."""
        numpy = self.numpy
        of_words = numpy.bitwise_count(listed.bits ^ self._bits_of(LISTED_WORDS))
        # One product adds the four bytes of a row. All bits, 256, overflow to 0, so an opposite row
        # is scored needlessly.
        differing = of_words.view(numpy.uint32)[:, 0] * numpy.uint32(0x01010101) >> 24
        return self.lowest(listed.lengths, differing, LISTED_WORDS)

    def lowest(self, lengths: Any, differing: Any, words: int) -> Any:
        """The lower bounds of rows of these lengths, given in how many bits their words differ."""
        lowest = self.table(words).take(differing, mode="clip")
        if self.squares:
            lowest += lengths
        lowest *= lengths
        return lowest

    def table(self, words: int) -> Any:
        """By the number of differing bits of these words: the factor that, times the row's length,
        gives the lower bound, to which the length is added if bounds are of squares."""
        scale = -2.0 * self._length if self.squares else -self._length
        return _cosines(self.numpy, words) * self.numpy.float32(scale)

    def least(self, shortest: float, longest: float) -> Any:
        """By the number of differing first bits: the least bound of rows whose lengths are between
        these."""
        numpy = self.numpy
        factors = self.table(FIRST_WORDS).astype(numpy.float64)
        if self.squares:
            lengths = numpy.clip(factors / -2.0, shortest, longest)
            return lengths * (lengths + factors)
        return numpy.minimum(shortest * factors, longest * factors)

    def distance(self, bound: float) -> float:
        """The distance for a bound of squares."""
        return float(max(bound + self._length**2, 0.0) ** 0.5)

    def slack(self, longest: float) -> float:
        """The greatest error of the bounds of rows up to this length."""
        return float(_ROUNDED * (longest + self._length) ** 2)

    def kth(self, places: Any, count: int, mask: Any) -> float:
        """The limit of the bounds of the nearest rows, given the places of some rows."""
        if mask is not None:
            places = places[mask[places]]
        if len(places) < count:
            return float("inf")
        costs, error = self.exact(places)
        kth = float(self.numpy.partition(costs, count - 1)[count - 1])
        # Lengths and bounds are 32-bit floats too.
        return float(self._factor * (kth + 6.0 * error) + self._offset)

    def exact(self, places: Any) -> tuple[Any, float]:
        """The costs of rows, by ascending places (see `Query.costs`), and their greatest error."""
        numpy = self.numpy
        vectors = self._vectors.take(places)
        lengths = numpy.sqrt(numpy.einsum("ij,ij->i", vectors, vectors))
        return self._query.costs(vectors, lengths, ordinary=True)
