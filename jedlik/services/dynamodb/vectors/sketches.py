"""Large partitions: which rows cannot be among the nearest is seen from 512 bits of each.

The problem: to multiply a million vectors with the one that is searched for takes hundreds of
milliseconds, nearly all of it to fetch them from memory. Graphs of neighbours (HNSW) look at few of
them, but take a millisecond of work for each vector that is put, minutes to build, half as much
memory again, find less the more selective a filter is, and how much they find depends on the data.

The idea: a random plane through the middle of the vectors separates two of them with a probability
of their angle over pi. So of the bits that say on which side of 512 such planes a vector is, those
in which two vectors differ tell their angle, give or take: the number has a binomial distribution,
whatever the vectors are. Counting differing bits costs a twentieth of a product. So a search

    1. counts them for all rows, in the first bits only, and has from that a lower bound of each
       row's distance that holds with a probability of 98.8% (`_DEVIATIONS`);
    2. scores the rows that look best, exactly: the nearest ones are no farther than the last of
       those, so that all rows with a greater lower bound are out;
    3. where many rows are left, does the same with all their bits;
    4. scores what remains, exactly.

What it may miss is thus known beforehand and does not depend on the data: on average, some 1% of
the results. What does depend on them is the time. Where vectors have nothing in common, as random
ones, many rows remain; if a good part of them does, all are scored (see `exact`).

A filter only takes rows out beforehand. A row that is put or moves has its bits made again, which
takes some ten microseconds, before the next search; nothing else has to be kept in order, and
nothing has to be saved: to make the bits takes about as long as to read the entries does. Where
many rows lack theirs, they are made in the background, the products on a thread of their own, and
searches are exact until they are there.

Distances are of the vectors less their mean `center`, whose angles are wide. Under COSINE vectors
are brought to length 1 first; DOT_PRODUCT is a product of lengths and an angle itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final

from jedlik.services.dynamodb.vectors.blocks import RowBlocks
from jedlik.services.dynamodb.vectors.scoring import COSINE, DOT_PRODUCT
from jedlik.services.dynamodb.vectors.selection import Query, Selection

EXACT_ROWS: Final = 20_000
"""Up to so many rows are scored exactly: that takes a few milliseconds."""
_WORDS: Final = 8
_FIRST_WORDS: Final = 3
"""Of 64 bits: all, and those that are compared first."""
_BITS: Final = 64 * _WORDS
_DEVIATIONS: Final = 2.25
"""Standard deviations by which a row may differ in more bits than its angle says before it is
missed: 1.2% of a normal distribution lie beyond."""
_LEAST_RATE: Final = 0.02
"""Rates of differing bits below this one have its deviation: the normal distribution is no measure
of rare events."""
ROWS_A_SEARCH: Final = 2048
"""A search makes the bits of so many rows itself: that takes about as long as an exact one."""
_ROWS_A_STEP: Final = 256
"""Rows whose bits are made without giving way: some three milliseconds."""
_SPARE: Final = 16
"""One of so many rows is room for rows to come."""
_ROWS_AT_ONCE: Final = 2048
"""Rows whose bits are made at once in the background: their copy takes three milliseconds."""
_SAMPLE: Final = 16
"""One of so many rows says how good the best are."""
_SCORED_AT_ONCE: Final = 512
"""Up to so many rows are scored sooner than their other bits are compared."""
_FEW: Final = 8
"""Where more than one of so many rows remains, to score all is faster: they lie in a row."""
_ROWS_IN_CACHE: Final = 32 * 1024
"""Rows whose bits are compared before those of the next: what is between stays in the cache."""
_ROUNDED: Final = 2.0**-20
"""Of the greatest bound, how far off one in 32 bits is at most."""
_SEED: Final = 18
_ROWS_OF_CENTER: Final = 4096
SKETCH_SIZE: Final = 8 * _WORDS + 12
"""Bytes of a row, with those that searches need."""


class Sketches:
    """The bits of a partition's vectors. `numpy` is passed in."""

    def __init__(self, numpy: ModuleType, vectors: RowBlocks, distance: str) -> None:
        self._numpy: Any = numpy
        self._vectors = vectors
        self._unit = distance == COSINE
        self._covered = 0
        """Rows from the first one on that have bits."""
        self._stale: set[int] = set()
        """Places of those whose bits are of what was there before."""
        self._fewest = 0
        """The fewest rows that there were while bits were made on a thread."""
        self.making = False
        """Whether bits are made in the background."""
        self._abandoned = False
        random = numpy.random.default_rng(_SEED)
        self._planes = random.standard_normal((_BITS, vectors.columns), dtype=numpy.float32)
        self._words = [numpy.empty(0, dtype=numpy.uint64) for _ in range(_WORDS)]
        self._lengths = numpy.empty(0, dtype=numpy.float32)
        self._range: tuple[float, float] | None = None
        self.cosines = {words: _cosines(numpy, words) for words in (_FIRST_WORDS, _WORDS)}
        """By how many words are compared: by how many bits differ, the greatest cosine."""
        sample = numpy.unique(numpy.linspace(0, len(vectors) - 1, _ROWS_OF_CENTER).astype(int))
        self.center = self._measured(sample).mean(axis=0)

    # --- Making bits ------------------------------------------------------------------------------

    def changed(self, place: int) -> None:
        """A row is another one than it was."""
        self._stale.add(place)

    def cut(self, rows: int) -> None:
        """Only so many rows are left."""
        self._covered = min(self._covered, rows)
        self._fewest = min(self._fewest, rows)

    @property
    def lacking(self) -> int:
        """How many rows have no bits, or others than theirs."""
        return len(self._vectors) - self._covered + len(self._stale)

    def abandon(self) -> None:
        """Make no more in the background: the rows are not needed any longer."""
        self._abandoned = True

    def step(self) -> bool:
        """Make the bits of the next rows that have none, or others; False where all have theirs.
        Not while they are made in the background."""
        places, end = self._next(_ROWS_A_STEP)
        if not len(places):
            return False
        away = self._away(places)
        self._covered = end
        self._set(places, away, self._bits(away))
        return True

    async def make(self) -> None:
        """Make the bits of all rows, in the background, unless they are abandoned."""
        self.making = True
        try:
            while not self._abandoned and await self._make_some():
                pass
        finally:
            self.making = False

    async def _make_some(self) -> bool:
        covered = self._covered
        places, end = self._next(_ROWS_AT_ONCE)
        if not len(places):
            return False
        away = self._away(places)
        self._fewest = len(self._vectors)
        try:
            bits = await asyncio.to_thread(self._bits, away)
        except BaseException:
            self._stale.update(places.tolist())
            raise
        self._set(places, away, bits)
        # Rows that changed meanwhile are stale; what was cut off may be another row by now.
        if self._covered == covered:
            self._covered = max(covered, min(end, self._fewest))
        return True

    def _next(self, count: int) -> tuple[Any, int]:
        """The places of up to so many rows whose bits are to be made next, and to where rows have
        theirs then."""
        rows = len(self._vectors)
        places: list[int] = []
        while self._stale and len(places) < count:
            place = self._stale.pop()
            if place < self._covered:
                places.append(place)
        end = min(rows, self._covered + count - len(places))
        places.sort()
        places.extend(range(self._covered, end))
        self._reserve(rows)
        return self._numpy.array(places, dtype=self._numpy.int64), end

    def _away(self, places: Any) -> Any:
        return self._measured(places) - self.center

    def _set(self, places: Any, away: Any, bits: Any) -> None:
        self._range = None
        self._lengths[places] = self._numpy.sqrt(self._numpy.einsum("ij,ij->i", away, away))
        for word, values in zip(self._words, bits.T, strict=True):
            word[places] = values

    def _measured(self, places: Any) -> Any:
        """Rows as their angles are measured."""
        numpy = self._numpy
        vectors = self._vectors.take(places)
        if self._unit:
            lengths = numpy.sqrt(numpy.einsum("ij,ij->i", vectors, vectors))
            vectors /= numpy.where(lengths > 0.0, lengths, 1.0)[:, None]
        return vectors

    def _bits(self, away: Any) -> Any:
        packed = self._numpy.packbits(away @ self._planes.T > 0.0, axis=-1)
        return packed.view(self._numpy.uint64)

    def _reserve(self, rows: int) -> None:
        numpy = self._numpy
        if rows > len(self._lengths):
            size = rows + rows // _SPARE

            def longer(values: Any) -> Any:
                return numpy.concatenate((values, numpy.empty(size - len(values), values.dtype)))

            self._words = [longer(word) for word in self._words]
            self._lengths = longer(self._lengths)

    # --- Searching --------------------------------------------------------------------------------

    def candidates(self, query: Query, mask: Any, count: int) -> list[int] | None:
        """The places of the rows that are, as far as bits tell, the `count` nearest, and of some
        others. None where bits leave so many rows that all had better be scored. All rows have
        their bits. `mask` says which rows count, None: all."""
        numpy = self._numpy
        bounds = _Bounds(self, query)
        rows = len(self._vectors)
        wanted = max(2 * count, 2 * _SAMPLE)
        if rows <= _SAMPLE * wanted:
            return None
        words = [word[:rows] for word in self._words]
        lengths = self._lengths[:rows]
        seen = _Seen(bounds, words, lengths, mask)
        best = seen.within(seen.sampled(wanted // _SAMPLE))[: 8 * wanted]
        left = seen.within(bounds.kth(best, count, mask))
        if len(left) > max(wanted, _SCORED_AT_ONCE):
            differing = bounds.differing([word.take(left) for word in words])
            lowest = bounds.lowest(lengths.take(left), differing, _WORDS)
            near = left[numpy.argpartition(lowest, wanted)[:wanted]]
            near.sort()
            left = left[lowest <= bounds.kth(near, count, mask)]
        if len(left) > rows // _FEW:
            return None
        selection = Selection(query, count)
        selection.add(*self.exact(query, left), left)
        return selection.places()

    def exact(self, query: Query, places: Any) -> tuple[Any, float]:
        """The costs of rows (see `Query.costs`), and their greatest error."""
        numpy = self._numpy
        vectors = self._vectors.take(places)
        lengths = numpy.sqrt(numpy.einsum("ij,ij->i", vectors, vectors))
        return query.costs(vectors, lengths, ordinary=True)

    def bits_of(self, away: Any, words: int) -> Sequence[int]:
        """The first bits of one vector, so many words."""
        packed = self._numpy.packbits(self._planes[: 64 * words] @ away > 0.0)
        bits: Sequence[int] = packed.view(self._numpy.uint64)
        return bits

    @property
    def range(self) -> tuple[float, float]:
        """What the lengths of all rows are between."""
        if self._range is None:
            lengths = self._lengths[: len(self._vectors)]
            self._range = float(lengths.min()), float(lengths.max())
        return self._range


def _cosines(numpy: Any, words: int) -> Any:
    """The greatest cosine of the angle of vectors that differ in so many bits of these words."""
    rates = numpy.arange(64 * words + 1) / (64 * words)
    spread = numpy.maximum(rates * (1.0 - rates), _LEAST_RATE * (1.0 - _LEAST_RATE))
    least = numpy.maximum(rates - _DEVIATIONS * numpy.sqrt(spread / (64 * words)), 0.0)
    return numpy.cos(numpy.pi * least).astype(numpy.float32)


class _Seen:
    """What the first bits of all rows say. A row's bound takes several times as long as to count
    its bits. So a limit of bounds is made one of bits first, and only the few rows within that one
    have their bounds looked at."""

    def __init__(self, bounds: _Bounds, words: Sequence[Any], lengths: Any, mask: Any) -> None:
        self._numpy = bounds.numpy
        self._bounds = bounds
        self._lengths = lengths
        self._mask = mask
        self._differing = bounds.differing(words[:_FIRST_WORDS])
        shortest, longest = bounds.sketches.range
        self._least = bounds.least(shortest, longest) - bounds.slack(longest)
        """By how many of the first bits a row differs: no greater than its bound is, whatever its
        length."""

    def sampled(self, rank: int) -> float:
        """The bound that has this rank in a sample of all rows."""
        part = slice(None, None, _SAMPLE)
        lowest = self._bounds.lowest(self._lengths[part], self._differing[part], _FIRST_WORDS)
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
        return places[self._bounds.lowest(lengths, differing, _FIRST_WORDS) <= limit]


class _Bounds:
    """Lower bounds of the distances of rows to what is searched for, less what all rows have in
    common: squares of distances, or negative products of DOT_PRODUCT."""

    def __init__(self, sketches: Sketches, query: Query) -> None:
        numpy = self.numpy = query.numpy
        self.sketches = sketches
        self._query = query
        center = sketches.center.astype(numpy.float64)
        wanted = query.wide
        if query.distance == COSINE and query.length:
            wanted = wanted / query.length
        self._squares = query.distance != DOT_PRODUCT
        away = wanted - center if self._squares else wanted
        self._length: float = float(numpy.sqrt(away @ away))
        self._away = away.astype(numpy.float32)
        # What a cost of the query has to be multiplied by and to get added to be such a bound.
        self._offset: float
        self._factor = 2.0 if query.distance == COSINE else 1.0
        if query.distance == DOT_PRODUCT:
            self._offset = float(center @ wanted)
        elif query.distance == COSINE:
            self._offset = 2.0 - self._length**2
        else:
            self._offset = query.length**2 - self._length**2

    def differing(self, words: Sequence[Any]) -> Any:
        """In how many bits rows differ, given their first words."""
        numpy = self.numpy
        xor, count = numpy.bitwise_xor, numpy.bitwise_count
        rows = len(words[0])
        wanted = self.sketches.bits_of(self._away, len(words))
        # Numbers of one byte, where they are large enough, are added in a fraction of the time.
        kind = numpy.uint8 if len(words) <= _FIRST_WORDS else numpy.uint16
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

    def lowest(self, lengths: Any, differing: Any, words: int) -> Any:
        """The lower bounds of rows of these lengths that differ in so many bits of these words."""
        lowest = self.table(words).take(differing, mode="clip")
        if self._squares:
            lowest += lengths
        lowest *= lengths
        return lowest

    def table(self, words: int) -> Any:
        """By how many bits of these words a row differs in: what, times its length, is the lower
        bound, once its length is added where bounds are of squares."""
        scale = -2.0 * self._length if self._squares else -self._length
        return self.sketches.cosines[words] * self.numpy.float32(scale)

    def least(self, shortest: float, longest: float) -> Any:
        """By how many of the first bits a row differs: the least bound of those whose lengths are
        between these."""
        numpy = self.numpy
        factors = self.table(_FIRST_WORDS).astype(numpy.float64)
        if self._squares:
            lengths = numpy.clip(factors / -2.0, shortest, longest)
            return lengths * (lengths + factors)
        return numpy.minimum(shortest * factors, longest * factors)

    def slack(self, longest: float) -> float:
        """How far off the bounds of rows up to this length are at most."""
        return float(_ROUNDED * (longest + self._length) ** 2)

    def kth(self, places: Any, count: int, mask: Any) -> float:
        """What the bounds of the nearest rows cannot exceed, given the places of some rows."""
        if mask is not None:
            places = places[mask[places]]
        if len(places) < count:
            return float("inf")
        costs, error = self.sketches.exact(self._query, places)
        kth = float(self.numpy.partition(costs, count - 1)[count - 1])
        # Lengths and bounds are 32-bit floats too.
        return float(self._factor * (kth + 6.0 * error) + self._offset)
