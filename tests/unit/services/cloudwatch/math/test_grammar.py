"""Metric math, parsed."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.cloudwatch.math.grammar import (
    Binary,
    FunctionCall,
    Name,
    Number,
    SyntaxFault,
    parse,
)


def test_precedence_of_operators() -> None:
    a, b, c = Name("a"), Name("b"), Name("c")
    assert parse("a+b*c") == Binary("+", a, Binary("*", b, c))
    assert parse("(a+b)*c") == Binary("*", Binary("+", a, b), c)
    assert parse("a-b-c") == Binary("-", Binary("-", a, b), c)
    assert parse("a^b^c") == Binary("^", a, Binary("^", b, c))
    assert parse("-a^2") == Binary("-", Number(0.0), Binary("^", a, Number(2.0)))
    assert parse("sum(METRICS())") == FunctionCall("SUM", [FunctionCall("METRICS", [])])


@pytest.mark.parametrize(
    "text", ["", "a b", "a+", "(a", "SUM(a", "[a", "a]", "1..2", "a $ b", "'a", "-" * 200 + "a",
             "1" + "+1" * 400]
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    with pytest.raises(SyntaxFault):
        parse(text)


@given(st.text(alphabet="ab1.+-*/^()[],'\" SUM{}=", max_size=40))
def test_any_text_is_an_expression_or_a_syntax_fault(text: str) -> None:
    with contextlib.suppress(SyntaxFault):
        parse(text)
