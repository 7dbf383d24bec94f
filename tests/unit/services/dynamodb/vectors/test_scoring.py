"""Scores as answers show them. Those of the query (1, 0, 0) and the sums of DOT_PRODUCT are what
Floci's tests measured on the service (September 2026)."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from jedlik.services.dynamodb.vectors.scoring import plain_scorer, shown_scores

MAX_FLOAT = 2.0**128 - 2.0**104


def packed(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


def shown(distance: str, wanted: list[float], vector: list[float], numpy: Any) -> float:
    entry = packed(*vector)
    (score,) = plain_scorer(distance, wanted)([entry])
    (found,) = shown_scores(distance, wanted, [(score, entry)], numpy)
    return found


@pytest.fixture(params=[None, np], ids=["plain", "numpy"])
def numpy(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize(
    ("vector", "cosine", "euclidean", "product"),
    [
        ([1.0, 0.0, 0.0], 0.0, 0.0, 1.0),
        ([0.6, 0.8, 0.0], 0.3999999761581421, 0.8944271802902222, 0.6000000238418579),
        ([0.1, 16777217.0, 1.00000006], 1.0, 16777216.0, 0.10000000149011612),
    ],
)
def test_measured_scores(
    numpy: Any, vector: list[float], cosine: float, euclidean: float, product: float
) -> None:
    wanted = [1.0, 0.0, 0.0]
    assert shown("COSINE", wanted, vector, numpy) == cosine
    assert shown("EUCLIDEAN", wanted, vector, numpy) == euclidean
    assert shown("DOT_PRODUCT", wanted, vector, numpy) == product


@pytest.mark.parametrize(("dimensions", "product"), [(8, 16777222.0), (16, 16777230.0)])
def test_products_are_summed_in_pairs_of_32_bits(
    numpy: Any, dimensions: int, product: float
) -> None:
    ones = [1.0] * dimensions
    assert shown("DOT_PRODUCT", ones, [16777216.0, *ones[1:]], numpy) == product


def test_an_odd_one_out_is_added_last(numpy: Any) -> None:
    assert shown("DOT_PRODUCT", [1.0] * 5, [16777216.0, 1.0, 1.0, 1.0, 2.0], numpy) == 16777220.0


def test_products_beyond_32_bits_are_shown_as_the_greatest(numpy: Any) -> None:
    assert shown("DOT_PRODUCT", [1e30, 1.0], [1e30, 1.0], numpy) == MAX_FLOAT
    assert shown("DOT_PRODUCT", [1e30, 1e30], [1e30, -1e30], numpy) == 0.0


def test_several_results_at_once(numpy: Any) -> None:
    vectors = [packed(1.0, 2.0, 3.0), packed(-1.0, 0.5, 0.0)]
    scored = [(0.0, vector) for vector in vectors]
    assert shown_scores("DOT_PRODUCT", [1.0, 1.0, 1.0], scored, numpy) == [6.0, -0.5]
    assert shown_scores("DOT_PRODUCT", [1.0, 1.0, 1.0], [], numpy) == []
