"""Values of several metrics together."""

from __future__ import annotations

import pytest

from jedlik.kernel.metrics.aggregate import Aggregate
from jedlik.kernel.metrics.points import Series
from jedlik.services.cloudwatch.math.groups import Groups
from jedlik.services.cloudwatch.math.metrics_query import read_metrics_query


def lines(clauses: str, function: str = "SUM") -> list[tuple[str, list[float]]]:
    """What a query finds in four metrics, of the dimensions X and Y."""
    groups = Groups(read_metrics_query(f"SELECT {function}(m) FROM n {clauses}"))
    for x, y, values in (("1", "a", [1.0]), ("1", "b", [2.0, 6.0]), ("2", "a", [5.0]),
                         ("3", "a", [4.0, 1.0])):  # fmt: skip
        series = Series("n", "m", (("X", x), ("Y", y)), ("None",), 0)
        groups.add(series, [(60 * at, Aggregate.of(value)) for at, value in enumerate(values)])
    return [(" ".join(names), list(found.values())) for names, found in groups.lines()]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("SUM", [12.0, 7.0]),
        ("COUNT", [4.0, 2.0]),
        ("AVG", [3.0, 3.5]),
        ("MIN", [1.0, 1.0]),
        ("MAX", [5.0, 6.0]),
    ],
)
def test_a_function_is_of_all_values_of_a_period(function: str, expected: list[float]) -> None:
    assert lines("", function) == [("", expected)]


def test_groups_come_in_the_order_of_their_names() -> None:
    assert lines("GROUP BY X") == [("1", [3.0, 6.0]), ("2", [5.0]), ("3", [4.0, 1.0])]
    assert [name for name, _ in lines("GROUP BY Y, X")] == ["a 1", "a 2", "a 3", "b 1"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("MAX() DESC", ["1", "2", "3"]),
        ("MAX()", ["3", "2", "1"]),
        ("MIN() ASC", ["3", "1", "2"]),
        ("COUNT()", ["2", "1", "3"]),
        ("SUM() DESC", ["1", "2", "3"]),
        ("AVG()", ["3", "1", "2"]),
        ("SUM() DESC LIMIT 2", ["1", "2"]),
    ],
)
def test_the_order_is_by_the_values_of_a_line(order: str, expected: list[str]) -> None:
    assert [name for name, _ in lines(f"GROUP BY X ORDER BY {order}")] == expected


def test_without_metrics_there_are_no_lines() -> None:
    assert Groups(read_metrics_query("SELECT AVG(m) FROM n")).lines() == []
