"""Key conditions and the key schemas they are matched with."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.conditions.key_condition import (
    KeyCondition,
    KeySchema,
    compile_key_condition,
    parse_key_condition,
)
from jedlik.services.dynamodb.expressions.placeholders import Placeholders

SIMPLE: KeySchema = (("pk", "S", "HASH"),)
COMPOSITE: KeySchema = (("pk", "S", "HASH"), ("sk", "S", "RANGE"))
NUMBERED: KeySchema = (("pk", "S", "HASH"), ("sk", "N", "RANGE"))
WIDE: KeySchema = (
    ("h", "S", "HASH"),
    ("i", "N", "HASH"),
    ("a", "S", "RANGE"),
    ("b", "S", "RANGE"),
    ("c", "N", "RANGE"),
    ("d", "S", "RANGE"),
)

VALUES: dict[str, Any] = {
    ":p": {"S": "part"},
    ":a": {"S": "a"},
    ":b": {"S": "b"},
    ":n": {"N": "1"},
    ":m": {"N": "2"},
    ":x": {"B": "AQ=="},
    ":t": {"BOOL": True},
}
P, A, B, N, M = (VALUES[name] for name in (":p", ":a", ":b", ":n", ":m"))


def matched(text: str, schema: KeySchema) -> KeyCondition:
    return compile_key_condition(text, Placeholders({"#pk": "pk"}, VALUES)).match(schema)


def error(text: str, schema: KeySchema = COMPOSITE) -> str:
    with pytest.raises(ValidationException) as caught:
        matched(text, schema)
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "schema", "expected"),
    [
        ("pk = :p", SIMPLE, ([P], [], None)),
        ("pk = :p", COMPOSITE, ([P], [], None)),
        (":p = #pk", COMPOSITE, ([P], [], None)),
        ("(pk = :p)", COMPOSITE, ([P], [], None)),
        ("pk = :p AND sk = :a", COMPOSITE, ([P], [A], None)),
        ("sk = :a and (pk = :p)", COMPOSITE, ([P], [A], None)),
        ("(pk = :p) AND (sk < :a)", COMPOSITE, ([P], [], ("<", [A]))),
        ("pk = :p AND sk <= :a", COMPOSITE, ([P], [], ("<=", [A]))),
        ("pk = :p AND sk > :a", COMPOSITE, ([P], [], (">", [A]))),
        ("pk = :p AND sk >= :a", COMPOSITE, ([P], [], (">=", [A]))),
        ("pk = :p AND :a > sk", COMPOSITE, ([P], [], ("<", [A]))),
        ("pk = :p AND :a <= sk", COMPOSITE, ([P], [], (">=", [A]))),
        ("pk = :p AND sk BETWEEN :a AND :b", COMPOSITE, ([P], [], ("BETWEEN", [A, B]))),
        ("pk = :p AND begins_with(sk, :a)", COMPOSITE, ([P], [], ("begins_with", [A]))),
        ("pk = :p AND sk BETWEEN :n AND :m", NUMBERED, ([P], [], ("BETWEEN", [N, M]))),
        ("h = :p AND i = :n", WIDE, ([P, N], [], None)),
        ("a = :a AND i = :n AND h = :p", WIDE, ([P, N], [A], None)),
        (
            "h = :p AND i = :n AND a = :a AND b = :b AND c = :n AND d = :a",
            WIDE,
            ([P, N], [A, B, N, A], None),
        ),
        ("h = :p AND i = :n AND begins_with(a, :a)", WIDE, ([P, N], [], ("begins_with", [A]))),
        (
            "c BETWEEN :n AND :m AND b = :b AND a = :a AND h = :p AND i = :n",
            WIDE,
            ([P, N], [A, B], ("BETWEEN", [N, M])),
        ),
    ],
)
def test_which_keys_a_condition_matches(text: str, schema: KeySchema, expected: Any) -> None:
    assert matched(text, schema) == expected


SCHEMA_TYPE = (
    "One or more parameter values were invalid: Condition parameter type does not match schema type"
)
LOOSE = "HASH key attributes {} must have equality conditions specified in the query"
OPERAND = (
    "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
    "operator or function: "
)


@pytest.mark.parametrize(
    ("text", "schema", "problem"),
    [
        ("sk = :a", COMPOSITE, "Query condition missed key schema element: pk"),
        ("extra = :a", COMPOSITE, "Query condition missed key schema element: pk"),
        ("pk = :p AND extra = :a", COMPOSITE, "Query condition missed key schema element: sk"),
        ("h = :p AND a = :a", WIDE, LOOSE.format("i")),
        ("h = :p AND i > :n", WIDE, LOOSE.format("i")),
        ("begins_with(h, :p) AND i = :n AND a = :a", WIDE, LOOSE.format("h")),
        ("a = :a AND b = :b", WIDE, LOOSE.format("h, i")),
        ("pk > :p", SIMPLE, "Query key condition not supported"),
        ("begins_with(pk, :p) AND sk = :a", COMPOSITE, "Query key condition not supported"),
        (
            "pk = :p AND sk > :a AND extra = :b",
            COMPOSITE,
            (
                "The number of query conditions (3) exceeds the number of key attributes "
                "defined in the "
                "schema (2)"
            ),
        ),
        (
            "pk = :p AND sk = :a",
            SIMPLE,
            (
                "The number of query conditions (2) exceeds the number of key attributes "
                "defined in the "
                "schema (1)"
            ),
        ),
        (
            "h = :p AND i = :n AND a = :a AND c = :n",
            WIDE,
            (
                "RANGE key attributes b must have equality conditions specified in the query "
                "because a "
                "condition is present on key attribute c"
            ),
        ),
        (
            "h = :p AND i = :n AND a = :a AND b > :b AND c = :n",
            WIDE,
            (
                "RANGE key attributes b must have equality conditions specified in the query "
                "because a "
                "condition is present on key attribute c"
            ),
        ),
        (
            "h = :p AND i = :n AND b = :b",
            WIDE,
            (
                "RANGE key attributes a must have equality conditions specified in the query "
                "because a "
                "condition is present on key attribute b"
            ),
        ),
        ("pk = :n", SIMPLE, SCHEMA_TYPE),
        ("pk = :p AND sk = :t", NUMBERED, SCHEMA_TYPE),
        ("pk = :p AND sk < :a", NUMBERED, SCHEMA_TYPE),
        ("pk = :p AND begins_with(sk, :a)", NUMBERED, SCHEMA_TYPE),
        ("pk = :p AND begins_with(sk, :x)", COMPOSITE, SCHEMA_TYPE),
        ("pk = :p AND begins_with(sk, :n)", NUMBERED, f"{OPERAND}begins_with, operand type: N"),
        ("pk = :p AND sk < :t", NUMBERED, f"{OPERAND}<, operand type: BOOL"),
        ("pk = :p AND :t >= sk", NUMBERED, f"{OPERAND}>=, operand type: BOOL"),
        ("pk = :p AND sk BETWEEN :t AND :t", NUMBERED, f"{OPERAND}BETWEEN, operand type: BOOL"),
        (
            "pk = :p AND sk BETWEEN :b AND :a",
            COMPOSITE,
            (
                "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound "
                "to be greater "
                "than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, "
                "upper bound "
                "operand: AttributeValue: {S:a}"
            ),
        ),
    ],
)
def test_conditions_that_do_not_fit_the_schema(text: str, schema: KeySchema, problem: str) -> None:
    assert error(text, schema) == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Invalid KeyConditionExpression: The expression can not be empty;"),
        ("()", 'Invalid KeyConditionExpression: Syntax error; token: ")", near: "()"'),
        (
            "((pk = :p))",
            "Invalid KeyConditionExpression: The expression has redundant parentheses;",
        ),
        ("pk = :p OR sk = :a", "Invalid operator used in KeyConditionExpression: OR"),
        ("pk = :p AND (sk = :a OR sk = :b)", "Invalid operator used in KeyConditionExpression: OR"),
        ("NOT pk = :p", "Invalid operator used in KeyConditionExpression: NOT"),
        ("pk IN (:p)", "Invalid operator used in KeyConditionExpression: IN"),
        ("pk <> :p", "Invalid operator used in KeyConditionExpression: <>"),
        (
            "attribute_exists(pk)",
            "Invalid operator used in KeyConditionExpression: attribute_exists",
        ),
        ("contains(pk, :p)", "Invalid operator used in KeyConditionExpression: contains"),
        (
            "pk = sk",
            (
                "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
                "condition"
            ),
        ),
        (
            "pk = :p AND sk BETWEEN :a AND extra",
            (
                "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
                "condition"
            ),
        ),
        (":p = :a", "Invalid condition in KeyConditionExpression: No key attribute specified"),
        (
            ":a BETWEEN pk AND :b",
            (
                "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key "
                "attribute as its first operand"
            ),
        ),
        (
            "begins_with(:p, pk)",
            (
                "Invalid condition in KeyConditionExpression: begins_with operator must have "
                "the key "
                "attribute as its first operand"
            ),
        ),
        (
            "pk.a = :p",
            (
                "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on "
                "nested attributes"
            ),
        ),
        (
            "size(pk) = :n",
            (
                "Invalid KeyConditionExpression: KeyConditionExpressions cannot contain nested "
                "operations"
            ),
        ),
        (
            "pk = :p AND sk > :a AND sk < :b",
            (
                "Invalid KeyConditionExpression: KeyConditionExpressions must only contain "
                "one condition "
                "per key"
            ),
        ),
        (
            "pk = :missing AND begins_with(sk, :n)",
            (
                "Invalid KeyConditionExpression: An expression attribute value used in "
                "expression is not "
                "defined; attribute value: :missing"
            ),
        ),
        ("begins_with(sk, :n) AND pk = :missing", f"{OPERAND}begins_with, operand type: N"),
        ("pk = :p AND begins_with(sk, :n) AND sk > :a", f"{OPERAND}begins_with, operand type: N"),
    ],
)
def test_texts_that_are_no_key_conditions(text: str, problem: str) -> None:
    assert error(text) == problem


def test_what_is_no_key_condition_is_refused_after_it_is_parsed() -> None:
    conditions = parse_key_condition("#pk = sk", Placeholders({"#pk": "pk"}, VALUES))
    for call in (conditions.check, conditions.check):
        with pytest.raises(ValidationException, match="Multiple attribute names"):
            call()


def test_terms_and_attributes() -> None:
    conditions = compile_key_condition(
        "sk BETWEEN :a AND :b AND #pk = :p", Placeholders({"#pk": "pk"}, VALUES)
    )
    assert conditions.attributes == ("sk", "pk")
    assert conditions.terms == {"sk": ("BETWEEN", [A, B]), "pk": ("=", [P])}


def test_one_text_serves_many_schemas_and_values() -> None:
    text = "#k = :v AND begins_with(s, :w)"
    for name in ("x", "y", "x"):
        for value in ("1", "2"):
            placeholders = Placeholders({"#k": name}, {":v": {"S": value}, ":w": {"S": "w"}})
            conditions = compile_key_condition(text, placeholders)
            placeholders.check_all_used()
            schema: KeySchema = ((name, "S", "HASH"), ("s", "S", "RANGE"))
            assert conditions.match(schema) == (
                [{"S": value}],
                [],
                ("begins_with", [{"S": "w"}]),
            )
            with pytest.raises(ValidationException, match="missed key schema element: z"):
                conditions.match((("z", "S", "HASH"), ("s", "S", "RANGE")))
            with pytest.raises(ValidationException, match="does not match schema type"):
                conditions.match(((name, "S", "HASH"), ("s", "B", "RANGE")))
