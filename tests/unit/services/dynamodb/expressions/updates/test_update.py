"""Compiling updates: errors in their texts, plans, images."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.updates.update import Update, compile_update
from tests.unit.services.dynamodb.expressions.updates.applying import (
    ITEM,
    ONE,
    X,
    compiled,
    difference,
    numbers,
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "SET a = :n, a = :n",
            (
                "Two document paths overlap with each other; must remove or rewrite one of "
                "these paths; "
                "path one: [a], path two: [a]"
            ),
        ),
        (
            "SET c = :n, a.b = :n REMOVE a",
            (
                "Two document paths overlap with each other; must remove or rewrite one of "
                "these paths; "
                "path one: [a, b], path two: [a]"
            ),
        ),
        (
            "SET a[1].c = :n REMOVE a.b",
            (
                "Two document paths conflict with each other; must remove or rewrite one of "
                "these paths; "
                "path one: [a, [1], c], path two: [a, b]"
            ),
        ),
        (
            "SET #a = :n REMOVE a",
            (
                "Two document paths overlap with each other; must remove or rewrite one of "
                "these paths; "
                "path one: [a], path two: [a]"
            ),
        ),
        (
            "ADD a :s",
            (
                "Incorrect operand type for operator or function; operator: ADD, operand "
                "type: STRING, "
                "typeSet: ALLOWED_FOR_ADD_OPERAND"
            ),
        ),
        (
            "SET b = list_append(:s, b), c = if_not_exists(b) ADD a :s",
            (
                "Incorrect operand type for operator or function; operator: ADD, operand "
                "type: STRING, "
                "typeSet: ALLOWED_FOR_ADD_OPERAND"
            ),
        ),
        (
            "ADD a :l",
            (
                "Incorrect operand type for operator or function; operator: ADD, operand "
                "type: LIST, "
                "typeSet: ALLOWED_FOR_ADD_OPERAND"
            ),
        ),
        (
            "DELETE a :n",
            (
                "Incorrect operand type for operator or function; operator: DELETE, operand "
                "type: NUMBER, "
                "typeSet: ALLOWED_FOR_ADD_OPERAND"
            ),
        ),
        (
            "SET b = :n ADD a :bool",
            (
                "Incorrect operand type for operator or function; operator: ADD, operand "
                "type: BOOL, "
                "typeSet: ALLOWED_FOR_ADD_OPERAND"
            ),
        ),
        (
            "SET a = b + :s",
            (
                "Incorrect operand type for operator or function; operator or function: +, "
                "operand type: S"
            ),
        ),
        (
            "SET a = :l - b",
            (
                "Incorrect operand type for operator or function; operator or function: -, "
                "operand type: L"
            ),
        ),
        (
            "SET a = list_append(b, c) + d",
            (
                "Incorrect operand type for operator or function; operator or function: +, "
                "operand type: L"
            ),
        ),
        (
            "SET a = list_append(:s, b)",
            (
                "Incorrect operand type for operator or function; operator or function: "
                "list_append, "
                "operand type: S"
            ),
        ),
        (
            "SET a = list_append(b)",
            (
                "Incorrect number of operands for operator or function; operator or function: "
                "list_append, number of operands: 1"
            ),
        ),
        (
            "SET a = if_not_exists(b, c, d)",
            (
                "Incorrect number of operands for operator or function; operator or function: "
                "if_not_exists, number of operands: 3"
            ),
        ),
        (
            "SET a = if_not_exists(:n, b)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "SET #x = :n",
            (
                "An expression attribute name used in the document path is not defined; "
                "attribute name: #x"
            ),
        ),
        (
            "SET a = :x",
            "An expression attribute value used in expression is not defined; attribute value: :x",
        ),
        (
            "SET a = :x, a = :s",
            "An expression attribute value used in expression is not defined; attribute value: :x",
        ),
    ],
)
def test_texts_for_invalid_updates(text: str, problem: str) -> None:
    values: dict[str, Any] = {":n": ONE, ":s": X, ":l": numbers(), ":bool": {"BOOL": True}}
    with pytest.raises(ValidationException) as caught:
        compile_update(text, Placeholders({"#a": "a"}, values))
    assert caught.value.message == f"Invalid UpdateExpression: {problem}"


def test_a_cached_update_is_checked_against_the_values_of_each_request() -> None:
    assert difference("ADD n :cached", cached=ONE) == {"n": {"N": "6"}}
    with pytest.raises(ValidationException, match="operand type: STRING"):
        compiled("ADD n :cached", cached=X)
    with pytest.raises(ValidationException, match="not defined; attribute value: :cached"):
        compiled("ADD n :cached", other=ONE)
    assert difference("ADD n :cached", cached={"N": "2"}) == {"n": {"N": "7"}}


def test_paths_and_attributes() -> None:
    update = compiled("SET #x.b[1] = :v, #x.c = q REMOVE r", {"#x": "x.y"}, v=X)
    assert update.paths == (("x.y", "b", 1), ("x.y", "c"), ("r",))
    assert update.attributes == ("x.y", "r")


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("SET s = :v", {"s": {"S": "hello"}}, {"s": X}),
        ("SET q = :v", {}, {"q": X}),
        ("REMOVE s", {"s": {"S": "hello"}}, {}),
        (
            "SET m.a = :v REMOVE m.s",
            {"m": {"M": {"a": ONE, "s": {"SS": ["q"]}}}},
            {"m": {"M": {"a": X}}},
        ),
        ("SET m.extra = :v", {}, {"m": {"M": {"extra": X}}}),
        ("SET l[2] = :v, l[0] = :v", {"l": numbers(0, 2)}, {"l": {"L": [X, X]}}),
        (
            "SET m.l[0].x = :v",
            {"m": {"M": {"l": {"L": [{"M": {"x": {"S": "y"}}}]}}}},
            {"m": {"M": {"l": {"L": [{"M": {"x": X}}]}}}},
        ),
    ],
)
def test_images_show_the_touched_paths_only(text: str, old: Any, new: Any) -> None:
    values = {"v": X} if ":v" in text else {}
    update = compiled(text, **values)
    assert update.image(ITEM) == old
    assert update.image(update.apply(ITEM)) == new


def test_images_follow_paths_and_not_elements() -> None:
    # Where elements move, a path shows what stands there afterwards, or nothing.
    appended = compiled("SET l[100] = :v", v=X)
    assert appended.image(appended.apply(ITEM)) == {}
    removed = compiled("REMOVE l[1], l[9]")
    assert removed.image(ITEM) == {"l": numbers(1)}
    assert removed.image(removed.apply(ITEM)) == {"l": numbers(2)}


@pytest.mark.parametrize(
    ("text", "creates"),
    [
        ("SET q = :v", True),
        ("ADD q :v", True),
        ("REMOVE a, b", False),
        ("REMOVE a.b", False),
        ("DELETE q :v", False),
        ("DELETE q :v REMOVE a", False),
        ("REMOVE a ADD q :v", True),
    ],
)
def test_only_what_sets_something_creates_an_item(text: str, creates: bool) -> None:
    values = {"v": {"SS": ["x"]}} if ":v" in text else {}
    assert compiled(text, **values).creates is creates


def sized(text: str, size: int, **values: Any) -> Update:
    """An update whose values have `size` bytes together."""
    placeholders = Placeholders(None, {f":{k}": v for k, v in values.items()}, size)
    return compile_update(text, placeholders)


def test_parts_are_counted_as_often_as_they_are_used() -> None:
    many = {"L": [ONE] * 500}
    assert sized("SET a = :x, b = :x, c = :y", 2000, x=many, y=X).makes == 2 * 501 + 1
    assert sized("SET a = :x", 2000, x=many).makes == 501


def test_values_of_few_bytes_have_no_more_parts_than_bytes() -> None:
    few = {"L": [ONE] * 20}
    update = sized("SET a = :x, b = :x, c = :y", 100, x=few, y=X)
    assert 2 * 21 + 1 <= update.makes <= 2 * 100
    assert sized("SET a = list_append(:x, :x), b = list_append(:x, :x)", 100, x=few).makes >= 4 * 21
    assert sized("SET a = :x", 1, x=X).makes == 1
