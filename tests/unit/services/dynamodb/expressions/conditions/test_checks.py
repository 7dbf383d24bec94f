"""Errors in placeholders, counts and types of conditions, and their order."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.conditions.condition import compile_condition
from jedlik.services.dynamodb.expressions.placeholders import Placeholders

VALUES: dict[str, Any] = {
    ":s": {"S": "x"},
    ":t": {"S": "y"},
    ":n": {"N": "1"},
    ":b": {"B": "AQ=="},
    ":z": {"NULL": True},
    ":o": {"BOOL": True},
    ":l": {"L": []},
    ":m": {"M": {}},
    ":ss": {"SS": ["a"]},
}
WRONG_TYPE = "Incorrect operand type for operator or function; operator or function: "
WRONG_COUNT = "Incorrect number of operands for operator or function; operator or function: "
NEEDS_PATH = "Operator or function requires a document path; operator or function: "
NO_NAME = "An expression attribute name used in the document path is not defined; attribute name: "
NO_VALUE = "An expression attribute value used in expression is not defined; attribute value: "
DISTINCT = (
    "The first operand must be distinct from the remaining operands for this operator or function; "
)


def error(text: str, parameter: str = "ConditionExpression", **values: Any) -> str:
    placeholders = Placeholders({"#a": "a"}, values or VALUES)
    with pytest.raises(ValidationException) as caught:
        compile_condition(text, placeholders, parameter)
    prefix = f"Invalid {parameter}: "
    assert caught.value.message.startswith(prefix)
    return caught.value.message.removeprefix(prefix)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("#x = :s", f"{NO_NAME}#x"),
        ("a.b.#x = :s", f"{NO_NAME}#x"),
        ("a = :x", f"{NO_VALUE}:x"),
        ("size(:x) = :n", f"{NO_VALUE}:x"),
        ("a IN (:s, :x)", f"{NO_VALUE}:x"),
        ("attribute_exists(a, b)", f"{WRONG_COUNT}attribute_exists, number of operands: 2"),
        ("size(a, b) = :n", f"{WRONG_COUNT}size, number of operands: 2"),
        ("begins_with(a)", f"{WRONG_COUNT}begins_with, number of operands: 1"),
        ("contains(a, b, c)", f"{WRONG_COUNT}contains, number of operands: 3"),
        ("a = a", f"{DISTINCT}operator: =, first operand: [a]"),
        ("a = #a", f"{DISTINCT}operator: =, first operand: [a]"),
        ("a.b[1] < a.b[1]", f"{DISTINCT}operator: <, first operand: [a, b, [1]]"),
        ("contains(a, a)", f"{DISTINCT}operator: contains, first operand: [a]"),
        ("attribute_exists(:s)", f"{NEEDS_PATH}attribute_exists"),
        ("attribute_not_exists(:s)", f"{NEEDS_PATH}attribute_not_exists"),
        ("begins_with(a, :n)", f"{WRONG_TYPE}begins_with, operand type: N"),
        ("begins_with(:n, a)", f"{WRONG_TYPE}begins_with, operand type: N"),
        ("begins_with(a, size(b))", f"{WRONG_TYPE}begins_with, operand type: N"),
        ("attribute_type(a, :n)", f"{WRONG_TYPE}attribute_type, operand type: N"),
        (
            "attribute_type(a, b)",
            (
                f"{WRONG_TYPE}attribute_type, operand type: {{SS,M,DECIMAL,DOUBLESET,HDS,N,B,DICT,"
                "INTSET,BOOL,HD,BS,INT,DECIMALSET,NULL,FLOAT,FS,S,L,NS,DOUBLE}"
            ),
        ),
        (
            "attribute_type(a, :s)",
            (
                "Invalid attribute type name found; type: x, valid types: "
                "{N,BS,L,B,NULL,M,S,SS,NS,BOOL}"
            ),
        ),
        ("size(:n) = :n", f"{WRONG_TYPE}size, operand type: N"),
        ("size(:o) = :n", f"{WRONG_TYPE}size, operand type: BOOL"),
        ("size(:z) = :n", f"{WRONG_TYPE}size, operand type: NULL"),
        ("size(size(a)) = :n", f"{WRONG_TYPE}size, operand type: N"),
        ("a < :o", f"{WRONG_TYPE}<, operand type: BOOL"),
        (":l >= a", f"{WRONG_TYPE}>=, operand type: L"),
        ("a > :ss", f"{WRONG_TYPE}>, operand type: SS"),
        ("a BETWEEN :o AND :o", f"{WRONG_TYPE}BETWEEN, operand type: BOOL"),
        (
            "a BETWEEN :n AND :s",
            (
                "The BETWEEN operator requires same data type for lower and upper bounds; "
                "lower bound "
                "operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:x}"
            ),
        ),
        (
            "a BETWEEN :t AND :s",
            (
                "The BETWEEN operator requires upper bound to be greater than or equal to "
                "lower bound; "
                "lower bound operand: AttributeValue: {S:y}, upper bound operand: "
                "AttributeValue: {S:x}"
            ),
        ),
        (
            f"a IN ({','.join([':s'] * 101)})",
            "The IN operator is provided with too many operands; number of operands: 101",
        ),
    ],
)
def test_errors_are_alike_in_all_conditions(text: str, problem: str) -> None:
    assert error(text) == problem
    assert error(text, "FilterExpression") == problem


@pytest.mark.parametrize(
    "text",
    [
        ":s = :s",
        "a = :l",
        "a <> :m",
        "a IN (:z, :o, :l)",
        "size(:s) > :n",
        "size(:ss) = :n",
        "size(:m) = :n",
        "a BETWEEN :s AND :t",
        "a BETWEEN :s AND :s",
        "a BETWEEN :n AND b",
        "begins_with(:s, a)",
        "begins_with(a, :b)",
        "contains(a, :l)",
        "a.b = a.c",
        "a = a.b",
        f"a IN ({','.join([':s'] * 100)})",
    ],
)
def test_neighbours_of_the_errors_are_fine(text: str) -> None:
    compile_condition(text, Placeholders(None, VALUES))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        # Clause by clause in the order of the text.
        ("a = :x AND begins_with(b, :n)", f"{NO_VALUE}:x"),
        ("begins_with(b, :n) AND a = :x", f"{WRONG_TYPE}begins_with, operand type: N"),
        ("a = :s OR NOT (b = :x AND #y = :s)", f"{NO_VALUE}:x"),
        # Within a clause: placeholders, counts, distinct operands, types.
        ("begins_with(#x, :n)", f"{NO_NAME}#x"),
        ("size(a, :x) < :o", f"{NO_VALUE}:x"),
        ("size(a, b) < :o", f"{WRONG_COUNT}size, number of operands: 2"),
    ],
)
def test_order_of_errors(text: str, problem: str) -> None:
    assert error(text) == problem


def test_a_cached_expression_is_checked_against_the_values_of_each_request() -> None:
    text = "begins_with(c1, :p) AND c2 BETWEEN :l AND :h AND attribute_type(c3, :k)"
    fine: dict[str, Any] = {
        ":p": {"S": "x"},
        ":l": {"N": "1"},
        ":h": {"N": "2"},
        ":k": {"S": "S"},
    }
    for _ in range(2):
        compile_condition(text, Placeholders(None, fine))
        assert error(text, **{**fine, ":p": {"N": "1"}}).endswith("begins_with, operand type: N")
        assert error(text, **{**fine, ":h": {"N": "0"}}).startswith("The BETWEEN operator")
        assert error(text, **{**fine, ":h": {"L": []}}).endswith("BETWEEN, operand type: L")
        assert error(text, **{**fine, ":k": {"S": "Q"}}).startswith("Invalid attribute type name")
        del (less := dict(fine))[":p"]
        assert error(text, **less) == f"{NO_VALUE}:p"
