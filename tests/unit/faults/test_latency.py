"""How long requests wait."""

from __future__ import annotations

import random
import statistics

import pytest

from jedlik.faults.latency import SERVICE, LatencyError, latency_of
from tests.docs.pages import text


def drawn(profile: str, operation: str = "GetItem", count: int = 2000) -> list[float]:
    chance, latency = random.Random(5), latency_of(profile)
    return [latency(operation, chance) * 1000.0 for _ in range(count)]


def test_drawn_latencies_fit_their_text() -> None:
    assert set(drawn("20", count=3)) == {20.0}
    assert set(drawn("0", count=3)) == {0.0}
    alike = drawn("5-50")
    assert min(alike) >= 5.0
    assert max(alike) <= 50.0
    assert 25 < statistics.mean(alike) < 30


@pytest.mark.parametrize(
    ("profile", "operation", "median", "p99"),
    [("5:40", "GetItem", 5, 40), ("service", "GetItem", *SERVICE["reads"]),
     ("service", "CreateTable", *SERVICE["tables"])],
)  # fmt: skip
def test_medians_and_tails(profile: str, operation: str, median: float, p99: float) -> None:
    found = sorted(drawn(profile, operation))
    assert found[len(found) // 2] == pytest.approx(median, rel=0.1)
    assert found[len(found) * 99 // 100] == pytest.approx(p99, rel=0.25)


@pytest.mark.parametrize(
    "wrong", ["", "fast", "-1", "5-", "50-5", "40:5", "0:5", "1e3", "99999999"]
)
def test_what_is_no_profile(wrong: str) -> None:
    with pytest.raises(LatencyError):
        latency_of(wrong)


def test_the_manual_has_the_figures_of_the_service() -> None:
    for kind, (median, p99) in SERVICE.items():
        assert f"| {kind} | {median:g} | {p99:g} |" in text("testing.md")
