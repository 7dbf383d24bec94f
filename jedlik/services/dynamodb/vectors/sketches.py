"""Large partitions: 512 bits of each row show which rows cannot be among the nearest.

The problem: multiplying a million vectors with the query takes hundreds of milliseconds, nearly all
of it to fetch them from memory. Graphs of neighbours (HNSW) read few of them, but take a
millisecond of work for each vector that is put, minutes to build and half as much memory again.
They find less the more selective a filter is, and how much they find depends on the data.

The idea: a random plane through the middle of the vectors separates two of them with a probability
of their angle over pi. So a vector's bits say on which side of 512 such planes it is, and the
number of bits in which two vectors differ gives their approximate angle: it has a binomial
distribution, whatever the vectors are. Counting these bits costs a twentieth of a product. A search

    1. counts them for all rows, in the first bits only, and has from that a lower bound of each
       row's distance that holds with a probability of 98.8% (`bounds._DEVIATIONS`);
    2. scores the rows that look best, exactly: the nearest ones are no farther than the last of
       those, so that all rows with a greater lower bound are out;
    3. where many rows are left, does the same with all their bits;
    4. scores what remains, exactly.

So what a search may miss is known beforehand and does not depend on the data: on average, some 1%
of the results. The time does depend on it. If vectors have nothing in common, like random ones,
many rows remain; if a large part of them does, all are scored (see `exact`).

A filter only removes rows beforehand. A row that is put or moved lacks its bits. As long as
`FEW_LACKING` rows do, each search scores them exactly; then the bits of all of them are made
together, which takes some ten microseconds for each, several times as long for one alone. Nothing
else must be kept in order, and nothing must be saved: making the bits takes about as long as
reading the entries. If many rows lack theirs, they are made in the background, the products on a
separate thread, and searches are exact until then.

If vectors form groups, a search without a filter does this only with the rows of near lists (see
`lists`).

Distances are of the vectors less their mean `center`, whose angles are wide. Under COSINE vectors
are brought to length 1 first; DOT_PRODUCT is a product of lengths and an angle itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final

from jedlik.services.dynamodb.vectors.blocks import RowBlocks
from jedlik.services.dynamodb.vectors.bounds import FIRST_WORDS, SAMPLE, WORDS, Bounds, Seen
from jedlik.services.dynamodb.vectors.lists import (
    LIST_SIZE,
    RowLists,
    Trial,
    lists_for,
    sample_size,
    trained,
)
from jedlik.services.dynamodb.vectors.scoring import COSINE, DOT_PRODUCT
from jedlik.services.dynamodb.vectors.selection import Query, Selection

EXACT_ROWS: Final = 20_000
"""Up to this many rows are scored exactly: that takes a few milliseconds."""
_BITS: Final = 64 * WORDS
FEW_LACKING: Final = 64
"""Up to this many rows, scoring them in each search is faster than making their bits."""
ROWS_A_SEARCH: Final = 2048
"""A search makes the bits of this many rows itself: that takes about as long as an exact one."""
_ROWS_A_STEP: Final = 256
"""Rows whose bits are made without a pause: some three milliseconds."""
_SPARE: Final = 16
"""One in this many rows is room for rows to come."""
_ROWS_AT_ONCE: Final = 2048
"""Rows whose bits are made together in the background: their copy takes three milliseconds."""
_SCORED_AT_ONCE: Final = 512
"""Up to this many rows, scoring is faster than comparing their other bits."""
_FEW: Final = 8
"""If more than one in this many rows remains, scoring all is faster: they are contiguous."""
_SEEN_FIRST: Final = 20
"""Rows of the nearest lists, for each of the wanted ones, that say how good the best are."""
_MAX_REACHED_SHARE: Final = 0.25
"""If a greater part of the rows is in lists within reach, comparing all is faster."""
_GROWN: Final = 2
"""Rows are put into other lists when there are so many times as many."""
_TRIED: Final = 96
"""Rows whose neighbours are found to measure the reach of lists."""
_SEED: Final = 18
_ROWS_OF_CENTER: Final = 4096
SKETCH_SIZE: Final = 8 * WORDS + 12 + LIST_SIZE
"""Bytes of a row, with those that searches need."""


class Sketches:
    """The bits of a partition's vectors. `numpy` is passed in."""

    def __init__(self, numpy: ModuleType, vectors: RowBlocks, distance: str) -> None:
        self._numpy: Any = numpy
        self._vectors = vectors
        self._unit = distance == COSINE
        self._dot_product = distance == DOT_PRODUCT
        self._covered = 0
        """Rows from the first one on that have bits."""
        self._stale: set[int] = set()
        """Places of rows whose bits are those of a previous vector."""
        self._fewest = 0
        """The least number of rows while bits were made on a thread."""
        self.making = False
        """Whether bits are made in the background."""
        self._abandoned = False
        random = numpy.random.default_rng(_SEED)
        self._planes = random.standard_normal((_BITS, vectors.columns), dtype=numpy.float32)
        self._words = [numpy.empty(0, dtype=numpy.uint64) for _ in range(WORDS)]
        self._lengths = numpy.empty(0, dtype=numpy.float32)
        self._range: tuple[float, float] | None = None
        self._lists: RowLists | None = None
        """None also if vectors form no groups."""
        self._grouped = 0
        """The number of rows when they were last put into lists."""
        self._next_lists: RowLists | None = None
        """The lists that are being made, while searches use the others."""
        self._put: set[int] = set()
        """Places of rows that were put into the next lists by searches meanwhile."""
        sample = numpy.unique(numpy.linspace(0, len(vectors) - 1, _ROWS_OF_CENTER).astype(int))
        self.center = self._measured(sample).mean(axis=0)

    # --- Making bits ------------------------------------------------------------------------------

    def note_change(self, place: int) -> None:
        """Note that a row has changed."""
        self._stale.add(place)

    def cut(self, rows: int) -> None:
        """Note that only this many rows are left."""
        self._covered = min(self._covered, rows)
        self._fewest = min(self._fewest, rows)
        for each in self._every_list():
            each.cut()

    @property
    def lacking(self) -> int:
        """The number of rows without bits, or with outdated ones."""
        return len(self._vectors) - self._covered + len(self._stale)

    def _places_lacking(self) -> Any:
        """Their places."""
        rows = len(self._vectors)
        stale = [place for place in self._stale if place < self._covered]
        return self._numpy.array([*stale, *range(self._covered, rows)], dtype=self._numpy.int64)

    def abandon(self) -> None:
        """Stop the background work, since the rows are no longer needed."""
        self._abandoned = True

    def step(self) -> bool:
        """Make the bits of the next rows without bits, or with outdated ones; False if all have
        theirs. Not while they are made in the background."""
        places, end = self._next(_ROWS_A_STEP)
        if not len(places):
            return False
        away = self._away(places)
        self._covered = end
        self._set(places, away, *self._made_of(away))
        return True

    async def make(self) -> None:
        """Make the bits of all rows, in the background, unless they are abandoned."""
        self.making = True
        try:
            while not self._abandoned and await self._make_some():
                pass
        finally:
            self.making = False

    def lack_lists(self, same_length: float | None) -> bool:
        """Whether rows must be put into lists, or into new ones, since their number has grown."""
        if self._dot_product and same_length is None:
            return False
        if not self._covered or self.making or self._next_lists is not None:
            return False
        return self._covered > _GROWN * self._grouped

    async def make_lists(self) -> None:
        """Put all rows into lists, in the background, unless they are abandoned."""
        numpy = self._numpy
        rows = self._covered
        random = numpy.random.default_rng(_SEED)
        sample = random.choice(rows, sample_size(rows), replace=False)
        sample.sort()
        away = random.permutation(self._away(sample))
        centers = await asyncio.to_thread(trained, numpy, away, lists_for(rows))
        made = self._next_lists = RowLists(numpy, centers)
        trial = Trial(numpy, away[:_TRIED].copy())  # a view would keep all of them
        del away
        try:
            first = 0
            while first < self._covered:
                if self._abandoned:
                    return
                first = await self._list_some(made, trial, first)
            made.sort(self._words, self._lengths, self._covered)
            made.reach = await asyncio.to_thread(trial.reach, made)
            self._lists = made if trial.share(made) <= _MAX_REACHED_SHARE else None
            self._grouped = rows
        finally:
            self._next_lists = None

    async def _list_some(self, made: RowLists, trial: Trial, first: int) -> int:
        """Put the next rows into lists; returns where to continue."""
        numpy = self._numpy
        end = min(self._covered, first + _ROWS_AT_ONCE)
        places = numpy.arange(first, end)
        away = self._away(places)
        self._put.clear()

        def labels_of() -> Any:
            labels = made.labels(away)
            trial.see(away, labels)
            return labels

        labels = await asyncio.to_thread(labels_of)
        if self._put:  # a search has seen a later vector in this place
            others = numpy.array([place not in self._put for place in places.tolist()])
            places, labels = places[others], labels[others]
        if len(places):
            made.put(places, labels)
        return end

    def _every_list(self) -> list[RowLists]:
        return [each for each in (self._lists, self._next_lists) if each is not None]

    async def _make_some(self) -> bool:
        covered = self._covered
        places, end = self._next(_ROWS_AT_ONCE)
        if not len(places):
            return False
        away = self._away(places)
        self._fewest = len(self._vectors)
        try:
            bits, labels = await asyncio.to_thread(self._made_of, away)
        except BaseException:
            self._stale.update(places.tolist())
            raise
        self._set(places, away, bits, labels)
        # Rows that changed meanwhile are stale; rows beyond the end may have been replaced by now.
        if self._covered == covered:
            self._covered = max(covered, min(end, self._fewest))
        return True

    def _next(self, count: int) -> tuple[Any, int]:
        """The places of up to this many rows whose bits are next, and up to where rows have theirs
        afterwards."""
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

    def _made_of(self, away: Any) -> tuple[Any, list[tuple[RowLists, Any]]]:
        """The bits of rows, and their lists."""
        return self._bits(away), [(each, each.labels(away)) for each in self._every_list()]

    def _set(
        self, places: Any, away: Any, bits: Any, labels: Sequence[tuple[RowLists, Any]]
    ) -> None:
        self._range = None
        self._lengths[places] = self._numpy.sqrt(self._numpy.einsum("ij,ij->i", away, away))
        for word, values in zip(self._words, bits.T, strict=True):
            word[places] = values
        for each, of_rows in labels:
            each.put(places, of_rows)
        if self._next_lists is not None:
            self._put.update(places.tolist())

    def _measured(self, places: Any) -> Any:
        """Rows in the form in which their angles are measured."""
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

    def candidates(
        self, query: Query, mask: Any, count: int, same_length: float | None = None
    ) -> list[int] | None:
        """The places of the `count` rows that are nearest according to their bits, and of some
        others. None if so many rows remain that scoring all is better. Few rows lack their bits.
        `mask` says which rows count, None: all. `same_length` is that of all rows, if they have the
        same."""
        numpy = self._numpy
        bounds = Bounds(query, self._vectors, self._planes, self.center, same_length)
        rows = self._covered
        wanted = max(2 * count, 2 * SAMPLE)
        if rows <= SAMPLE * wanted:
            return None
        left, limit = None, None
        if mask is None and self._lists is not None and bounds.squares:
            left, limit = self._listed(self._lists, bounds, count, wanted)
        if left is None:
            left = self._of_all(bounds, mask, count, wanted, limit)
        if len(left) > max(wanted, _SCORED_AT_ONCE):
            differing = bounds.differing([word.take(left) for word in self._words])
            lowest = bounds.lowest(self._lengths.take(left), differing, WORDS)
            near = left[numpy.argpartition(lowest, wanted)[:wanted]]
            near.sort()
            left = left[lowest <= bounds.kth(near, count, mask)]
        if self.lacking:
            lacking = self._places_lacking()
            if mask is not None:
                lacking = lacking[mask[lacking]]
            left = _ascending(numpy, numpy.concatenate((left, lacking)))
        if not count <= len(left) <= rows // _FEW:
            return None
        selection = Selection(query, count)
        selection.add(*bounds.exact(left), left)
        return selection.places()

    def _of_all(
        self, bounds: Bounds, mask: Any, count: int, wanted: int, limit: float | None
    ) -> Any:
        """The places of the rows that may be among the nearest, according to their first bits.
        Their bounds are within `limit`, if that is known."""
        rows = self._covered
        mask = None if mask is None else mask[:rows]
        words = [word[:rows] for word in self._words[:FIRST_WORDS]]
        seen = Seen(bounds, words, self._lengths[:rows], self.range, mask)
        if limit is None:
            best = seen.within(seen.sampled(wanted // SAMPLE))[: 8 * wanted]
            limit = bounds.kth(best, count, mask)
        return seen.within(limit)

    def _listed(
        self, lists: RowLists, bounds: Bounds, count: int, wanted: int
    ) -> tuple[Any, float | None]:
        """The same for the rows in near lists, and the limit of their bounds. No places if lists do
        not help, and no limit if they give none.

        Not for searches with a filter: it may remove just the rows of some lists, and the rest is
        then in other directions than those in which the reach was measured. Of 100,000 rows in
        groups, only 89% were found with a filter that left out the near groups. In cases with good
        recall, lists saved a fifth of the time at most.
        """
        numpy = self._numpy
        rows = self._covered
        if _SEEN_FIRST * wanted > _MAX_REACHED_SHARE * rows:
            return None, None
        fresh = lists.fresh(self._words, self._lengths, rows)
        margins = lists.margins(bounds.away)
        nearest = margins.argsort()
        first = lists.enough(nearest, _SEEN_FIRST * wanted)
        seen = lists.rows_in(nearest[:first], rows, fresh)
        lowest = bounds.seen(seen)
        best = seen.places[lowest.argpartition(wanted)[:wanted]]
        # A row that was put after lists were sorted may occur twice.
        limit = bounds.kth(_ascending(numpy, best), count, None)
        if limit == float("inf"):
            return None, None
        near = [seen.places[lowest <= limit]]
        reached = lists.reached(margins, bounds.distance(limit))
        if reached > first:
            others = nearest[first:reached]
            if lists.count(others) > _MAX_REACHED_SHARE * rows:
                return None, limit
            seen = lists.rows_in(others, rows)
            near.append(seen.places[bounds.seen(seen) <= limit])
        return _ascending(numpy, numpy.concatenate(near)), limit

    @property
    def range(self) -> tuple[float, float]:
        """The range of the lengths of all rows."""
        if self._range is None:
            lengths = self._lengths[: self._covered]
            self._range = float(lengths.min()), float(lengths.max())
        return self._range


def _ascending(numpy: Any, places: Any) -> Any:
    """Places in ascending order, each once, in a third of the time of `unique`."""
    places = numpy.sort(places)
    kept = numpy.ones(len(places), dtype=bool)
    numpy.not_equal(places[1:], places[:-1], out=kept[1:])
    return places[kept]
