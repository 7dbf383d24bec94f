"""Large partitions: lists of neighbours, from which a search selects the rows worth comparing.

The problem: comparing the bits of all rows (see `sketches`) takes most of a search's time, but
nearly all rows are far away.

The idea: k-means puts each row into the list of the nearest of some hundred centers. If center `a`
is the nearest one to the query, a row in the list of center `b` is on the other side of the plane
halfway between both, so it is at least as far as that plane. And the way to a neighbour hardly ever
leads straight to that plane: it goes in many directions together, so only a fraction of its length
counts, the `reach`. Once a search knows enough rows within some distance, it leaves out the lists
whose planes are farther away than the reach of that distance.

The reach is measured. For some of the rows, `Trial` finds the true neighbours while lists are made;
the reach is the fraction that covers 99% of these. If searches would then compare a large part of
all rows, because vectors form no groups, no lists are used.

A search adapts to the distances it finds: if neighbours are far away, because of a large TopK or a
query unlike all rows, it reads more lists; if these have too many rows, the bits of all rows are
compared as without lists.

The parts of a row that a search reads, its place and first bits, are stored in the order of the
lists, since fetching them from all over the memory would take longer than comparing them. All
searches compare rows that were put after that order was made, until it is made again, which takes
some three milliseconds for a hundred thousand rows. Its outdated parts of replaced rows are
harmless: rows found by them are scored with their present vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final, NamedTuple

_MAX_LISTS: Final = 1024
_MIN_LISTS: Final = 16
_ROWS_OF_CENTER: Final = 24
"""Sampled rows for each center."""
_COMPARED_AT_ONCE: Final = 2048
"""Rows whose products with all centers are in memory at a time: 8 MB at most."""
_ROUNDS: Final = 5
"""Iterations of k-means: later ones move the centers little."""
_RANKS: Final = (10, 100)
"""The numbers of neighbours that must be covered."""
_COVERED: Final = 0.99
_FRESH: Final = 512
_FRESH_PART: Final = 64
"""The number of puts, or their part of all rows, after which lists are sorted again."""
WORDS: Final = 4
"""Words of 64 bits, of those that each row has."""
LIST_SIZE: Final = 2 + 4 + 4 + 8 * WORDS
"""Bytes of a row: the number of its list, its place, its length and its first bits."""


class Listed(NamedTuple):
    """The parts of rows that a search reads: their places, lengths and first bits."""

    places: Any
    lengths: Any
    bits: Any


def lists_for(rows: int) -> int:
    """The number of lists for `rows` rows: a power of two, so that each has some hundred rows and
    comparing the centers does not take longer than comparing those."""
    wanted = int(1.2 * rows**0.5)
    return max(_MIN_LISTS, min(_MAX_LISTS, 1 << wanted.bit_length()))


def sample_size(rows: int) -> int:
    """The number of rows from which the centers are made."""
    return min(rows, _ROWS_OF_CENTER * lists_for(rows))


def trained(numpy: ModuleType, sample: Any, count: int) -> Any:
    """Up to `count` centers of a sample of rows in random order, by k-means."""
    np: Any = numpy
    centers = sample[:count].copy()
    for _ in range(_ROUNDS):
        labels = _nearest(np, sample, centers, _halves(np, centers))
        order = labels.argsort(kind="stable")
        members = np.bincount(labels, minlength=len(centers))
        used = np.flatnonzero(members)
        starts = (np.cumsum(members) - members)[used]
        centers[used] = np.add.reduceat(sample[order], starts, axis=0) / members[used, None]
    return centers


def _halves(numpy: Any, centers: Any) -> Any:
    return 0.5 * numpy.einsum("ij,ij->i", centers, centers)


def _nearest(numpy: Any, rows: Any, centers: Any, halves: Any) -> Any:
    labels = numpy.empty(len(rows), dtype=numpy.uint16)
    for at in range(0, len(rows), _COMPARED_AT_ONCE):
        part = slice(at, at + _COMPARED_AT_ONCE)
        products = rows[part] @ centers.T
        products -= halves
        labels[part] = products.argmax(axis=1)
    return labels


class RowLists:
    """The lists of a partition's rows. All vectors are given less their mean (see `sketches`)."""

    def __init__(self, numpy: ModuleType, centers: Any) -> None:
        self._numpy: Any = numpy
        self.reach = float("inf")
        self._centers = centers
        self._halves = _halves(numpy, centers)
        squares = 2.0 * (self._halves[:, None] + self._halves - centers @ centers.T)
        self._apart = numpy.sqrt(numpy.maximum(squares, numpy.finfo(numpy.float32).tiny))
        """The distances of the centers from each other."""
        self._labels = numpy.zeros(0, dtype=numpy.uint16)
        self._listed = Listed(
            numpy.zeros(0, dtype=numpy.int32),
            numpy.zeros(0, dtype=numpy.float32),
            numpy.zeros((0, WORDS), dtype=numpy.uint64),
        )
        self.sizes = numpy.zeros(len(centers), dtype=numpy.int64)
        """The number of rows of each list in that order, and where each begins."""
        self._begins = self.sizes
        self._fresh: set[int] = set()
        self._fresh_rows: Listed | None = None
        """The same in the form that a search reads, once one has."""
        self._cut = False
        """Whether rows of the order were deleted."""

    # --- Rows -------------------------------------------------------------------------------------

    def labels(self, away: Any) -> Any:
        """The numbers of the lists of rows."""
        return _nearest(self._numpy, away, self._centers, self._halves)

    def put(self, places: Any, labels: Any) -> None:
        """Put rows into lists, by their places."""
        numpy = self._numpy
        end = int(places.max()) + 1
        if end > len(self._labels):
            room = numpy.zeros(end + end // 16 - len(self._labels), dtype=numpy.uint16)
            self._labels = numpy.concatenate((self._labels, room))
        self._labels[places] = labels
        if len(self._listed.places):
            self._fresh.update(places.tolist())
        self._fresh_rows = None

    def cut(self) -> None:
        """Remove rows at the end."""
        self._cut = True
        self._fresh_rows = None

    def sort(self, words: Sequence[Any], lengths: Any, rows: int) -> None:
        """Bring all rows into the order of their lists, given the bits and lengths of all."""
        numpy = self._numpy
        labels = self._labels[:rows]
        order = labels.argsort(kind="stable")
        self._listed = self._read(words, lengths, order.astype(numpy.int32))
        self.sizes = numpy.bincount(labels, minlength=len(self._centers))
        self._begins = self.sizes.cumsum() - self.sizes
        self._fresh.clear()
        self._fresh_rows = None
        self._cut = False

    def _read(self, words: Sequence[Any], lengths: Any, places: Any) -> Listed:
        numpy = self._numpy
        bits = numpy.empty((len(places), WORDS), dtype=numpy.uint64)
        for number, word in enumerate(words[:WORDS]):
            bits[:, number] = word.take(places)
        return Listed(places, lengths.take(places), bits)

    # --- Searching --------------------------------------------------------------------------------

    def margins(self, away: Any) -> Any:
        """The least distance of each list's rows from one vector (see above)."""
        nearness = self._halves - self._centers @ away
        nearest = int(nearness.argmin())
        return (nearness - nearness[nearest]) / self._apart[nearest]

    def reached(self, margins: Any, distance: float) -> int:
        """The number of lists, nearest first, that are within this distance."""
        return int(self._numpy.count_nonzero(margins <= self.reach * distance))

    def enough(self, lists: Any, wanted: int) -> int:
        """The number of these lists that together have `wanted` rows."""
        return int(self.sizes[lists].cumsum().searchsorted(wanted)) + 1

    def count(self, lists: Any) -> int:
        """The number of rows in these lists."""
        return int(self.sizes[lists].sum())

    def rows_in(self, lists: Any, rows: int, fresh: Listed | None = None) -> Listed:
        """The rows of these lists, and those that are not in the order of lists; `rows` is the
        total number."""
        begins = self._begins[lists].tolist()
        sizes = self.sizes[lists].tolist()
        parts = [slice(begin, begin + size) for begin, size in zip(begins, sizes, strict=True)]
        join = self._numpy.concatenate
        found = Listed(*(join([values[part] for part in parts]) for values in self._listed))
        if self._cut:
            there = found.places < rows
            found = Listed(*(values[there] for values in found))
        if fresh is not None:
            found = Listed(*(join(both) for both in zip(found, fresh, strict=True)))
        return found

    def fresh(self, words: Sequence[Any], lengths: Any, rows: int) -> Listed | None:
        """The rows that are not in the order of lists; None if all are. Sorts them if they are
        many."""
        if len(self._fresh) > max(_FRESH, rows // _FRESH_PART):
            self.sort(words, lengths, rows)
        if self._fresh and self._fresh_rows is None:
            numpy = self._numpy
            places = numpy.fromiter(self._fresh, dtype=numpy.int32, count=len(self._fresh))
            self._fresh_rows = self._read(words, lengths, places[places < rows])
        return self._fresh_rows


class Trial:
    """Finds the true neighbours of some rows, and from them the reach of lists."""

    def __init__(self, numpy: ModuleType, tried: Any) -> None:
        self._numpy: Any = numpy
        self._tried = tried
        self._halves = _halves(numpy, tried)
        self._costs = numpy.full((len(tried), 1), numpy.inf, dtype=numpy.float32)
        """Half the squares of the distances of the nearest rows so far."""
        self._labels = numpy.zeros((len(tried), 1), dtype=numpy.uint16)

    def see(self, away: Any, labels: Any) -> None:
        """Add some rows, with their lists."""
        numpy = self._numpy
        costs = _halves(numpy, away) - self._tried @ away.T + self._halves[:, None]
        costs = numpy.concatenate((self._costs, costs), axis=1)
        labels = numpy.concatenate(
            (self._labels, numpy.broadcast_to(labels, (len(self._tried), len(labels)))), axis=1
        )
        # A row is its own nearest neighbour, which must not count.
        kept = min(max(_RANKS) + 1, costs.shape[1] - 1)
        nearest = costs.argpartition(kept, axis=1)[:, : kept + 1]
        self._costs = numpy.take_along_axis(costs, nearest, axis=1)
        self._labels = numpy.take_along_axis(labels, nearest, axis=1)

    def reach(self, lists: RowLists) -> float:
        """The reach that covers the neighbours found so far."""
        numpy = self._numpy
        order = self._costs.argsort(axis=1)
        margins = self._margins(lists)
        labels = numpy.take_along_axis(self._labels, order, 1).astype(numpy.int64)
        of_rows = numpy.take_along_axis(margins, labels, 1)
        reach = 0.0
        for rank in _RANKS:
            last = min(rank, order.shape[1] - 1)
            ratios = of_rows[:, 1 : last + 1] / self._distances(last)[:, None]
            if ratios.size:
                reach = max(reach, float(numpy.quantile(ratios, _COVERED)))
        return reach

    def share(self, lists: RowLists) -> float:
        """The part of all rows that are in lists within reach of these rows' neighbours."""
        distances = self._distances(min(_RANKS[0], self._costs.shape[1] - 1))
        reached = self._margins(lists) <= lists.reach * distances[:, None]
        of_rows = reached @ lists.sizes
        return float(of_rows.mean() / max(1, lists.sizes.sum()))

    def _margins(self, lists: RowLists) -> Any:
        return self._numpy.array([lists.margins(each) for each in self._tried])

    def _distances(self, rank: int) -> Any:
        """The distances of the neighbours of this rank."""
        numpy = self._numpy
        costs = numpy.partition(self._costs, rank, axis=1)[:, rank]
        return numpy.sqrt(2.0 * numpy.maximum(costs, numpy.finfo(numpy.float32).tiny))
