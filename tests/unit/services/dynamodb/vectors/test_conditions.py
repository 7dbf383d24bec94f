"""SearchConditionExpression, and the part of an index that it selects."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.database.open_table import EmptyKeyValue
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.tables.key_schema import KeyAttribute
from jedlik.services.dynamodb.vectors.conditions import (
    SearchScope,
    SearchTerm,
    compile_search_condition,
    search_scope,
)

VALUES = {":a": {"S": "x"}, ":b": {"N": "1"}}
HASH = KeyAttribute("h", "S")
A, H = SearchTerm("a", {"S": "x"}), SearchTerm("h", {"S": "p"})


def compiled(text: str, values: Any = VALUES) -> list[SearchTerm]:
    return compile_search_condition(text, Placeholders(None, values))


def index(partition: KeyAttribute | None = None, **filters: str) -> Any:
    """What a scope asks of an open index."""
    kinds = {name: KeyAttribute(name, kind) for name, kind in filters.items()}
    return SimpleNamespace(partition=partition, filters=kinds)


def refusal(of: Any, terms: list[SearchTerm] | None) -> str:
    with pytest.raises(ValidationException) as raised:
        search_scope(of, terms)
    return raised.value.message


def test_terms_in_their_order_with_the_value_on_either_side() -> None:
    assert compiled("a = :a AND :b = b") == [
        SearchTerm("a", {"S": "x"}),
        SearchTerm("b", {"N": "1"}),
    ]


def test_the_same_text_has_the_values_of_each_request() -> None:
    assert compiled("a = :a", {":a": {"S": "1"}}) == [SearchTerm("a", {"S": "1"})]
    assert compiled("a = :a", {":a": {"S": "2"}}) == [SearchTerm("a", {"S": "2"})]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a < :a", {":a": {"S": "x"}}),
        ("a = b", {}),
        ("a = :a OR b = :a", {":a": {"S": "x"}}),
        ("NOT a = :a", {":a": {"S": "x"}}),
        ("attribute_exists(a)", {}),
    ],
)
def test_only_equality_with_values(text: str, values: Any) -> None:
    with pytest.raises(ValidationException, match="Invalid comparator used in Search"):
        compiled(text, values or None)


def test_a_scope_without_terms() -> None:
    assert search_scope(index(a="S"), None) == SearchScope(None, [])
    assert refusal(index(HASH), None) == (
        "SearchConditionExpression must be provided when SearchSchema has a HASH key"
    )


def test_a_partition_is_no_filter() -> None:
    scope = search_scope(index(HASH, a="S"), [A, H])
    assert scope == SearchScope({"S": "p"}, [A])
    assert search_scope(index(a="S"), [A]) == SearchScope(None, [A])


@pytest.mark.parametrize(
    ("of", "terms", "text"),
    [
        (index(a="S"), [SearchTerm("z", {"S": "x"})], "Invalid attribute: z"),
        (index(a="M"), [SearchTerm("a", {"S": "x"}, nested=True)], "conditions on nested attr"),
        (index(a="S"), [A, A], "must only contain one condition per attribute"),
        (index(HASH, a="S"), [A], "must have all HASH attributes"),
        (index(a="N"), [A], "attribute in SearchConditionExpression (S) does not match"),
    ],
)
def test_terms_that_do_not_fit(of: Any, terms: list[SearchTerm], text: str) -> None:
    assert text in refusal(of, terms)


@pytest.mark.parametrize(("kind", "word"), [("S", "string"), ("B", "binary")])
def test_the_value_of_a_partition_is_not_empty(kind: str, word: str) -> None:
    of = index(KeyAttribute("h", kind), a="S")
    with pytest.raises(EmptyKeyValue, match=f"cannot contain an empty {word} value. Key: h"):
        search_scope(of, [SearchTerm("h", {kind: ""})])
    assert search_scope(of, [SearchTerm("h", {kind: "AA=="}), SearchTerm("a", {"S": ""})])


def test_what_filters_hold() -> None:
    scope = SearchScope(None, [SearchTerm("n", {"N": "1"}), A])
    assert scope.holds({"n": {"N": "1"}, "a": {"S": "x"}, "z": {"S": "y"}})
    assert not scope.holds({"n": {"N": "1"}})
    assert not scope.holds({"n": {"S": "1"}, "a": {"S": "x"}})
    assert SearchScope(None, []).holds({})
