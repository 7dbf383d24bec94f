"""WHERE, parsed."""

from __future__ import annotations

import pytest

from jedlik.services.dynamodb.expressions.parsing.syntax import (
    And,
    Between,
    Comparison,
    ConditionTree,
    FunctionCall,
    In,
    Not,
    Or,
    Path,
    Truth,
    Value,
)
from jedlik.services.dynamodb.partiql.where_grammar import MAX_COMPARED, MAX_PARENTHESES
from tests.unit.services.dynamodb.partiql.reading import malformed, problem, where

A, B, C = (Path((name,)) for name in "abc")
EXISTS = FunctionCall("attribute_exists", (A,))
V0, V1 = Value("'0"), Value("'1")

NO_CLAUSE = "WHERE clause must contain an expression that resolves to a boolean"
NO_OPTIONS = (
    "IN operator must have a left hand argument of type Variable Reference and right hand argument "
    "of type Seq with at least one member"
)


def equal(path: Path, value: Value) -> Comparison:
    return Comparison("=", path, value)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a = 1", equal(A, V0)),
        ("1 = a", Comparison("=", V0, A)),
        ("a != 1", Comparison("<>", A, V0)),
        ("a <> 1", Comparison("<>", A, V0)),
        ("a <= ?", Comparison("<=", A, Value("?0"))),
        ("a = b", Comparison("=", A, B)),
        ('"a"."x y"[0].z = 1', equal(Path(("a", "x y", 0, "z")), V0)),
        ("a['x'][+1] = 1", equal(Path(("a", "x", 1)), V0)),
        ("a BETWEEN 1 AND 2", Between(A, V0, V1)),
        ("a NOT BETWEEN 1 AND 2", Not(Between(A, V0, V1))),
        ("a IN [1, 2]", In(A, (V0, V1))),
        ("a in (1, 2)", In(A, (V0, V1))),
        ("a IN <<1, ?>>", In(A, (V0, Value("?0")))),
        ("a NOT IN [1]", Not(In(A, (V0,)))),
        ("a IS MISSING", FunctionCall("attribute_not_exists", (A,))),
        ("a is not missing", FunctionCall("attribute_exists", (A,))),
        ("a IS NULL", FunctionCall("attribute_type", (A, V0))),
        ("a IS NOT NULL", Not(FunctionCall("attribute_type", (A, V0)))),
        ("a IS STRING", FunctionCall("attribute_type", (A, V0))),
        ("a IS DOUBLE PRECISION", FunctionCall("attribute_type", (A, V0))),
        ("BEGINS_WITH(a, 'x')", FunctionCall("begins_with", (A, V0))),
        ("Contains(a, b)", FunctionCall("contains", (A, B))),
        ("size(a) > 3", Comparison(">", FunctionCall("size", (A,)), V0)),
        ("attribute_type(a, 'S')", FunctionCall("attribute_type", (A, V0))),
    ],
)
def test_clauses_are_parsed_to_trees(text: str, tree: ConditionTree) -> None:
    assert where(text)[0] == tree


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a IS NULL", ["NULL"]),
        ("a IS BOOL", ["BOOL"]),
        ("a IS INT8", ["N"]),
        ("a IS CHARACTER VARYING", ["S"]),
        ("a IS LIST", ["L"]),
        ("a IS STRUCT", ["M"]),
        ("a IS BLOB", ["B"]),
        ("a IS BAG", ["SS", "NS", "BS"]),
    ],
)
def test_types_of_is(text: str, kinds: list[str]) -> None:
    assert [value["S"] for value in where(text)[1].values()] == kinds


def test_precedence_not_before_and_before_or() -> None:
    tree, _ = where("NOT a = 1 AND b = 2 OR c = 3")
    clauses = [Comparison("=", path, Value(f"'{n}")) for n, path in enumerate((A, B, C))]
    assert tree == Or((And((Not(clauses[0]), clauses[1])), clauses[2]))


def test_not_reaches_over_a_comparison_only() -> None:
    assert where("NOT a IN [1] AND b = 2")[0] == And((Not(In(A, (V0,))), equal(B, V1)))


def test_parentheses_group_and_chains_are_flat() -> None:
    tree, _ = where("(a = 1 AND (b = 2 AND c = 3)) AND (a = 4 OR (b = 5))")
    assert isinstance(tree, And)
    assert len(tree.conditions) == 4
    assert isinstance(tree.conditions[3], Or)


def test_two_nots_are_none() -> None:
    assert where("NOT NOT a = 1")[0] == equal(A, V0)
    assert where("NOT (NOT a = 1)")[0] == equal(A, V0)
    assert where("NOT " * 1500 + "a = 1")[0] == equal(A, V0)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("attribute_exists(a) = true", FunctionCall("attribute_exists", (A,))),
        ("true = attribute_exists(a)", FunctionCall("attribute_exists", (A,))),
        ("attribute_exists(a) = false", Not(FunctionCall("attribute_exists", (A,)))),
        ("attribute_exists(a) <> false", FunctionCall("attribute_exists", (A,))),
        ("(a = 1 OR b = 2) = false", Not(Or((equal(A, V0), equal(B, V1))))),
    ],
)
def test_a_condition_compared_with_a_truth_is_itself_or_its_opposite(
    text: str, tree: ConditionTree
) -> None:
    assert where(text)[0] == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("attribute_exists(a) = 1", Comparison("=", Truth(EXISTS), V0)),
        ("attribute_exists(a) <> b", Comparison("<>", Truth(EXISTS), B)),
        ("b = (a = 1)", Comparison("=", B, Truth(equal(A, V0)))),
        (
            "attribute_exists(a) = attribute_exists(a)",
            Comparison("=", Truth(EXISTS), Truth(EXISTS)),
        ),
        ("attribute_exists(a) IN [b, 1]", In(Truth(EXISTS), (B, V0))),
        ("b NOT IN [attribute_exists(a)]", Not(In(B, (Truth(EXISTS),)))),
    ],
)
def test_a_condition_is_an_operand_of_comparisons(text: str, tree: ConditionTree) -> None:
    assert where(text)[0] == tree


