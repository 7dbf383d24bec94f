"""Lower bounds of distances nearly always hold, and have the same unit as the distances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jedlik.services.dynamodb.vectors.blocks import RowBlocks, rows_of_block
from jedlik.services.dynamodb.vectors.bounds import FIRST_WORDS, WORDS, Bounds
from jedlik.services.dynamodb.vectors.selection import Query

DIMENSIONS = 32
ROWS = 1000
CASES = [("COSINE", 3.0), ("EUCLIDEAN", 3.0), ("DOT_PRODUCT", 3.0), ("DOT_PRODUCT", None)]


def case(distance: str, same_length: float | None) -> tuple[Bounds, Any, Any, Any]:
    """Bounds, the rows and the query less what they have in common, and the rows' bits."""
    random = np.random.default_rng(4)
    vectors = random.standard_normal((ROWS, DIMENSIONS), dtype=np.float32) + 0.5
    if same_length is not None:
        vectors *= same_length / np.linalg.norm(vectors, axis=1)[:, None]
    blocks = RowBlocks(np, DIMENSIONS, "<f4", rows_of_block(4 * DIMENSIONS))
    blocks.extend(vectors)
    wanted = random.standard_normal(DIMENSIONS) + 0.5
    unit = distance == "COSINE"
    measured = vectors / np.linalg.norm(vectors, axis=1)[:, None] if unit else vectors
    center = measured.mean(axis=0)
    planes = random.standard_normal((64 * WORDS, DIMENSIONS), dtype=np.float32)
    query = Query(np, distance, wanted.tolist())
    bounds = Bounds(query, blocks, planes, center, same_length)
    bits = np.packbits((measured - center) @ planes.T > 0.0, axis=-1).view(np.uint64)
    if unit:
        wanted /= np.linalg.norm(wanted)
    elif distance == "DOT_PRODUCT" and same_length is not None:
        wanted *= same_length / np.linalg.norm(wanted)
    return bounds, measured - center, wanted - center if bounds.squares else wanted, bits


def true_values(bounds: Bounds, away: Any, wanted: Any) -> Any:
    """What the bounds are bounds of."""
    if not bounds.squares:
        return -(away @ wanted)
    return ((away - wanted) ** 2).sum(axis=1) - wanted @ wanted


@pytest.mark.parametrize(("distance", "same_length"), CASES)
def test_the_kth_is_measured_as_bounds_are(distance: str, same_length: float | None) -> None:
    bounds, away, wanted, _ = case(distance, same_length)
    assert bounds.squares == (distance != "DOT_PRODUCT" or same_length is not None)
    true = np.sort(true_values(bounds, away, wanted))
    for count in (1, 10):
        kth = bounds.kth(np.arange(ROWS), count, None)
        assert kth == pytest.approx(true[count - 1], abs=0.02)
        assert kth >= true[count - 1] - 1e-5
    mask = np.zeros(ROWS, dtype=bool)
    mask[:5] = True
    assert bounds.kth(np.arange(ROWS), 6, mask) == float("inf")


@pytest.mark.parametrize(("distance", "same_length"), CASES)
@pytest.mark.parametrize("words", [FIRST_WORDS, WORDS])
def test_hardly_a_row_is_nearer_than_its_bound(
    distance: str, same_length: float | None, words: int
) -> None:
    bounds, away, wanted, bits = case(distance, same_length)
    differing = bounds.differing([bits[:, word].copy() for word in range(words)])
    lengths = np.linalg.norm(away, axis=1).astype(np.float32)
    lowest = bounds.lowest(lengths, differing, words)
    held = lowest <= true_values(bounds, away, wanted) + 1e-4
    assert held.mean() > 0.95
    assert lowest.std() > 0.1
