"""Requests of one form: the second one is answered as the first one would be."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ConditionalCheckFailedException, ServiceError, ValidationException
from jedlik.services.dynamodb.expressions import forms
from jedlik.services.dynamodb.expressions.parameters import form_of
from tests.control_plane import ControlPlane, on_demand

KEY = {"pk": {"S": "p"}}
UPDATE: dict[str, Any] = {
    "TableName": "music",
    "Key": KEY,
    "UpdateExpression": "SET #n = :n ADD visits :one",
    "ConditionExpression": "attribute_not_exists(pk) OR size(#n) < :most",
    "ExpressionAttributeNames": {"#n": "name"},
    "ExpressionAttributeValues": {":n": {"S": "a"}, ":one": {"N": "1"}, ":most": {"N": "9"}},
    "ReturnValues": "ALL_NEW",
}


@pytest.fixture(autouse=True)
def _no_forms() -> None:
    forms._forms.clear()


@pytest.fixture
def music(plane: ControlPlane) -> ControlPlane:
    plane.call("CreateTable", **on_demand())
    return plane


def values(**changed: Any) -> dict[str, Any]:
    own = {f":{name}": value for name, value in changed.items()}
    return {**UPDATE, "ExpressionAttributeValues": {**UPDATE["ExpressionAttributeValues"], **own}}


def is_known(request: dict[str, Any]) -> bool:
    form = form_of("UpdateItem", request)
    return form is not None and forms.plans_of(form) is not None


def test_the_second_request_has_its_own_values(music: ControlPlane) -> None:
    assert not is_known(UPDATE)
    music.call("UpdateItem", **UPDATE)
    assert is_known(UPDATE)
    again = music.call("UpdateItem", **values(n={"S": "b"}, one={"N": "3"}))
    assert again["Attributes"] == {**KEY, "name": {"S": "b"}, "visits": {"N": "4"}}
    refused = music.refusal("UpdateItem", **values(most={"N": "0"}))
    assert isinstance(refused, ConditionalCheckFailedException)


@pytest.mark.parametrize(
    "wrong",
    [
        {"one": {"S": "no number"}},
        {"one": {"N": "1e999"}},
        {"n": {"S": "a", "N": "1"}},
        {"n": {"SS": []}},
        {"n": {"X": "x"}},
    ],
)
def test_wrong_values_are_refused_in_the_same_words(music: ControlPlane, wrong: Any) -> None:
    first = music.refusal("UpdateItem", **values(**wrong))
    assert not is_known(UPDATE)
    music.call("UpdateItem", **UPDATE)
    assert is_known(UPDATE)
    second = music.refusal("UpdateItem", **values(**wrong))
    assert (type(first), first.message) == (type(second), second.message)


@pytest.mark.parametrize(
    "change",
    [
        {"ExpressionAttributeNames": {"#n": "pk"}},
        {"ExpressionAttributeNames": {"#n": "name", "#unused": "x"}},
        {"ExpressionAttributeNames": {}},
        {"ExpressionAttributeNames": None},
        {"ExpressionAttributeValues": {":n": {"S": "a"}}},
        {"ConditionExpression": None},
        {"UpdateExpression": "SET #n = :n"},
        {"AttributeUpdates": {"a": {"Value": {"S": "x"}}}},
        {"ConditionalOperator": "AND"},
    ],
)
def test_each_form_is_examined_separately(music: ControlPlane, change: Any) -> None:
    music.call("UpdateItem", **UPDATE)
    error = music.refusal("UpdateItem", **{**UPDATE, **change})
    assert isinstance(error, ValidationException)


def test_a_refused_request_leaves_no_form(music: ControlPlane) -> None:
    unused = values(other={"S": "x"})
    with pytest.raises(ServiceError, match="unused in expressions"):
        music.call("UpdateItem", **unused)
    assert not is_known(unused)


def test_too_many_values_are_refused_though_the_form_is_known(music: ControlPlane) -> None:
    music.call("UpdateItem", **UPDATE)
    large = values(n={"S": "x" * (2 * 1024 * 1024)})
    assert "exceeds max" in music.refusal("UpdateItem", **large).message


def test_forms_weigh_what_they_hold() -> None:
    many = tuple((f"#{n}", "x" * 1000) for n in range(10))
    forms.keep(("UpdateItem", ("text", None), many, (":v",)), {})
    assert 10 * 4 * 1000 < forms._forms.weight < 10 * 4 * 1000 + 5000
