"""The three distance functions, exactly: how near vectors are to the query.

API reference, "SearchVectors":

    COSINE       1 - cosine of the angle: 0 (same direction) to 2 (opposite); the smallest are best
    EUCLIDEAN    the distance between both; the smallest are best
    DOT_PRODUCT  the sum of the products; the largest are best

Vectors are 32-bit floats. They are compared by sums in 64 bits. Scores are shown as 32-bit floats;
greater ones are shown as the greatest of these. A DOT_PRODUCT is shown as the service sums it: in
32 bits, neighbours first, then the neighbouring sums, and so on (Floci's tests measured 8 and 16
dimensions; the steps of the other functions are not known). A vector of zeros has no direction: it
is at right angles to every other one (score 1 under COSINE), as in the service's answers in public
issues. numpy scores a page of vectors together; without it the same is done number by number.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from operator import add, mul
from typing import Any, Final

from jedlik.values.floats import floats_of

COSINE: Final = "COSINE"
EUCLIDEAN: Final = "EUCLIDEAN"
DOT_PRODUCT: Final = "DOT_PRODUCT"

_MAX_FLOAT: Final = 2.0**128 - 2.0**104
"""Of 32-bit floats."""
_PRECISION: Final = 2.0**-52

Scorer = Callable[[Sequence[bytes]], list[float]]
"""The scores of vectors, each as packed floats."""


def better_first(distance: str) -> Callable[[float], float]:
    """The sort key by which the best score comes first."""
    return _negated if distance == DOT_PRODUCT else _same


def _same(score: float) -> float:
    return score


def _negated(score: float) -> float:
    return -score


def shown_scores(
    distance: str,
    wanted: Sequence[float],
    scored: Sequence[tuple[float, bytes]],
    numpy: Any = None,
) -> list[float]:
    """The scores of results as answers have them; `scored` are their scores in 64 bits and their
    packed vectors."""
    scores = [score for score, _ in scored]
    if distance == DOT_PRODUCT and scored:
        vectors = [vector for _, vector in scored]
        if numpy is None:
            sums = [_sum_in_pairs(wanted, vector) for vector in vectors]
        else:
            sums = _sums_in_pairs(numpy, wanted, vectors)
        scores = [
            narrow if math.isfinite(narrow) else score
            for narrow, score in zip(sums, scores, strict=True)
        ]
    return [_narrow(score) for score in scores]


def _narrow(score: float) -> float:
    return array("f", (min(max(score, -_MAX_FLOAT), _MAX_FLOAT),))[0]


def _sum_in_pairs(wanted: Sequence[float], vector: bytes) -> float:
    """The sum of the products in 32 bits; infinite or NaN if they are too large for these."""
    terms = array("f", map(mul, array("f", wanted), floats_of(vector)))
    while len(terms) > 1:
        sums = array("f", map(add, terms[::2], terms[1::2]))
        terms = sums + terms[-1:] if len(terms) % 2 else sums
    return float(terms[0])


def _sums_in_pairs(numpy: Any, wanted: Sequence[float], vectors: Sequence[bytes]) -> list[float]:
    """The same with numpy, of several vectors."""
    with numpy.errstate(over="ignore", invalid="ignore"):
        terms = numpy.frombuffer(b"".join(vectors), dtype="<f4").reshape(len(vectors), -1)
        terms = terms * numpy.asarray(wanted, dtype=numpy.float32)
        while terms.shape[1] > 1:
            even = terms.shape[1] // 2 * 2
            sums = terms[:, 0:even:2] + terms[:, 1:even:2]
            terms = numpy.concatenate((sums, terms[:, even:]), axis=1)
    found: list[float] = terms[:, 0].tolist()
    return found


def _nothing(dimensions: int) -> float:
    """Below this, the cosine's difference from 1 may be an error of its sums."""
    return (dimensions + 8) * _PRECISION


def plain_scorer(distance: str, wanted: Sequence[float]) -> Scorer:
    """Scores against the vector `wanted`, without numpy."""
    length = math.sqrt(sum(map(mul, wanted, wanted)))
    nothing = _nothing(len(wanted))

    def cosine(packed: bytes) -> float:
        vector = floats_of(packed)
        lengths = length * math.sqrt(sum(map(mul, vector, vector)))
        if not lengths:
            return 1.0
        of_angle = float(sum(map(mul, wanted, vector))) / lengths
        score = 1.0 - of_angle
        return 0.0 if score <= nothing else min(score, 2.0)

    def euclidean(packed: bytes) -> float:
        return math.dist(wanted, floats_of(packed))

    def dot_product(packed: bytes) -> float:
        return float(sum(map(mul, wanted, floats_of(packed))))

    score = {COSINE: cosine, EUCLIDEAN: euclidean, DOT_PRODUCT: dot_product}[distance]
    return lambda vectors: list(map(score, vectors))


def numpy_scorer(numpy: Any, distance: str, wanted: Sequence[float]) -> Scorer:
    """The same with numpy, which is an argument."""
    target = numpy.asarray(wanted, dtype=numpy.float64)
    length = math.sqrt(float(target @ target))
    nothing = _nothing(len(wanted))

    def cosine(vectors: Any) -> Any:
        lengths = length * numpy.sqrt(numpy.einsum("ij,ij->i", vectors, vectors))
        none = lengths == 0
        lengths[none] = 1.0
        scores = numpy.minimum(1.0 - (vectors @ target) / lengths, 2.0)
        scores[scores <= nothing] = 0.0
        scores[none] = 1.0
        return scores

    def euclidean(vectors: Any) -> Any:
        away = vectors - target
        return numpy.sqrt(numpy.einsum("ij,ij->i", away, away))

    def dot_product(vectors: Any) -> Any:
        return vectors @ target

    score = {COSINE: cosine, EUCLIDEAN: euclidean, DOT_PRODUCT: dot_product}[distance]

    def scores(vectors: Sequence[bytes]) -> list[float]:
        if not vectors:
            return []
        page = numpy.frombuffer(b"".join(vectors), dtype="<f4").astype(numpy.float64)
        found: list[float] = score(page.reshape(len(vectors), -1)).tolist()
        return found

    return scores
