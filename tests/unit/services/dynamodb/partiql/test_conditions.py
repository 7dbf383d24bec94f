"""A WHERE clause equals the condition expression with the same meaning."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.conditions.condition import compile_condition
from jedlik.services.dynamodb.expressions.conditions.stepwise import Steps
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.partiql.conditions import WhereChecks, filter_of
from jedlik.services.dynamodb.partiql.prepared import Prepared
from jedlik.services.dynamodb.partiql.statements import Select
from jedlik.values.canonical import canonical_value
from tests.properties import examples

PATHS = ["a", "b", "m.x", "l[0]", "l[1].y"]


class Twin(NamedTuple):
    """One condition in both languages; `{}` stands for a value."""

    partiql: str
    expression: str
    values: tuple[Any, ...] = ()


scalars = st.one_of(
    st.sampled_from(["", "a", "ab", "b", "it's"]).map(lambda text: {"S": text}),
    st.sampled_from(["-1", "0", "1", "2", "10"]).map(lambda text: {"N": text}),
    st.booleans().map(lambda truth: {"BOOL": truth}),
    st.just({"NULL": True}),
)
values = st.one_of(
    scalars,
    st.sampled_from([{"SS": ["a", "b"]}, {"SS": ["b", "a"]}, {"NS": ["1", "2"]}]),
    st.lists(scalars, max_size=2).map(lambda some: {"L": some}),
    st.dictionaries(st.sampled_from("xy"), scalars, max_size=2).map(lambda some: {"M": some}),
)
ordered = scalars.filter(lambda value: "S" in value or "N" in value)
texts = scalars.filter(lambda value: "S" in value)
paths = st.sampled_from(PATHS)


def literal(value: dict[str, Any]) -> str:
    """The literal of a value."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return "'" + content.replace("'", "''") + "'"
        case "N":
            return str(content)
        case "BOOL":
            return str(content).lower()
        case "NULL":
            return "NULL"
        case "SS":
            return "<<" + ", ".join(literal({"S": text}) for text in content) + ">>"
        case "NS":
            return "<<" + ", ".join(content) + ">>"
        case "L":
            return "[" + ", ".join(map(literal, content)) + "]"
    members = (f"'{name}': {literal(member)}" for name, member in content.items())
    return "{" + ", ".join(members) + "}"


def comparison(path: str, operator: str, value: Any) -> Twin:
    return Twin(f"{path} {operator} {{}}", f"{path} {operator} {{}}", (value,))


clauses = st.one_of(
    st.builds(comparison, paths, st.sampled_from(["=", "<>"]), values),
    st.builds(comparison, paths, st.sampled_from(["<", "<=", ">", ">="]), ordered),
    st.builds(lambda path: Twin(f"{path} IS MISSING", f"attribute_not_exists({path})"), paths),
    st.builds(lambda path: Twin(f"{path} IS NOT MISSING", f"attribute_exists({path})"), paths),
    st.builds(
        lambda path: Twin(f"{path} IS NULL", f"attribute_type({path}, :null)"), paths
    ),
    st.builds(
        lambda path, text: Twin(
            f"BEGINS_WITH({path}, {{}})", f"begins_with({path}, {{}})", (text,)
        ),
        paths, texts,
    ),
    st.builds(
        lambda path, value: Twin(f"contains({path}, {{}})", f"contains({path}, {{}})", (value,)),
        paths, scalars,
    ),
    st.builds(
        lambda path, value: Twin(f"size({path}) > {{}}", f"size({path}) > {{}}", (value,)),
        paths, ordered,
    ),
    st.builds(
        lambda path, some: Twin(
            f"{path} IN [{', '.join('{}' for _ in some)}]",
            f"{path} IN ({', '.join('{}' for _ in some)})",
            tuple(some),
        ),
        paths, st.lists(values, min_size=1, max_size=3),
    ),
)  # fmt: skip


def joined(operator: str, twins: list[Twin]) -> Twin:
    return Twin(
        f" {operator.lower()} ".join(f"({twin.partiql})" for twin in twins),
        f" {operator} ".join(f"({twin.expression})" for twin in twins),
        tuple(value for twin in twins for value in twin.values),
    )


conditions = st.recursive(
    clauses,
    lambda inner: st.one_of(
        st.builds(joined, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3)),
        st.builds(
            lambda twin: Twin(f"NOT ({twin.partiql})", f"NOT ({twin.expression})", twin.values),
            inner,
        ),
        st.builds(
            lambda twin: Twin(f"({twin.partiql}) IN [true]", twin.expression, twin.values), inner
        ),
        st.builds(
            lambda twin: Twin(f"('x' = 'y') <> ({twin.partiql})", twin.expression, twin.values),
            inner,
        ),
    ),
    max_leaves=6,
)
items = st.fixed_dictionaries(
    {},
    optional={
        "a": values,
        "b": values,
        "m": st.dictionaries(st.sampled_from("xy"), values, max_size=2).map(lambda m: {"M": m}),
        "l": st.lists(
            values | values.map(lambda value: {"M": {"y": value}}), max_size=2
        ).map(lambda some: {"L": some}),
    },
)  # fmt: skip


