"""The charge of an update expression: its values are measured once, and not beyond the limit."""

from __future__ import annotations

import pytest

from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.services.dynamodb.expressions.parsing.update_grammar import UpdateGrammar
from jedlik.services.dynamodb.expressions.updates import charge as module
from jedlik.services.dynamodb.expressions.updates.charge import Charge, charge_of
from jedlik.values.attribute import AttributeValue
from jedlik.values.canonical import canonical_value
from jedlik.values.checked_value import CheckedValue
from jedlik.values.sizes import value_size


def charge(text: str) -> Charge:
    return charge_of(UpdateGrammar(text, "UpdateExpression").parse(), {})


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[AttributeValue]:
    """The values that were measured."""
    found: list[AttributeValue] = []

    def noted(value: AttributeValue) -> int:
        found.append(value)
        return value_size(value)

    monkeypatch.setattr(module, "value_size", noted)
    return found


def test_each_use_of_a_value_counts(measured: list[AttributeValue]) -> None:
    value = {"S": "x" * 100}
    once, twice = charge("SET a = :v"), charge("SET a = :v, b = :v")
    assert once.size({":v": value}) == once.fixed + 100
    assert twice.size({":v": value}) == twice.fixed + 200
    assert measured == [value, value]


def test_a_value_that_is_used_often_is_measured_once(measured: list[AttributeValue]) -> None:
    text = "SET " + ", ".join(f"a{n} = list_append(:v, :v)" for n in range(100))
    value: AttributeValue = {"L": [{"S": ""}] * 100}
    assert charge(text).size({":v": value}) > 200 * value_size(value)
    assert measured == [value]


def test_nothing_is_measured_beyond_the_limit(measured: list[AttributeValue]) -> None:
    large, other = {"S": "x" * (MAX_ITEM_SIZE + 1)}, {"S": "y"}
    assert charge("SET a = :v, b = :w").size({":v": large, ":w": other}) > MAX_ITEM_SIZE
    assert measured == [large]


def test_a_value_that_was_checked_already_is_not_measured(measured: list[AttributeValue]) -> None:
    value = CheckedValue({"L": [{"S": "a"}] * 10})
    found = charge("SET a = :v")
    assert found.size({":v": value}) == found.fixed + value_size(value)
    assert len(measured) == 1
    canonical_value(value)
    assert found.size({":v": value}) == found.fixed + value_size(value)
    assert len(measured) == 1
