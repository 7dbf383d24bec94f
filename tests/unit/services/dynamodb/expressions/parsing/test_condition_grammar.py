"""Reading conditions: precedence, parentheses, syntax errors."""

from __future__ import annotations

from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr, ConditionExpressionBuilder
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.parsing.condition_grammar import ConditionGrammar
from jedlik.services.dynamodb.expressions.parsing.syntax import (
    And,
    Between,
    Comparison,
    FunctionCall,
    In,
    Not,
    Operand,
    Or,
    Path,
    Value,
)
from tests.properties import examples

A, B, C, D = (Path((name,)) for name in ("a", "b", "c", "d"))
V = Value(":v")


def parse(text: str) -> Any:
    return ConditionGrammar(text, "ConditionExpression").parse()


def error(text: str) -> str:
    with pytest.raises(ValidationException) as caught:
        parse(text)
    prefix = "Invalid ConditionExpression: "
    assert caught.value.message.startswith(prefix)
    return caught.value.message.removeprefix(prefix)


def eq(path: Path) -> Comparison:
    return Comparison("=", path, V)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a = :v", eq(A)),
        ("a=:v", eq(A)),
        (" \t\r\n a\n=\n:v ", eq(A)),
        ("a = :v OR b = :v AND c = :v", Or((eq(A), And((eq(B), eq(C)))))),
        ("a = :v AND b = :v OR c = :v", Or((And((eq(A), eq(B))), eq(C)))),
        ("(a = :v OR b = :v) AND c = :v", And((Or((eq(A), eq(B))), eq(C)))),
        ("NOT a = :v AND b = :v", And((Not(eq(A)), eq(B)))),
        ("NOT (a = :v AND b = :v)", Not(And((eq(A), eq(B))))),
        ("NOT NOT a = :v", eq(A)),
        ("NOT NOT NOT a = :v", Not(eq(A))),
        ("a = :v and b = :v aNd c = :v", And((eq(A), eq(B), eq(C)))),
        ("(a = :v and b = :v) and (c = :v)", And((eq(A), eq(B), eq(C)))),
        ("a BETWEEN b AND c AND d = :v", And((Between(A, B, C), eq(D)))),
        ("(a) = (:v)", eq(A)),
        ("((a) = :v)", eq(A)),
        ("a in (b,c)", In(A, (B, C))),
        ("a IN ((b))", In(A, (B,))),
        (
            "size(a) < size((b))",
            Comparison("<", FunctionCall("size", (A,)), FunctionCall("size", (B,))),
        ),
        (
            "attribute_exists(a.b[0].#c)",
            FunctionCall("attribute_exists", (Path(("a", "b", 0, "#c")),)),
        ),
        ("a . b [ 0 ] = :v", eq(Path(("a", "b", 0)))),
        ("a[10][0] = :v", eq(Path(("a", 10, 0)))),
        ("((a = :v) AND (b = :v))", And((eq(A), eq(B)))),
        ("(((a = :v) AND b = :v) AND c = :v)", And((eq(A), eq(B), eq(C)))),
        ("(NOT (a = :v))", Not(eq(A))),
        ("Between_ = :v", eq(Path(("Between_",)))),
    ],
)
def test_conditions_are_parsed_to_trees(text: str, tree: Any) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "((a = :v))",
        "((a)) = :v",
        "a = ((:v))",
        "(((a = :v)) AND b = :v)",
        "a IN (((b)))",
        "size(((a))) = :v",
        "(((a = :v AND b = :v)))",
        "((a = :v)) AND b = :v",
        "((attribute_exists(a)))",
    ],
)
def test_redundant_parentheses(text: str) -> None:
    assert error(text) == "The expression has redundant parentheses;"


