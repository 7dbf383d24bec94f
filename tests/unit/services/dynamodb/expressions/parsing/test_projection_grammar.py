"""Reading projections."""

from __future__ import annotations

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.parsing.projection_grammar import ProjectionGrammar
from jedlik.services.dynamodb.expressions.parsing.syntax import Path

A, B = Path(("a",)), Path(("b",))


def test_projections_are_parsed_to_paths() -> None:
    paths = ProjectionGrammar(" a, #b.c[0] ,b ", "ProjectionExpression").parse()
    assert paths == [A, Path(("#b", "c", 0)), B]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "The expression can not be empty;"),
        ("a,", 'Syntax error; token: "<EOF>", near: ","'),
        ("a b", 'Syntax error; token: "b", near: "a b"'),
        ("a.2021-03", 'Syntax error; token: "2021", near: ".2021-"'),
        ("#m_2021-03-03", 'Syntax error; token: "-", near: "#m_2021-0"'),
        (":v", 'Syntax error; token: ":v", near: ":v"'),
        ("a, date", "Attribute name is a reserved keyword; reserved keyword: date"),
    ],
)
def test_projection_errors(text: str, problem: str) -> None:
    with pytest.raises(ValidationException) as caught:
        ProjectionGrammar(text, "ProjectionExpression").parse()
    assert caught.value.message == f"Invalid ProjectionExpression: {problem}"