def expected(twin: Twin, item: dict[str, Any]) -> bool:
    """What the condition expression says of an item."""
    names = [f":v{number}" for number in range(len(twin.values))]
    bound = dict(zip(names, twin.values, strict=True))
    text = twin.expression.format(*names)
    if ":null" in text:
        bound[":null"] = {"S": "NULL"}
    return compile_condition(text, Placeholders(None, bound or None)).matches(item)


def found(where: str, parameters: list[Any], item: dict[str, Any]) -> bool:
    """What the WHERE clause says of it."""
    prepared = Prepared(f"SELECT * FROM t WHERE {where}")
    assert isinstance(prepared.statement, Select)
    tree = prepared.statement.where
    assert tree is not None
    bound = prepared.bind(parameters)
    WhereChecks(tree, prepared.names, bound).check(bound)
    condition = filter_of([tree], prepared.names)
    assert condition is not None
    holds = condition.test(item, bound)
    assert in_steps(condition.stepwise()(item, bound)) is holds
    return holds


def in_steps(steps: Steps) -> bool:
    """What a condition comes to, a test at a time."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return bool(done.value)


@examples(300)
@given(conditions, items)
def test_where_agrees_with_the_same_condition_expression(twin: Twin, item: dict[str, Any]) -> None:
    truth = expected(twin, item)
    assert found(twin.partiql.format(*map(literal, twin.values)), [], item) is truth
    questions = twin.partiql.format(*("?" for _ in twin.values))
    assert found(questions, list(twin.values), item) is truth


@given(values)
def test_literals_read_back(value: dict[str, Any]) -> None:
    canonical_value(value)
    prepared = Prepared(f"INSERT INTO t VALUE {{'a': {literal(value)}}}")
    assert prepared.literals == {"'0": value}


def checks(where: str, *parameters: Any) -> tuple[Prepared, WhereChecks]:
    prepared = Prepared(f"SELECT * FROM t WHERE {where}")
    assert isinstance(prepared.statement, Select)
    bound = prepared.bind(list(parameters))
    return prepared, WhereChecks(prepared.statement.where, prepared.names, bound)


def test_equality_needs_no_checks_of_parameters() -> None:
    assert not checks("a = ? AND b IN [?, 1]", {"S": "x"}, {"L": []})[1].needed
    assert not checks("a > 5 AND contains(a, 'x')")[1].needed
    assert checks("a > ?", {"S": "x"})[1].needed


def test_parameters_are_checked_each_time() -> None:
    prepared, where = checks("a > ? AND a BETWEEN ? AND 5", {"S": "x"}, {"N": "1"})
    where.check(prepared.bind([{"N": "7"}, {"N": "2"}]))
    with pytest.raises(ValidationException) as raised:
        where.check(prepared.bind([{"BOOL": True}, {"N": "2"}]))
    assert raised.value.message == (
        "Incorrect operand type for operator or function; "
        "operator or function: >, operand type: BOOL"
    )
    with pytest.raises(ValidationException) as raised:
        where.check(prepared.bind([{"N": "7"}, {"N": "9"}]))
    assert raised.value.message.startswith("The BETWEEN operator requires upper bound")


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (
            "attribute_exists('a')",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "attribute_exists()",
            (
                "Incorrect number of operands for operator or function; "
                "operator or function: attribute_exists, number of operands: 0"
            ),
        ),
        (
            "attribute_exists(a, b)",
            (
                "Incorrect number of operands for operator or function; "
                "operator or function: attribute_exists, number of operands: 2"
            ),
        ),
        (
            "attribute_type(a, 1)",
            (
                "Incorrect operand type for operator or function; "
                "operator or function: attribute_type, operand type: N"
            ),
        ),
        (
            "a < true",
            (
                "Incorrect operand type for operator or function; "
                "operator or function: <, operand type: BOOL"
            ),
        ),
        (
            f"a IN [{', '.join(map(str, range(101)))}]",
            "The IN operator is provided with too many operands; number of operands: 101",
        ),
    ],
)
def test_problems_are_told_without_the_name_of_a_parameter(where: str, message: str) -> None:
    with pytest.raises(ValidationException) as raised:
        checks(where)
    assert raised.value.message == message