@pytest.mark.parametrize(
    ("text", "token", "near"),
    [
        ("a b", "b", "a b"),
        ("a", "<EOF>", "a"),
        ("a =", "<EOF>", "="),
        ("a = :v AND", "<EOF>", "AND"),
        ("AND a = :v", "AND", "AND a"),
        ("a = :v b = :v", "b", ":v b ="),
        ("a AND b = :v", "AND", "a AND b"),
        ("a = b = c", "=", "b = c"),
        ("(a = :v", "<EOF>", ":v"),
        ("a = :v)", ")", ":v)"),
        ("()", ")", "()"),
        ("a-b", "-", "a-b"),
        ("_type = :v", "_", "_type"),
        ("__typename <> :v", "_", "__"),
        ("b = :v AND _sort = :v", "_", "AND _sort"),
        ("a == :v", "=", "== :v"),
        ("a != :v", "!", "a !="),
        ("a : v = :b", ":", "a : v"),
        ("# = :v", "#", "# ="),
        ("1a = :v", "1", "1a"),
        ("a[01] = :v", "1", "01]"),
        ("a[b] = :v", "b", "[b]"),
        ("a[-1] = :v", "-", "[-1"),
        ("a. = :v", "=", ". = :v"),
        ("a.:v = b", ":v", ".:v ="),
        ("a.and = :v", "and", ".and ="),
        ("in = :v", "in", "in ="),
        ("a IN :v", ":v", "IN :v"),
        ("a IN ()", ")", "()"),
        ("a BETWEEN :v OR :v", "OR", ":v OR :v"),
        ("size() = :v", ")", "() ="),
        ("size(a = :v)", "=", "a = :v"),
        ("attribute_exists(a", "<EOF>", "a"),
        ("NOT (a)", "<EOF>", ")"),
        ("(a OR b = :v)", "OR", "a OR b"),
        ("a = 1", "1", "= 1"),
        ('a = "x"', '"', '= "x'),
        ("a\u00e9 = :v", "\u00e9", "a\u00e9 ="),
    ],
)
def test_syntax_errors(text: str, token: str, near: str) -> None:
    assert error(text) == f'Syntax error; token: "{token}", near: "{near}"'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "The expression can not be empty;"),
        ("foo(a)", "Invalid function name; function: foo"),
        ("Size(a) = :v", "Invalid function name; function: Size"),
        ("foo(name)", "Invalid function name; function: foo"),
        (
            "if_not_exists(a, b)",
            "The function is not allowed in a condition expression; function: if_not_exists",
        ),
        (
            "size(a)",
            "The function is not allowed to be used this way in an expression; function: size",
        ),
        (
            "a = :v AND size(a)",
            "The function is not allowed to be used this way in an expression; function: size",
        ),
        (
            "a = contains(b, :v)",
            "The function is not allowed to be used this way in an expression; function: contains",
        ),
        (
            "contains(a, begins_with(a, b))",
            (
                "The function is not allowed to be used this way in an expression; function: "
                "begins_with"
            ),
        ),
        ("name = :v", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("a.Status = :v", "Attribute name is a reserved keyword; reserved keyword: Status"),
        ("a = :v AND size = :v", "Attribute name is a reserved keyword; reserved keyword: size"),
        ("a[4294967295] = :v", "List index is not within the allowable range; index: [4294967295]"),
        (
            "a[" + "9" * 3000 + "] = :v",
            f"List index is not within the allowable range; index: [{'9' * 3000}]",
        ),
        (
            f"{'a.' * 32}a = :v",
            "The document path has too many nesting levels; nesting levels: 33",
        ),
        (
            "a = :v" + " " * 4091,
            "Expression size has exceeded the maximum allowed size; expression size: 4097",
        ),
        (
            "\u00e9" * 2049,
            "Expression size has exceeded the maximum allowed size; expression size: 4098",
        ),
    ],
)
def test_other_errors(text: str, problem: str) -> None:
    assert error(text) == problem


def test_limits_are_inclusive() -> None:
    assert parse("a = :v" + " " * 4090) == eq(A)
    assert parse(f"{'a.' * 31}a = :v")
    assert parse("a[4294967294] = :v")
    assert len(parse(" OR ".join(["a=:v"] * 150)).conditions) == 150  # 299 operators


