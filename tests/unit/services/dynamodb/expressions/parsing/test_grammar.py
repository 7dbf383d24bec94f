"""What all grammars of expressions share: paths, operands, and the order of what is wrong."""

from __future__ import annotations

from typing import ClassVar

import pytest

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_NESTING_DEPTH
from jedlik.services.dynamodb.expressions.parsing.grammar import MAX_LIST_INDEX, Grammar
from jedlik.services.dynamodb.expressions.parsing.lexer import END
from jedlik.services.dynamodb.expressions.parsing.syntax import FunctionCall, Operand, Path, Value


class Operands(Grammar):
    """One operand, with a keyword and a function of its own."""

    keywords: ClassVar[frozenset[str]] = frozenset(("AND",))
    functions: ClassVar[dict[str, int]] = {"size": 1, "pair": 2}
    foreign_functions: ClassVar[dict[str, int]] = {"list_append": 2}
    kind = "a test"


def operand(text: str) -> Operand:
    grammar = Operands(text, "Expression")
    found = grammar.operand()
    if grammar.token.kind != END:
        grammar.fail()
    grammar.check()
    return found


def refusal(text: str) -> str:
    with pytest.raises(ValidationException) as raised:
        operand(text)
    return raised.value.message.removeprefix("Invalid Expression: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", Path(("a",))),
        ("a.b[2].#c", Path(("a", "b", 2, "#c"))),
        (":v", Value(":v")),
        ("(a)", Path(("a",))),
        ("size(a)", FunctionCall("size", (Path(("a",)),))),
        ("pair((a), :v)", FunctionCall("pair", (Path(("a",)), Value(":v")))),
        ("pair(size(a), pair(b, c))", FunctionCall("pair", (
            FunctionCall("size", (Path(("a",)),)),
            FunctionCall("pair", (Path(("b",)), Path(("c",)))),
        ))),
    ],
)  # fmt: skip
def test_operands_are_parsed(text: str, expected: Operand) -> None:
    assert operand(text) == expected


@pytest.mark.parametrize(
    "text", ["(a", "a)", "a.", "a[b]", "a[0", "size(a", "size()", "AND", "a b"]
)
def test_syntax_errors(text: str) -> None:
    assert refusal(text).startswith("Syntax error")


def test_deep_nesting_takes_no_stack() -> None:
    assert refusal("(" * 2000 + "a" + ")" * 2000) == "The expression has redundant parentheses;"
    deep = "size(" * 300 + "a" + ")" * 300
    assert isinstance(operand(deep), FunctionCall)


def test_paths_have_limits() -> None:
    longest = ".".join(["a"] * MAX_NESTING_DEPTH)
    assert operand(longest) == Path(("a",) * MAX_NESTING_DEPTH)
    assert refusal(f"{longest}.a") == (
        f"The document path has too many nesting levels; nesting levels: {MAX_NESTING_DEPTH + 1}"
    )
    assert operand(f"a[{MAX_LIST_INDEX}]") == Path(("a", MAX_LIST_INDEX))
    for index in (str(MAX_LIST_INDEX + 1), "9" * 4000):
        assert refusal(f"a[{index}]") == (
            f"List index is not within the allowable range; index: [{index}]"
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("((a))", "The expression has redundant parentheses;"),
        ("nothing(a)", "Invalid function name; function: nothing"),
        ("list_append(a)", "The function is not allowed in a test; function: list_append"),
        ("SIZE(a)", "Invalid function name; function: SIZE"),
        ("name", "Attribute name is a reserved keyword; reserved keyword: name"),
    ],
)
def test_what_is_noted(text: str, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("((name)", "Syntax error"),
        ("nothing((name))", "Invalid function name"),
        ("nothing(((name)))", "The expression has redundant parentheses"),
    ],
)
def test_what_is_wrong_comes_in_the_services_order(text: str, begins: str) -> None:
    assert refusal(text).startswith(begins)
