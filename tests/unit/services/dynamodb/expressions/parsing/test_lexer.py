"""The text of an expression, cut into tokens."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.parsing.lexer import END, tokenize


def texts(text: str) -> list[str]:
    return [token.text for token in tokenize(text, "P")]


def test_a_text_is_cut_into_tokens() -> None:
    assert texts("#a.b_1[10]<=:v\tAND a<>b") == [
        "#a",
        ".",
        "b_1",
        "[",
        "10",
        "]",
        "<=",
        ":v",
        "AND",
        "a",
        "<>",
        "b",
        "<EOF>",
    ]
    assert texts("007") == ["0", "0", "7", "<EOF>"]
    assert texts("a=>b") == ["a", "=", ">", "b", "<EOF>"]
    assert texts("1a_") == ["1", "a_", "<EOF>"]
    assert texts("a\u00a0b") == ["a", "\u00a0", "b", "<EOF>"]


@given(st.text(min_size=1, max_size=50))
def test_tokens_tell_their_places(text: str) -> None:
    tokens = tokenize(text, "P")
    for token in tokens[:-1]:
        assert text[token.start : token.end] == token.text
    assert tokens[-1].kind == END
    gaps = "".join(text[before.end : after.start] for before, after in pairwise(tokens))
    assert not gaps.strip(" \t\r\n")


def test_size_is_in_bytes() -> None:
    assert texts("a" * 4096) == ["a" * 4096, "<EOF>"]
    with pytest.raises(ValidationException) as caught:
        tokenize("\u20ac" * 1366, "FilterExpression")
    assert caught.value.message == (
        "Invalid FilterExpression: Expression size has exceeded the maximum allowed size; "
        "expression size: 4098"
    )
