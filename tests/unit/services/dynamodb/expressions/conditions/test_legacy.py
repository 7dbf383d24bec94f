"""Expected, QueryFilter, ScanFilter and KeyConditions."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.base.limits import MAX_EXAMINED_PARTS
from jedlik.base.turns import at_once
from jedlik.services.dynamodb.expressions.conditions import legacy
from jedlik.services.dynamodb.expressions.conditions.condition import Condition
from jedlik.services.dynamodb.expressions.conditions.legacy import (
    expected_steps,
    filter_steps,
    legacy_key_conditions,
)
from tests.properties import examples

ITEM: dict[str, Any] = {
    "s": {"S": "hello"},
    "n": {"N": "5"},
    "b": {"B": "AQID"},
    "ss": {"SS": ["x", "y"]},
    "l": {"L": [{"S": "x"}]},
    "z": {"NULL": True},
    "a.b": {"S": "dot"},
}


def legacy_filter(*given: Any) -> Condition:
    return at_once(filter_steps(*given))


def legacy_expected(*given: Any) -> Condition:
    return at_once(expected_steps(*given))


def entry(operator: str, *arguments: Any) -> dict[str, Any]:
    condition: dict[str, Any] = {"ComparisonOperator": operator}
    if arguments:
        condition["AttributeValueList"] = list(arguments)
    return condition


def s(text: str) -> dict[str, str]:
    return {"S": text}


def n(text: str) -> dict[str, str]:
    return {"N": text}


@pytest.mark.parametrize(
    ("name", "condition", "expected"),
    [
        ("s", entry("EQ", s("hello")), True),
        ("s", entry("EQ", s("x")), False),
        ("n", entry("EQ", n("5.0")), True),
        ("n", entry("EQ", s("5")), False),
        ("ss", entry("EQ", {"SS": ["y", "x"]}), True),
        ("l", entry("EQ", {"L": [{"S": "x"}]}), True),
        ("gone", entry("EQ", s("x")), False),
        ("s", entry("NE", s("x")), True),
        ("s", entry("NE", s("hello")), False),
        ("gone", entry("NE", s("x")), True),
        ("n", entry("LT", n("10")), True),
        ("n", entry("LT", n("5")), False),
        ("n", entry("LT", s("9")), False),
        ("n", entry("LE", n("5")), True),
        ("n", entry("GT", n("4")), True),
        ("n", entry("GE", n("6")), False),
        ("gone", entry("GE", n("6")), False),
        ("n", entry("BETWEEN", n("5"), n("6")), True),
        ("n", entry("BETWEEN", n("6"), n("7")), False),
        ("s", entry("BEGINS_WITH", s("he")), True),
        ("s", entry("BEGINS_WITH", s("lo")), False),
        ("b", entry("BEGINS_WITH", {"B": "AQI="}), True),
        ("s", entry("CONTAINS", s("ell")), True),
        ("ss", entry("CONTAINS", s("x")), True),
        ("l", entry("CONTAINS", s("x")), True),
        ("ss", entry("CONTAINS", s("q")), False),
        ("gone", entry("CONTAINS", s("q")), False),
        ("s", entry("NOT_CONTAINS", s("q")), True),
        ("s", entry("NOT_CONTAINS", s("ell")), False),
        ("n", entry("IN", n("1"), n("5")), True),
        ("n", entry("IN", n("1"), n("6")), False),
        ("z", entry("NULL"), False),
        ("gone", entry("NULL"), True),
        ("z", entry("NOT_NULL"), True),
        ("gone", entry("NOT_NULL"), False),
        ("a.b", entry("EQ", s("dot")), True),
    ],
)
def test_filter_and_expected_compare_alike(
    name: str, condition: dict[str, Any], expected: bool
) -> None:
    assert legacy_filter({name: condition}).matches(ITEM) is expected
    assert legacy_expected({name: condition}).matches(ITEM) is expected


def test_expected_wants_what_is_not_to_contain_to_be_there() -> None:
    condition = {"gone": entry("NOT_CONTAINS", s("ell"))}
    assert legacy_filter(condition).matches(ITEM)
    assert not legacy_expected(condition).matches(ITEM)


def test_conditions_are_joined_by_and_or_or() -> None:
    true, false = entry("NOT_NULL"), entry("NULL")
    for operator, some, expected in (
        (None, {"s": true, "n": true}, True),
        (None, {"s": true, "n": false}, False),
        ("AND", {"s": true, "n": false}, False),
        ("OR", {"s": false, "n": true}, True),
        ("OR", {"s": false, "n": false}, False),
        ("OR", {}, True),
        (None, {}, True),
    ):
        assert legacy_filter(some, operator).matches(ITEM) is expected
        assert legacy_expected(some, operator).matches(ITEM) is expected
    assert legacy_filter({"q": true, "s": true}).attributes == ("q", "s")


def test_exists_and_value() -> None:
    assert legacy_expected({"s": {"Value": s("hello")}}).matches(ITEM)
    assert legacy_expected({"s": {"Value": s("hello"), "Exists": True}}).matches(ITEM)
    assert not legacy_expected({"s": {"Value": s("x")}}).matches(ITEM)
    assert not legacy_expected({"s": {"Value": s("x")}}).matches(None)
    assert legacy_expected({"gone": {"Exists": False}}).matches(ITEM)
    assert legacy_expected({"s": {"Exists": False}}).matches(None)
    assert not legacy_expected({"s": {"Exists": False}}).matches(ITEM)
    # Value serves as the one argument of an operator too.
    assert legacy_expected({"n": {"Value": n("4"), "ComparisonOperator": "GT"}}).matches(ITEM)


INVALID = "One or more parameter values were invalid: "


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        (entry("EQ"), "Invalid number of argument(s) for the EQ ComparisonOperator"),
        (
            entry("EQ", s("a"), s("b")),
            "Invalid number of argument(s) for the EQ ComparisonOperator",
        ),
        (entry("NULL", s("a")), "Invalid number of argument(s) for the NULL ComparisonOperator"),
        (
            entry("BETWEEN", s("a")),
            "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (entry("IN"), "Invalid number of argument(s) for the IN ComparisonOperator"),
        (
            entry("IN", s("a"), n("1")),
            "AttributeValues inside AttributeValueList must be of same type",
        ),
        (
            entry("LT", {"SS": ["a"]}),
            "ComparisonOperator LT is not valid for SS AttributeValue type",
        ),
        (
            entry("BEGINS_WITH", n("1")),
            "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type",
        ),
        (
            entry("IN", {"BOOL": True}),
            "ComparisonOperator IN is not valid for BOOL AttributeValue type",
        ),
    ],
)
def test_wrong_arguments(condition: dict[str, Any], problem: str) -> None:
    for build in (legacy_filter, legacy_key_conditions):
        with pytest.raises(ValidationException) as caught:
            build({"a": condition})
        assert caught.value.message == INVALID + problem


def test_between_needs_ordered_bounds() -> None:
    with pytest.raises(ValidationException) as caught:
        legacy_filter({"a": entry("BETWEEN", n("10"), n("9"))})
    assert caught.value.message == (
        "The BETWEEN condition was provided a range where the lower bound is greater than the "
        "upper bound"
    )


def test_values_are_checked() -> None:
    for build in (legacy_filter, legacy_expected, legacy_key_conditions):
        with pytest.raises(ValidationException, match="cannot be converted to a numeric value"):
            build({"a": entry("EQ", n("x"))})
    with pytest.raises(ValidationException, match="cannot be converted to a numeric value"):
        legacy_expected({"a": {"Value": n("x")}})


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        (
            {"Value": s("a"), "AttributeValueList": [s("a")], "ComparisonOperator": "EQ"},
            "Value and AttributeValueList cannot be used together for Attribute: q",
        ),
        (
            {"Exists": True, "ComparisonOperator": "NULL"},
            "Exists and ComparisonOperator cannot be used together for Attribute: q",
        ),
        (
            {"ComparisonOperator": "EQ"},
            "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: q",
        ),
        (
            {"AttributeValueList": [s("a")]},
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: q",
        ),
        (
            {"AttributeValueList": [s("a")], "Exists": False},
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: q",
        ),
        ({}, "Value must be provided when Exists is null for Attribute: q"),
        ({"Exists": True}, "Value must be provided when Exists is true for Attribute: q"),
        (
            {"Exists": False, "Value": s("a")},
            "Value cannot be used when Exists is false for Attribute: q",
        ),
        (
            {"AttributeValueList": [], "ComparisonOperator": "GE"},
            "Invalid number of argument(s) for the GE ComparisonOperator",
        ),
    ],
)
def test_expectations_that_contradict_themselves(condition: Any, problem: str) -> None:
    with pytest.raises(ValidationException) as caught:
        legacy_expected({"p": {"Exists": False}, "q": condition})
    assert caught.value.message == INVALID + problem


SCHEMA = (("pk", "S", "HASH"), ("sk", "N", "RANGE"))


@pytest.mark.parametrize(
    ("condition", "equals", "range_"),
    [
        (entry("EQ", n("1")), [n("1")], None),
        (entry("LT", n("1")), [], ("<", [n("1")])),
        (entry("LE", n("1")), [], ("<=", [n("1")])),
        (entry("GT", n("1")), [], (">", [n("1")])),
        (entry("GE", n("1")), [], (">=", [n("1")])),
        (entry("BETWEEN", n("1"), n("2")), [], ("BETWEEN", [n("1"), n("2")])),
    ],
)
def test_key_conditions(condition: Any, equals: Any, range_: Any) -> None:
    conditions = legacy_key_conditions({"sk": condition, "pk": entry("EQ", s("p"))})
    assert conditions.match(SCHEMA) == ([s("p")], equals, range_)


def test_key_condition_errors() -> None:
    def message(conditions: Any, schema: Any = SCHEMA) -> str:
        with pytest.raises(ValidationException) as caught:
            legacy_key_conditions(conditions).match(schema)
        return caught.value.message

    pk = entry("EQ", s("p"))
    assert message({}) == "Conditions can be of length 1 or 2 only"
    for operator in ("NE", "CONTAINS", "NOT_CONTAINS", "IN"):
        assert message({"pk": pk, "sk": entry(operator, n("1"))}) == (
            "Attempted conditional constraint is not an indexable operation"
        )
    assert message({"pk": entry("GT", s("p"))}) == "Query key condition not supported"
    assert message({"sk": pk}) == "Query condition missed key schema element: pk"
    assert message({"pk": pk, "q": pk}) == "Query condition missed key schema element: sk"
    assert message({"pk": pk, "sk": entry("EQ", s("1"))}).endswith("does not match schema type")


OPERATORS = st.sampled_from(
    ["EQ", "NE", "LT", "CONTAINS", "NOT_CONTAINS", "IN", "NULL", "NOT_NULL"]
)
NAMES = st.sampled_from("abcd")
SCALARS = st.sampled_from([s("x"), s("y"), n("1"), n("2")])


@examples(600)
@given(
    conditions=st.dictionaries(NAMES, st.tuples(OPERATORS, SCALARS)),
    item=st.dictionaries(NAMES, SCALARS),
    joined=st.sampled_from(["AND", "OR"]),
)
def test_many_conditions_come_to_the_same(
    conditions: dict[str, Any], item: dict[str, Any], joined: str
) -> None:
    given_ = {
        name: entry(operator) if "NULL" in operator else entry(operator, argument)
        for name, (operator, argument) in conditions.items()
    }
    for build in (legacy_filter, legacy_expected):
        few = build(given_, joined).matches(item)
        with mock.patch.object(legacy, "_FEW", -1):
            assert build(given_, joined).matches(item) is few


def test_the_number_of_key_conditions_is_said_though_not_all_are_looked_at() -> None:
    wrong = {f"k{number}": entry("EQ", s("p")) for number in range(MAX_EXAMINED_PARTS)}
    conditions = legacy_key_conditions({**wrong, "last": entry("EQ")})
    with pytest.raises(ValidationException, match=rf"\({MAX_EXAMINED_PARTS + 1}\)"):
        conditions.match(SCHEMA)


@pytest.mark.parametrize("joined", ["AND", "OR"])
def test_an_item_costs_what_it_has_attributes(joined: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a filter that a client made as long as a request may be, a thousand items are asked."""
    asked = 0

    def absent(value: Any, _arguments: Any) -> bool:
        nonlocal asked
        asked += 1
        return (value is None) is (joined == "AND")

    counted = legacy._OPERATORS["NULL"]._replace(holds=absent)
    monkeypatch.setitem(legacy._OPERATORS, "NULL", counted)
    built = legacy_filter({f"k{number}": entry("NULL") for number in range(1_000)}, joined)
    asked = 0
    assert built.matches({"other": s("x")}) is (joined == "AND")
    assert built.matches({"k7": s("x")}) is (joined == "OR")
    assert asked <= 2


def test_a_long_list_of_in_is_not_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    built = legacy_filter({"n": entry("IN", *(n(str(number)) for number in range(1_000)))})
    monkeypatch.setattr(legacy, "same", None)
    assert built.matches({"n": n("7")})
    assert not built.matches({"n": n("1000")})
    assert not built.matches({"n": s("7")})
    assert not built.matches({"n": {"SS": ["7"]}})
    assert not built.matches({})


def test_each_argument_is_a_step_since_it_may_be_as_large_as_an_item() -> None:
    numbers = {"AttributeValueList": [{"N": str(one)} for one in range(50)]}
    steps = filter_steps({"a": {"ComparisonOperator": "IN", **numbers}})
    assert sum(1 for _ in steps) >= 50


def test_the_condition_of_many_comparisons_is_made_in_steps_too() -> None:
    given = {f"a{number}": {"ComparisonOperator": "NULL"} for number in range(1000)}
    steps = sum(1 for _ in filter_steps(given))
    assert steps >= 2 * len(given)  # for their tests, and for what an absent attribute decides
