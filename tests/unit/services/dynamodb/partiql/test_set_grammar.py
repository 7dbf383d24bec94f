"""SET and REMOVE, parsed."""

from __future__ import annotations

import pytest

from jedlik.services.dynamodb.expressions.parsing.syntax import Action, FunctionCall, Path, Value
from tests.unit.services.dynamodb.partiql.reading import malformed, problem, update

A, B = Path(("a",)), Path(("b",))
V0, V1 = Value("'0"), Value("'1")


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("SET a = 1", [Action("SET", A, V0)]),
        ("SET a = b", [Action("SET", A, B)]),
        ("SET a = 1, b = ?", [Action("SET", A, V0), Action("SET", B, Value("?0"))]),
        ("SET a = 1 SET b = 2", [Action("SET", A, V0), Action("SET", B, V1)]),
        ("REMOVE a SET b = 1", [Action("REMOVE", A, None), Action("SET", B, V0)]),
        (
            "REMOVE a, b[2].c",
            [Action("REMOVE", A, None), Action("REMOVE", Path(("b", 2, "c")), None)],
        ),
        ("SET a=a-1", [Action("SET", A, FunctionCall("-", (A, V0)))]),
        ("SET a = 5 + b", [Action("SET", A, FunctionCall("+", (V0, B)))]),
        ("SET a = b - - 2", [Action("SET", A, FunctionCall("-", (B, V0)))]),
        ("SET a = list_append(a, [1])", [Action("SET", A, FunctionCall("list_append", (A, V0)))]),
        ("SET a = LIST_APPEND([1], b)", [Action("SET", A, FunctionCall("list_append", (V0, B)))]),
        ("SET a = set_add(a, <<1>>)", [Action("ADD", A, V0)]),
        ("SET a = SET_DELETE(a, ?)", [Action("DELETE", A, Value("?0"))]),
    ],
)
def test_actions_are_parsed(text: str, actions: list[Action]) -> None:
    assert list(update(text).actions) == actions


def test_values_that_must_be_of_a_type_are_remembered() -> None:
    arguments = update("SET a = a + ?, b = list_append(b, [1]), c = set_add(c, <<1>>)").arguments
    assert [(argument.value, argument.allowed) for argument in arguments] == [
        ("?0", frozenset("N")),
        ("'0", frozenset("L")),
        ("'1", frozenset({"SS", "NS", "BS"})),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a = set_add(b, <<1>>)",
            "The first argument to SET_ADD must equal the assignment value at 1:18:7",
        ),
        (
            "a = set_add(<<1>>, <<2>>)",
            "The first argument to SET_ADD must equal the assignment value at 1:18:7",
        ),
        (
            "a = set_delete(b, <<1>>)",
            "The first argument to SET_DELETE must equal the assignment value at 1:18:10",
        ),
        ("a = set_add(a)", "SET_ADD must have exactly two arguments at 1:18:7"),
        ("a = set_add()", "SET_ADD must have exactly two arguments at 1:18:7"),
        ("a = set_add(a, <<1>>, <<2>>)", "SET_ADD must have exactly two arguments at 1:18:7"),
        (
            "a = set_add(a, b)",
            "The second argument to SET_ADD must be a value with type SET at 1:26:1",
        ),
        ("a = set_add(a, <<>>)", "Empty bags are not supported"),
        ("a = if_not_exists(a, 1)", "Unrecognized function: if_not_exists at 1:18:13"),
        ("a = [?]", "Unsupported data type: Parameter under key root[0] at 1:19:1"),
    ],
)
def test_what_set_cannot_do(text: str, message: str) -> None:
    assert problem(f"UPDATE t SET {text} WHERE k = 1") == message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("UPDATE t", "Expected data manipulation"),
        ("UPDATE t WHERE k = 1", "Expected data manipulation"),
        ("UPDATE t SET WHERE k = 1", "Expected identifier for simple path"),
        ("UPDATE t SET", "Expected identifier for simple path"),
        ("UPDATE t SET a 1", "Expected '='"),
        ("UPDATE t SET a = 1 + 2 + 3 WHERE k = 1", "Unexpected token after expression"),
        ("UPDATE t SET a = list_append(a) WHERE k = 1", "Unexpected term"),
        ("UPDATE t REMOVE WHERE k = 1", "Expected identifier for simple path"),
        ("UPDATE t SET 'a' = 1 WHERE k = 1", "Expected identifier for simple path"),
    ],
)
def test_malformed_updates(text: str, found: str) -> None:
    assert malformed(text) == found


def test_calls_nest_as_deep_as_the_bound_says() -> None:
    deep = "list_append(" * 500
    assert malformed(f"UPDATE t SET a = {deep}").startswith("Too many nested parentheses")
