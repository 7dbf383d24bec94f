"""The text of a statement, cut into tokens."""

from __future__ import annotations

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.partiql.tokens import tokenize
from tests.unit.services.dynamodb.partiql.reading import problem, select


def texts(statement: str) -> list[str]:
    return [token.content for token in tokenize(statement)[:-1]]


def test_words_are_in_upper_case_and_quoted_names_as_they_are() -> None:
    assert texts('select "Select" FROM $a_1') == ["SELECT", "Select", "FROM", "$A_1"]


@pytest.mark.parametrize(
    ("text", "content"),
    [("'it''s'", "it's"), ('"a""b"', 'a"b'), ("''", ""), ("'-- /* '", "-- /* ")],
)
def test_quotes_are_doubled_inside(text: str, content: str) -> None:
    assert texts(text) == [content]


@pytest.mark.parametrize("number", ["1", "1.", "1.5", ".5", "1e3", "1E+3", ".73e-1", "12345678901"])
def test_numbers_are_single_tokens(number: str) -> None:
    (token,) = tokenize(number)[:-1]
    assert (token.kind, token.text) == ("number", number)


def test_a_number_and_a_word_are_two_tokens() -> None:
    assert texts("1 e5") == ["1", "E5"]


@pytest.mark.parametrize("comment", ["-- to the end\n", "/* a\nb */", "/**/", "\r\n\t "])
def test_comments_are_space(comment: str) -> None:
    assert texts(f"a{comment}b") == ["A", "B"]


def test_minus_minus_is_a_comment_and_minus_space_minus_is_not() -> None:
    assert texts("n--1") == ["N"]
    assert texts("n- -1") == ["N", "-", "-", "1"]


def test_longest_symbols_first() -> None:
    assert texts("<<<=<>>>>=!=") == ["<<", "<=", "<>", ">>", ">=", "!="]


@pytest.mark.parametrize(
    "text", ["a # note", "a /* open", "a 'open", 'a "open', "a\nb ~", "a ` b", "é"]
)
def test_what_starts_no_token(text: str) -> None:
    with pytest.raises(ValidationException) as raised:
        tokenize(text)
    assert raised.value.message == "Statement wasn't well formed, can't be processed: "


def test_places_count_lines_and_columns_from_one() -> None:
    assert problem("SELECT *\nFROM t\n  WHERE foo(a)") == "Unrecognized function: foo at 3:9:3"


def test_comments_between_clauses() -> None:
    text = "SELECT/**/* FROM t -- all\nWHERE a/* key */= 'x' --"
    assert select(text) == select("SELECT * FROM t WHERE a='x'")
