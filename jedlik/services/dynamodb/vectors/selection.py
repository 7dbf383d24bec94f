"""The query, and the rows that may be nearest to it.

Sums of products are first made of 32-bit floats, with which processors are fast. The error of such
a sum is bounded (by the number of products times the precision, whatever their order), so all rows
that could really be among the best are known; those are scored again in 64 bits. So results and
their order are the same as if everything were done in 64 bits, and those with equal scores come in
the order of their keys.

If 32-bit products would underflow or overflow (see `rows.is_ordinary`), 64 bits are used directly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from jedlik.services.dynamodb.vectors.scoring import (
    COSINE,
    EUCLIDEAN,
    better_first,
    numpy_scorer,
)
from jedlik.values.floats import is_ordinary

_NARROW: Final = 2.0**-23
_WIDE: Final = 2.0**-52
"""The precision of floats of 32 and of 64 bits."""


class Candidate(NamedTuple):
    """A row that was found: its score, the entry's key after the prefix of the partition, and its
    vector as packed floats."""

    score: float
    key: bytes
    vector: bytes


class Query:
    """The query: the vector `wanted`, as 32-bit floats."""

    def __init__(self, numpy: Any, distance: str, wanted: Sequence[float]) -> None:
        self.numpy = numpy
        self.distance = distance
        self.wanted = wanted
        self.wide = numpy.asarray(wanted, dtype=numpy.float64)
        self.narrow = self.wide.astype(numpy.float32)
        self.length = float(numpy.sqrt(self.wide @ self.wide))
        self.is_ordinary = bool(is_ordinary(self.length))
        self.score = numpy_scorer(numpy, distance, self.wide)
        """Scores packed vectors, in 64 bits."""
        self.rank = better_first(distance)

    def costs(self, vectors: Any, lengths: Any, *, ordinary: bool) -> tuple[Any, float]:
        """The costs of rows, by which they are compared (smaller is better), and their greatest
        error.

        A cost is not the score, but a number of which each score is an ascending function (for
        DOT_PRODUCT a descending one), and which takes the fewest steps.
        """
        numpy = self.numpy
        precision = _NARROW if ordinary else _WIDE
        if not ordinary:
            vectors = vectors.astype(numpy.float64)
            lengths = numpy.sqrt(numpy.einsum("ij,ij->i", vectors, vectors))
        products = vectors @ (self.narrow if ordinary else self.wide)
        error = precision * (len(self.wide) + 8)
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


class Selection:
    """The rows that may be among the `count` best of those seen so far."""

    def __init__(self, query: Query, count: int) -> None:
        self._query = query
        self._count = count
        self._error = 0.0
        self._costs = query.numpy.empty(0)
        self._places = query.numpy.empty(0, dtype=query.numpy.int64)

    def add(self, costs: Any, error: float, places: Any) -> None:
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
        """The limit of the costs of the best rows, whatever the errors are."""
        kth = self._query.numpy.partition(self._costs, self._count - 1)[self._count - 1]
        return float(kth) + 2.0 * self._error

    def places(self) -> list[int]:
        found: list[int] = self._places.tolist()
        return found