def test_comparisons_of_conditions_nest_only_so_deep() -> None:
    chain = "a = 1" + " = b" * MAX_COMPARED
    where(chain)
    assert malformed(f"SELECT * FROM t WHERE {chain} = b") == "Too many nested conditions"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "Unexpected term"),
        (";", "Unexpected term"),
        ("NOT", "Unexpected term"),
        ("(", "Unexpected term"),
        ("a = 1 AND", "Missing right-hand side expression of infix operator"),
        ("a = 1 OR;", "Missing right-hand side expression of infix operator"),
        ("a =", "Missing right-hand side expression of infix operator"),
        ("ORDER BY a", "Unexpected keyword"),
        ("IS NULL", "Unexpected operator"),
        ("a = LIKE", "Unexpected operator"),
        ("= 1", "Unexpected operator"),
        ("a == 1", "Unexpected operator"),
        ("a = 1 AND OR b = 1", "Unexpected operator"),
        ("AND a = 1", "Unexpected operator"),
        ("a = AS", "Unexpected term"),
        ("a = *", "Unexpected term"),
        ("a IS FOO", "Expected type name"),
        ("a IS 'NULL'", "Expected type name"),
        ("a.inner = 1", "Invalid path dot component"),
        ("a. = 1", "Invalid path dot component"),
        ("a[b] = 1", "Unexpected term"),
        ("a[1.5] = 1", "Unexpected term"),
        ("a = 1)", "Unexpected token after expression"),
        ("a = 1 e5", "Unexpected token after expression"),
        ("a = 1 b = 2", "Unexpected token after expression"),
        ("(a = 1", "Expected RIGHT_PAREN"),
        ("a[0 = 1", "Expected RIGHT_BRACKET"),
        ("begins_with(a", "Expected RIGHT_PAREN"),
        ("a 'x'", "Unexpected token after expression"),
        ("a b = 1", "Unexpected token after expression"),
        ("a NOT 5", "Unexpected token after expression"),
        ("a IN", "Missing right-hand side expression of infix operator"),
        ("a IN [1", "Expected RIGHT_BRACKET"),
        ("a IN <<1, 2", "Expected RIGHT_DOUBLE_ANGLE_BRACKET"),
        ("a BETWEEN 1", "Expected AND keyword"),
        ("a BETWEEN 1 AND", "Expected expression after AND"),
        ("a IN ()", "Unexpected term"),
        ("MISSING(a)", "Unexpected keyword"),
        ("a BETWEEN 1 OR 2", "Expected AND keyword"),
    ],
)
def test_malformed_conditions(text: str, found: str) -> None:
    assert malformed(f"SELECT * FROM t WHERE {text}") == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("EXISTS(a)", "Unrecognized function: exists at 1:23:6"),
        ("set_add(a, <<'x'>>) = a", "Unrecognized function: set_add at 1:23:7"),
        ("a LIKE 'x%'", "Unsupported operator: LIKE at 1:25:4"),
        ("a NOT LIKE 'x%'", "Unsupported operator: LIKE at 1:25:3"),
        ("a[-1] = 1", "List index is not within the allowable range; index: [-1] at 1:26:1"),
        (
            "a[2147483648] = 1",
            "List index is not within the allowable range; index: [2147483648] at 1:25:10",
        ),
        (
            "size(a) AND b = 1",
            "The function is not allowed to be used this way in an expression; function: size",
        ),
        (
            "size(contains(a, b)) = 1",
            "The function is not allowed to be used this way in an expression; function: contains",
        ),
        ("a", NO_CLAUSE),
        ("?", NO_CLAUSE),
        ("(a)", NO_CLAUSE),
        ("size(a)", NO_CLAUSE),
        ("a = 1 AND 5", "The arguments to AND/OR must be Expressions"),
        ("a OR b = 1", "The arguments to AND/OR must be Expressions"),
        ("NOT a", "The argument to NOT must be a Type or Expression"),
        ("a IN 5", NO_OPTIONS),
        ("a IN []", NO_OPTIONS),
        ("a IN ?", NO_OPTIONS),
        ("a = MISSING", "MISSING must be compared using IS operator"),
        ("a IN [1, MISSING]", "MISSING must be compared using IS operator"),
        ('"" = 1', "Path component cannot be an empty string"),
        (
            "a" + ".b" * 32 + " = 1",
            "The document path has too many nesting levels; nesting levels: 33",
        ),
    ],
)
def test_what_conditions_cannot_be(text: str, message: str) -> None:
    assert problem(f"SELECT * FROM t WHERE {text}") == message


def test_parentheses_nest_as_deep_as_the_bound_says() -> None:
    def nested(depth: int) -> str:
        return "(" * depth + "a = 1" + ")" * depth

    assert where(nested(MAX_PARENTHESES))[0] == equal(A, V0)
    assert malformed(f"SELECT * FROM t WHERE {nested(MAX_PARENTHESES + 1)}").startswith(
        "Too many nested parentheses"
    )
    assert malformed(f"SELECT * FROM t WHERE {nested(4000)}").startswith("Too many")
    assert malformed("SELECT * FROM t WHERE " + "size(" * 1600).startswith("Too many")


def test_names_that_look_like_placeholders_stand_for_themselves() -> None:
    assert where('"#n"."#m" = 1')[0] == equal(Path(("#n", "#m")), V0)