def test_too_many_operators() -> None:
    text = " OR ".join(["a=:v"] * 151)  # 301
    assert error(text) == "The expression contains too many operators; operator count: 301"
    # The AND of BETWEEN does not count.
    assert parse(" OR ".join(["a between b and c"] * 150))
    # The service counts no further.
    for more in (
        "NOT " * 1000 + "a=b",
        "a=b OR " * 500 + "a=b",
        "a<b or (" * 450 + "a<b" + ")" * 450,
    ):
        assert error(more) == "The expression contains too many operators; operator count: 301"
    # Syntax, parentheses and functions come first.
    assert error("a=b OR " * 500).startswith("Syntax error")
    assert error("a < " + "f(" * 1355 + "b" + ")" * 1355) == "Invalid function name; function: f"
    assert error("(" * 2046 + "a<b" + ")" * 2046) == "The expression has redundant parentheses;"


def test_deep_nesting_is_no_problem() -> None:
    deep = "a=:v AND(b=:v OR(" * 70 + "a=:v" + "))" * 70
    tree = parse(deep)
    depth = 0
    while isinstance(tree, And | Or):
        tree = tree.conditions[1]
        depth += 1
    assert depth == 140


@pytest.mark.parametrize(
    "condition",
    [
        Attr("a").eq(1) & Attr("b").ne(2),
        (Attr("a").lt(1) | Attr("b").gte(2)) & ~Attr("c").exists(),
        ~(Attr("a").size().gt(1) & Attr("b").contains("x") & Attr("c").begins_with("y")),
        Attr("a.b[0]").between(1, 2) | Attr("c").is_in([1, 2, 3]) | Attr("d").attribute_type("S"),
        ~~(Attr("a").not_exists() & Attr("b").lte(1)),
    ],
)
def test_what_boto3_writes_is_read(condition: Any) -> None:
    written = ConditionExpressionBuilder().build_expression(condition)
    assert parse(written.condition_expression)


@pytest.mark.parametrize("text", ["(" * 4096, "a=" + "(" * 4000, "size(" * 800, "NOT(" * 1000])
def test_endless_opening(text: str) -> None:
    assert "Syntax error" in error(text)


# --- Printing and reading again -------------------------------------------------------------------

names = st.sampled_from(["a", "B2", "c_d", "#n", "#0"])
paths = st.builds(
    lambda first, rest: Path((first, *rest)),
    names,
    st.lists(names | st.integers(0, 2**31 - 1), max_size=4),
)
operands: st.SearchStrategy[Operand] = st.one_of(
    paths,
    st.sampled_from([":v", ":0", ":_x"]).map(Value),
    paths.map(lambda path: FunctionCall("size", (path,))),
)
clauses = st.one_of(
    st.builds(Comparison, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), operands, operands),
    st.builds(Between, operands, operands, operands),
    st.builds(In, operands, st.lists(operands, min_size=1, max_size=3).map(tuple)),
    st.builds(lambda path: FunctionCall("attribute_exists", (path,)), paths),
)


def joined(kind: Any) -> Any:
    def build(parts: list[Any]) -> Any:
        flat: list[Any] = []
        for part in parts:
            flat.extend(part.conditions if isinstance(part, kind) else [part])
        return kind(tuple(flat))

    return build


trees = st.recursive(
    clauses,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(joined(And)),
        st.lists(inner, min_size=2, max_size=3).map(joined(Or)),
        inner.map(lambda node: node.condition if isinstance(node, Not) else Not(node)),
    ),
    max_leaves=10,
)


def show(node: Any) -> str:
    if isinstance(node, Path):
        first, *rest = node.parts
        return str(first) + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in rest)
    if isinstance(node, Value):
        return node.name
    if isinstance(node, FunctionCall):
        return f"{node.function}({', '.join(map(show, node.operands))})"
    if isinstance(node, Comparison):
        return f"{show(node.left)}{node.operator}{show(node.right)}"
    if isinstance(node, Between):
        return f"{show(node.operand)} BETWEEN {show(node.low)} AND {show(node.high)}"
    if isinstance(node, In):
        return f"{show(node.operand)} IN ({','.join(map(show, node.options))})"
    if isinstance(node, Not):
        return f"NOT ({show(node.condition)})"
    word = " AND " if isinstance(node, And) else " OR "
    return word.join(f"({show(part)})" for part in node.conditions)


@examples(200)
@given(trees)
def test_what_is_printed_is_read_again(tree: Any) -> None:
    assert parse(show(tree)) == tree
