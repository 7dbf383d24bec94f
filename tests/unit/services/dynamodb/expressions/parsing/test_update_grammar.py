"""Reading updates."""

from __future__ import annotations

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.parsing.syntax import Action, FunctionCall, Path, Value
from jedlik.services.dynamodb.expressions.parsing.update_grammar import UpdateGrammar

A, B = Path(("a",)), Path(("b",))
V = Value(":v")


def parse(text: str) -> list[Action]:
    return UpdateGrammar(text, "UpdateExpression").parse()


def error(text: str) -> str:
    with pytest.raises(ValidationException) as caught:
        parse(text)
    return caught.value.message.removeprefix("Invalid UpdateExpression: ")


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("SET a = :v", [Action("SET", A, V)]),
        ("set a=b,b=:v", [Action("SET", A, B), Action("SET", B, V)]),
        ("Remove a , b", [Action("REMOVE", A, None), Action("REMOVE", B, None)]),
        ("ADD a :v DELETE b :v", [Action("ADD", A, V), Action("DELETE", B, V)]),
        ("SET a = b+:v", [Action("SET", A, FunctionCall("+", (B, V)))]),
        ("SET a = (b-:v)", [Action("SET", A, FunctionCall("-", (B, V)))]),
        ("SET a = ((b)-:v)", [Action("SET", A, FunctionCall("-", (B, V)))]),
        ("SET a = (b)-(:v)", [Action("SET", A, FunctionCall("-", (B, V)))]),
        (
            "SET a = if_not_exists(b, if_not_exists(a, :v))",
            [
                Action(
                    "SET",
                    A,
                    FunctionCall("if_not_exists", (B, FunctionCall("if_not_exists", (A, V)))),
                )
            ],
        ),
    ],
)
def test_actions_are_parsed(text: str, actions: list[Action]) -> None:
    assert parse(text) == actions


@pytest.mark.parametrize(
    ("text", "token", "near"),
    [
        ("INVALID SYNTAX HERE", "INVALID", "INVALID SYNTAX"),
        ("ADD hits : incr", ":", "hits : incr"),
        ("set _something = :v", "_", "set _something"),
        ("SET a = :v,", "<EOF>", ","),
        ("SET a = :v, REMOVE b", "REMOVE", ", REMOVE b"),
        ("SET", "<EOF>", "SET"),
        ("SET a :v", ":v", "a :v"),
        ("SET a = b + b + b", "+", "b + b"),
        ("SET a = (b + b", "<EOF>", "b"),
        ("SET a = b + b)", ")", "b)"),
        ("SET :v = a", ":v", "SET :v ="),
        ("SET a.b() = :v", "(", "b()"),
        ("ADD a b", "b", "a b"),
        ("DELETE a", "<EOF>", "a"),
        ("REMOVE a = :v", "=", "a = :v"),
        ("SET a = :v AND b = :v", "AND", ":v AND b"),
    ],
)
def test_syntax_errors(text: str, token: str, near: str) -> None:
    assert error(text) == f'Syntax error; token: "{token}", near: "{near}"'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "The expression can not be empty;"),
        (
            "SET a = :v SET b = :v",
            'The "SET" section can only be used once in an update expression;',
        ),
        (
            "ADD a :v REMOVE c add b :v",
            'The "ADD" section can only be used once in an update expression;',
        ),
        ("SET a = foo(b)", "Invalid function name; function: foo"),
        ("SET a = size(b)", "The function is not allowed in an update expression; function: size"),
        ("SET a = foo(name)", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("SET data = :v", "Attribute name is a reserved keyword; reserved keyword: data"),
        ("SET a = ((b + b))", "The expression has redundant parentheses;"),
        ("SET a = ((b))", "The expression has redundant parentheses;"),
        ("SET a = ((b)) + b", "The expression has redundant parentheses;"),
        (
            "SET a = " + "b + b, a = " * 301 + "b",
            "The expression contains too many operators; operator count: 301",
        ),
    ],
)
def test_other_errors(text: str, problem: str) -> None:
    assert error(text) == problem


def test_deep_nesting_is_no_problem() -> None:
    text = "SET a = " + "if_not_exists(b," * 238 + ":v" + ")" * 238
    (action,) = parse(text)
    depth = 0
    operand = action.operand
    while isinstance(operand, FunctionCall):
        operand = operand.operands[1]
        depth += 1
    assert depth == 238


def test_list_append_is_an_operand_of_no_function() -> None:
    for text in ("list_append(list_append(a, b), :v)", "if_not_exists(a, list_append(a, b))"):
        assert error(f"SET a = {text}") == (
            "The function is not allowed to be used this way in an expression; "
            "function: list_append"
        )
    assert parse("SET a = list_append(if_not_exists(a, :v), b)")
