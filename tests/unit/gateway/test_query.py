"""Queries are read in the form in which they are signed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.auth.canonical import request_start
from jedlik.gateway.query import query_pairs


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("", []),
        ("a=b", [("a", "b")]),
        ("a", [("a", "")]),
        ("a=+", [("a", "+")]),
        ("a=%2B", [("a", "+")]),
        ("a=%20b%26", [("a", " b&")]),
        ("a=1&&a=2", [("a", "1"), ("a", "2")]),
        ("a=b=c", [("a", "b=c")]),
    ],
)
def test_names_and_values_of_queries(query: str, pairs: list[tuple[str, str]]) -> None:
    assert query_pairs(query) == pairs


@given(*[st.text(st.sampled_from("ab+%2B20&=~ "), max_size=12)] * 2)
def test_what_is_signed_alike_is_read_alike(one: str, other: str) -> None:
    signed = [
        request_start(b"GET", b"/?" + each.encode(), presigned=False) for each in (one, other)
    ]
    if signed[0] == signed[1]:
        assert sorted(query_pairs(one)) == sorted(query_pairs(other))
