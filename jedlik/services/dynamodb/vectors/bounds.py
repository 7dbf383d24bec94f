"""How near a row may be at best, by its bits (see `sketches`)."""

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
"""Standard deviations by which a row may differ in more bits than its angle says before it is
missed: 1.2% of a normal distribution lie beyond."""
_LEAST_RATE: Final = 0.02
"""Rates of differing bits below this one have its deviation: the normal distribution is no measure
of rare events."""
SAMPLE: Final = 16
"""One of so many rows says how good the best are."""
_ROWS_IN_CACHE: Final = 32 * 1024
"""Rows whose bits are compared before those of the next: what is between stays in the cache."""
_ROUNDED: Final = 2.0**-20
"""Of the greatest bound, how far off one in 32 bits is at most."""


@cache
def _cosines(numpy: Any, words: int) -> Any:
    """The greatest cosine of the angle of vectors that differ in so many bits of these words."""
    rates = numpy.arange(64 * words + 1) / (64 * words)
    spread = numpy.maximum(rates * (1.0 - rates), _LEAST_RATE * (1.0 - _LEAST_RATE))
    least = numpy.maximum(rates - _DEVIATIONS * numpy.sqrt(spread / (64 * words)), 0.0)
    return numpy.cos(numpy.pi * least).astype(numpy.float32)


class Seen:
    """What the first bits of all rows say. A row's bound takes several times as long as to count
    its bits. So a limit of bounds is made one of bits first, and only the few rows within that one
    have their bounds looked at."""

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
        """By how many of the first bits a row differs: no greater than its bound is, whatever its
        length."""

    def sampled(self, rank: int) -> float:
        """The bound that has this rank in a sample of all rows."""
        part = slice(None, None, SAMPLE)
        lowest = self._bounds.lowest(self._lengths[part], self._differing[part], FIRST_WORDS)
        if self._mask is not None:
            lowest[~self._mask[part]] = self._numpy.inf
        return float(self._numpy.partition(lowest, rank)[rank])

    def _most_differing(self, limit: float) -> int:
        """In how many of the first bits a row may differ at most whose bound is within a limit; -1
        where no row can be. Rather one too many."""
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
    """Lower bounds of the distances of rows to what is searched for, less what all rows have in
    common: squares of distances, or negative products of DOT_PRODUCT. `planes` and `center` are
    those that the bits of `vectors` were made by.

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
        # What a cost of the query has to be multiplied by and to get added to be such a bound.
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
        """The first bits of what is searched for, so many words."""
        if len(self._bits) < words:
            packed = self.numpy.packbits(self._planes[: 64 * words] @ self.away > 0.0)
            self._bits = packed.view(self.numpy.uint64)
        return self._bits[:words]

    def differing(self, words: Sequence[Any]) -> Any:
        """In how many bits rows differ, given their first words."""
        numpy = self.numpy
        xor, count = numpy.bitwise_xor, numpy.bitwise_count
        rows = len(words[0])
        wanted = self._bits_of(len(words))
        # Numbers of one byte, where they are large enough, are added in a fraction of the time.
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
        # The four bytes of a row are added by one product. All bits, 256, would be none: a row that
        # is opposite is then scored in vain.
        differing = of_words.view(numpy.uint32)[:, 0] * numpy.uint32(0x01010101) >> 24
        return self.lowest(listed.lengths, differing, LISTED_WORDS)

    def lowest(self, lengths: Any, differing: Any, words: int) -> Any:
        """The lower bounds of rows of these lengths that differ in so many bits of these words."""
        lowest = self.table(words).take(differing, mode="clip")
        if self.squares:
            lowest += lengths
        lowest *= lengths
        return lowest

    def table(self, words: int) -> Any:
        """By how many bits of these words a row differs in: what, times its length, is the lower
        bound, once its length is added where bounds are of squares."""
        scale = -2.0 * self._length if self.squares else -self._length
        return _cosines(self.numpy, words) * self.numpy.float32(scale)

    def least(self, shortest: float, longest: float) -> Any:
        """By how many of the first bits a row differs: the least bound of those whose lengths are
        between these."""
        numpy = self.numpy
        factors = self.table(FIRST_WORDS).astype(numpy.float64)
        if self.squares:
            lengths = numpy.clip(factors / -2.0, shortest, longest)
            return lengths * (lengths + factors)
        return numpy.minimum(shortest * factors, longest * factors)

    def distance(self, bound: float) -> float:
        """The distance that a bound of squares is one of."""
        return float(max(bound + self._length**2, 0.0) ** 0.5)

    def slack(self, longest: float) -> float:
        """How far off the bounds of rows up to this length are at most."""
        return float(_ROUNDED * (longest + self._length) ** 2)

    def kth(self, places: Any, count: int, mask: Any) -> float:
        """What the bounds of the nearest rows cannot exceed, given the places of some rows."""
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
