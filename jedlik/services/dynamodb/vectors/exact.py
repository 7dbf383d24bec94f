"""The nearest rows of a partition, exactly: all are scored.

Sums of products are made of 32-bit floats first, which is what processors are fast at. The error of
such a sum is bounded (by the number of products times the precision, whatever their order), so all
rows that could be among the best in truth are known; those are scored again in 64 bits. So results
and their order are the same as if all of it was done in 64 bits, and those that are as good as each
other come in the order of their keys.

Where 32-bit products would vanish or overflow (see `rows.is_ordinary`), 64 bits are used at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from jedlik.base.turns import Turns
from jedlik.services.dynamodb.vectors.conditions import SearchTerm
from jedlik.services.dynamodb.vectors.rows import VectorRows, is_ordinary
from jedlik.services.dynamodb.vectors.scoring import (
    COSINE,
    EUCLIDEAN,
    better_first,
    numpy_scorer,
)

_SCANS: Final = 3
"""How often a scan that gives way is begun again because rows have moved; the next one does not."""


class Candidate(NamedTuple):
    """A row that was found: its score, the entry's key behind the prefix of the partition, and its
    vector as packed floats."""

    score: float
    key: bytes
    vector: bytes


class Query:
    """What is searched for: the vector `wanted`, as 32-bit floats."""

    def __init__(self, numpy: Any, distance: str, wanted: Sequence[float]) -> None:
        self.numpy = numpy
        self.distance = distance
        self.wide = numpy.array(wanted, dtype=numpy.float64)
        self.narrow = self.wide.astype(numpy.float32)
        self.length = float(numpy.sqrt(self.wide @ self.wide))
        self.is_ordinary = bool(is_ordinary(self.length))
        self.score = numpy_scorer(numpy, distance, wanted)
        """Scores packed vectors, in 64 bits."""
        self.rank = better_first(distance)

    def costs(self, vectors: Any, lengths: Any, *, ordinary: bool) -> tuple[Any, float]:
        """What rows are compared by, the smaller the better, and the greatest error of it.

        Not the score: a number of which each score is an ascending function (a descending one of
        DOT_PRODUCT's), and which takes the fewest steps.
        """
        numpy = self.numpy
        precision = numpy.finfo(numpy.float32 if ordinary else numpy.float64).eps
        if not ordinary:
            vectors = vectors.astype(numpy.float64)
            lengths = numpy.sqrt(numpy.einsum("ij,ij->i", vectors, vectors))
        products = vectors @ (self.narrow if ordinary else self.wide)
        error = float(precision) * (len(self.wide) + 8)
        longest = float(lengths.max(initial=0.0))
        if self.distance == EUCLIDEAN:
            return lengths * lengths - 2.0 * products, error * (longest + self.length) ** 2
        if self.distance == COSINE:
            safe = numpy.where(lengths > 0.0, lengths, 1.0)
            return products / (safe * -(self.length or 1.0)), error
        return -products, error * longest * self.length

    def best(self, found: Sequence[tuple[bytes, bytes]], count: int) -> list[Candidate]:
        """The best of rows, each a key and a packed vector, by their scores in 64 bits."""
        scores = self.score([vector for _, vector in found])
        ranked = [
            Candidate(score, key, vector)
            for score, (key, vector) in zip(scores, found, strict=True)
        ]
        ranked.sort(key=lambda each: (self.rank(each.score), each.key))
        return ranked[:count]


class _Selection:
    """The rows that may be among the `count` best of those seen so far."""

    def __init__(self, query: Query, count: int) -> None:
        self._query = query
        self._count = count
        self._error = 0.0
        self._costs = query.numpy.empty(0)
        self._places = query.numpy.empty(0, dtype=query.numpy.int64)

    def add(self, costs: Any, places: Any, error: float) -> None:
        """Take the rows of a block into account."""
        numpy = self._query.numpy
        self._error = max(self._error, error)
        if len(self._costs) >= self._count:
            near = numpy.flatnonzero(costs <= self._limit())
            costs, places = costs[near], places[near]
        costs = numpy.concatenate((self._costs, costs))
        places = numpy.concatenate((self._places, places))
        self._costs, self._places = costs, places
        if len(costs) > self._count:
            near = numpy.flatnonzero(costs <= self._limit())
            self._costs, self._places = costs[near], places[near]

    def _limit(self) -> float:
        """What no row of the best may exceed, whatever the errors are."""
        kth = self._query.numpy.partition(self._costs, self._count - 1)[self._count - 1]
        return float(kth) + 2.0 * self._error

    def places(self) -> list[int]:
        found: list[int] = self._places.tolist()
        return found


async def nearest_rows(
    rows: VectorRows, query: Query, terms: Sequence[SearchTerm], count: int
) -> list[Candidate]:
    """The up to `count` rows with all of `terms` that are nearest, the best first.

    Others have their turn meanwhile. Rows that are put or deleted then may be found or not.
    """
    for attempt in range(_SCANS + 1):
        places = await _scan(rows, query, terms, count, may_wait=attempt < _SCANS)
        if places is not None:
            found = [(rows.keys[place], rows.packed(place)) for place in places]
            return query.best(found, count)
    raise AssertionError("the last scan gives no way, so nothing changes under it")


async def _scan(
    rows: VectorRows, query: Query, terms: Sequence[SearchTerm], count: int, *, may_wait: bool
) -> list[int] | None:
    """The places of the rows that may be the best; None where rows have moved meanwhile."""
    numpy = query.numpy
    selection = _Selection(query, count)
    turns = Turns()
    moves = rows.moves
    number = 0
    while number < rows.vectors.count:
        block, lengths = rows.vectors.block(number), rows.lengths(number)
        first = number * rows.vectors.block_rows
        at = numpy.arange(len(block))
        mask = rows.mask(terms, number)
        if mask is not None:
            at = numpy.flatnonzero(mask)
            block, lengths = block[at], lengths[at]
        if len(at):
            ordinary = rows.is_ordinary and query.is_ordinary
            costs, error = query.costs(block, lengths, ordinary=ordinary)
            selection.add(costs, at + first, error)
        number += 1
        if may_wait and turns.over and number < rows.vectors.count:
            del block, lengths  # no view may live on while others change the rows
            await turns.give_way()
            if rows.moves != moves:
                return None
    return selection.places()
