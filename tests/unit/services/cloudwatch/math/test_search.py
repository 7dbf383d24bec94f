"""Searches: their results, and invalid texts."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.kernel.metrics.points import Series
from jedlik.services.cloudwatch.math.grammar import SyntaxFault
from jedlik.services.cloudwatch.math.search import MAX_TERMS, read_search

READS = Series(
    "AWS/DynamoDB", "ConsumedReadCapacityUnits", (("TableName", "Music"),), ("Count",), 0
)
OF_INDEX = Series(
    "AWS/DynamoDB", "ConsumedReadCapacityUnits",
    (("GlobalSecondaryIndexName", "by-year"), ("TableName", "Music")), ("Count",), 0,
)  # fmt: skip


@given(st.text(alphabet="ab1.()[],'\" AND{}=", max_size=40))
def test_any_text_is_a_search_or_a_syntax_fault(text: str) -> None:
    with contextlib.suppress(SyntaxFault):
        read_search(text).finds(READS)


def test_a_search_has_so_many_terms_at_most() -> None:
    assert not read_search("x " * MAX_TERMS).finds(READS)
    with pytest.raises(SyntaxFault):
        read_search("x " * (MAX_TERMS + 1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{AWS/DynamoDB,TableName} MetricName="ConsumedReadCapacityUnits"', [READS]),
        ('{AWS/DynamoDB, TableName,"GlobalSecondaryIndexName"} consumed', [OF_INDEX]),
        ("{AWS/DynamoDB,TableName}", [READS]),
        ("{AWS/Lambda,TableName}", []),
        ('MetricName="ConsumedReadCapacityUnits"', [READS, OF_INDEX]),
        ('MetricName="ConsumedRead"', []),
        ("MetricName=consumedread", [READS, OF_INDEX]),
        ("consumed NOT by-year", [READS]),
        ("by-year OR nothing", [OF_INDEX]),
        ('consumed (TableName="Music" AND by-year)', [OF_INDEX]),
        ('TableName="Other"', []),
        ('"Music"', [READS, OF_INDEX]),
        ('"Mus"', []),
    ],
)
def test_what_searches_find(text: str, found: list[Series]) -> None:
    search = read_search(text)
    assert [each for each in (READS, OF_INDEX) if search.finds(each)] == found


@pytest.mark.parametrize("text", ["{}", "{a,}", "(a", "a)", "AND", "NOT", "a OR"])
def test_searches_that_are_none(text: str) -> None:
    with pytest.raises(SyntaxFault):
        read_search(text)
