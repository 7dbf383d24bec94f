"""What is checked of each request's values, for an expression that is in the cache."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.conditions.checks import condition_checks
from jedlik.services.dynamodb.expressions.parsing.condition_grammar import ConditionGrammar
from jedlik.services.dynamodb.expressions.parsing.syntax import clauses_of
from jedlik.services.dynamodb.expressions.value_checks import ValueChecks

FINE: dict[str, Any] = {
    ":s": {"S": "a"},
    ":t": {"S": "b"},
    ":n": {"N": "1"},
    ":l": {"L": []},
    ":k": {"S": "NS"},
}


def checks(text: str, *values: str) -> ValueChecks:
    tree = ConditionGrammar(text, "P").parse()
    return condition_checks(frozenset(values), clauses_of(tree))


@pytest.mark.parametrize(
    ("text", "name", "wrong"),
    [
        ("begins_with(a, :s)", ":s", {"N": "1"}),
        ("NOT (b = :l OR a < :n)", ":n", {"BOOL": True}),
        ("a BETWEEN :s AND :t", ":t", {"L": []}),
        ("size(:l) = :n", ":l", {"N": "1"}),
        ("a = size(:s)", ":s", {"NULL": True}),
        ("attribute_type(a, :k)", ":k", {"N": "1"}),
    ],
)
def test_only_values_of_the_right_type_are_accepted(
    text: str, name: str, wrong: dict[str, Any]
) -> None:
    subject = checks(text, name)
    assert subject.accept(FINE, "P")
    assert not subject.accept({**FINE, name: wrong}, "P")
    assert not subject.accept({k: v for k, v in FINE.items() if k != name}, "P")


def test_any_type_will_do_where_the_operator_takes_any() -> None:
    subject = checks("a = :s AND b <> :n AND c IN (:l) AND contains(d, :k)", ":s")
    for value in ({"BOOL": True}, {"L": []}, {"NULL": True}):
        assert subject.accept(dict.fromkeys(FINE, value), "P")


def test_bounds_and_type_names_are_checked() -> None:
    bounds = checks("a BETWEEN :s AND :t")
    assert bounds.accept(FINE, "P")
    with pytest.raises(ValidationException, match="greater than or equal to lower bound"):
        bounds.accept({**FINE, ":s": {"S": "c"}}, "P")
    kind = checks("attribute_type(a, :k)")
    with pytest.raises(ValidationException, match="Invalid attribute type name found; type: Q"):
        kind.accept({**FINE, ":k": {"S": "Q"}}, "P")
