"""Queries of Metrics Insights as text: what is one, and what it means."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.metrics.points import Series
from jedlik.services.cloudwatch.math.grammar import SyntaxFault
from jedlik.services.cloudwatch.math.metrics_query import (
    MAX_RETURNED,
    Condition,
    MetricsQuery,
    Order,
    is_metrics_query,
    read_metrics_query,
)


def test_all_clauses() -> None:
    text = """
        select sum(RequestCount) From schema("AWS/ApplicationELB", LoadBalancer, AvailabilityZone)
        WHERE LoadBalancer = 'app/load-balancer-1' AND AvailabilityZone != 'it\\'s'
        group by AvailabilityZone, "Load\\"Balancer" ORDER BY max() desc LIMIT 5;
    """
    assert is_metrics_query(text)
    assert read_metrics_query(text) == MetricsQuery(
        "SUM", "RequestCount", "AWS/ApplicationELB",
        frozenset(("LoadBalancer", "AvailabilityZone")),
        (Condition("LoadBalancer", "app/load-balancer-1", False),
         Condition("AvailabilityZone", "it's", True)),
        ("AvailabilityZone", 'Load"Balancer'), Order("MAX", True), 5,
    )  # fmt: skip


def test_only_what_must_be_there() -> None:
    assert read_metrics_query('SELECT AVG("LIMIT") FROM mine') == MetricsQuery(
        "AVG", "LIMIT", "mine", None, (), (), None, MAX_RETURNED
    )
    assert read_metrics_query("SELECT AVG(a) FROM b ORDER BY AVG()").order == Order("AVG", False)
    assert read_metrics_query("SELECT AVG(a) FROM SCHEMA(b)").schema == frozenset()


@pytest.mark.parametrize("text", ["select + 1", "SELECT", "AVG(select)", "SUM(METRICS())", "e1"])
def test_metric_math_is_none(text: str) -> None:
    assert not is_metrics_query(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT P99(a) FROM b",
        "SELECT AVG(a)",
        "SELECT AVG(a) FROM",
        "SELECT AVG(a FROM b",
        "SELECT AVG('a') FROM b",
        'SELECT AVG("") FROM b',
        "SELECT AVG(a.b) FROM b",
        "SELECT AVG(limit) FROM b",
        "SELECT AVG(a) FROM AWS/DynamoDB",
        "SELECT AVG(a) FROM SCHEMA()",
        "SELECT AVG(a) FROM SCHEMA(b,)",
        "SELECT AVG(a) FROM b WHERE c",
        'SELECT AVG(a) FROM b WHERE c = "d"',
        "SELECT AVG(a) FROM b WHERE c = d",
        "SELECT AVG(a) FROM b WHERE c = 'd' OR e = 'f'",
        "SELECT AVG(a) FROM b WHERE c > 'd'",
        "SELECT AVG(a) FROM b WHERE tag.env = 'd'",
        "SELECT AVG(a) FROM b WHERE AWS.AccountId = '000000000000'",
        "SELECT AVG(a) FROM b GROUP c",
        "SELECT AVG(a) FROM b GROUP BY tag.env",
        "SELECT AVG(a) FROM b ORDER BY AVG(a)",
        "SELECT AVG(a) FROM b ORDER BY AVG",
        "SELECT AVG(a) FROM b LIMIT 0",
        "SELECT AVG(a) FROM b LIMIT 501",
        "SELECT AVG(a) FROM b LIMIT 1.5",
        "SELECT AVG(a) FROM b LIMIT 5 GROUP BY c",
        "SELECT AVG(a) FROM b WHERE c = 'd",
        "SELECT AVG(a) FROM b GROUP BY " + ", ".join(["c"] * 300),
    ],
)
def test_what_is_no_query(text: str) -> None:
    with pytest.raises(SyntaxFault):
        read_metrics_query(text)


_PARTS = st.sampled_from(
    ["SELECT", " AVG", "(", ")", "a", '"b"', "'c'", " FROM ", "SCHEMA", ",", " WHERE ", "=", "!=",
     " AND ", " GROUP BY ", " ORDER BY ", " DESC", " LIMIT ", "5", "\\", '"', "'", ".", ";", "é"]
)  # fmt: skip


@given(st.lists(_PARTS, max_size=30).map("".join) | st.text(max_size=40))
def test_nothing_else_is_raised(text: str) -> None:
    for start in ("", "SELECT AVG(a) FROM b ", "SELECT AVG("):
        with contextlib.suppress(SyntaxFault):
            read_metrics_query(start + text)


def _series(namespace: str = "b", name: str = "a", **dimensions: str) -> Series:
    return Series(namespace, name, tuple(sorted(dimensions.items())), ("None",), 0)


@pytest.mark.parametrize(
    ("clauses", "found"),
    [
        ("b", ["", "x", "y", "xy"]),
        ("SCHEMA(b)", [""]),
        ("SCHEMA(b, X)", ["x"]),
        ("SCHEMA(b, Y, X)", ["xy"]),
        ("b WHERE X = '1'", ["x", "xy"]),
        ("b WHERE X != '1'", []),
        ("b WHERE X != '2'", ["x", "xy"]),
        ("b WHERE X = '1' AND Y = '2'", ["xy"]),
        ("c", ["other"]),
    ],
)
def test_which_metrics_are_found(clauses: str, found: list[str]) -> None:
    query = read_metrics_query(f"SELECT AVG(a) FROM {clauses}")
    known = {
        "": _series(), "x": _series(X="1"), "y": _series(Y="2"), "xy": _series(X="1", Y="2"),
        "other": _series("c"), "named": _series(name="A"),
    }  # fmt: skip
    assert [name for name, series in known.items() if query.finds(series)] == found


def test_what_has_no_value_is_in_a_group_of_its_own() -> None:
    query = read_metrics_query("SELECT AVG(a) FROM b GROUP BY X, Y")
    assert query.group_of(_series(Y="2")) == ("Other", "2")
