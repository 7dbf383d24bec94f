"""The definition of a vector index by itself: how much it may project and search by."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.vectors.definitions import check_vector_index, search_schema_names


def member(filters: list[str], *projected: str) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": "KEYS_ONLY"}
    if projected:
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(projected)}
    return {
        "IndexName": "vix",
        "VectorAttribute": {"AttributeName": "v"},
        "Dimensions": 3,
        "SearchSchema": [
            {"AttributeName": name, "SearchSchemaElementType": "INLINE_FILTER"} for name in filters
        ],
        "Projection": projection,
    }


def check(filters: list[str], *projected: str) -> None:
    check_vector_index(member(filters, *projected), dict.fromkeys(filters, "S"))


def named(letter: str, count: int) -> list[str]:
    return [f"{letter}{number}" for number in range(count)]


@pytest.mark.parametrize(
    ("filters", "projected"),
    [
        ([], named("a", 19)),
        (named("f", 18), ["a0"]),
        (named("f", 18), [*named("f", 18), "a0"]),
    ],
)
def test_twenty_are_projected(filters: list[str], projected: list[str]) -> None:
    check(filters, *projected)
    with pytest.raises(ValidationException) as caught:
        check(filters, *projected, "further")
    assert caught.value.message.endswith(
        "Number of projected attributes, 21, exceeds the per-index limit of 20"
    )


def test_the_vector_is_projected_already() -> None:
    check([], *named("a", 19), "v")


def test_the_first_that_is_named_again_is_told() -> None:
    with pytest.raises(ValidationException) as caught:
        check(["a", "b", "c", "b", "a"])
    assert caught.value.message.endswith("Duplicate element in SearchSchema: b")


def test_the_names_of_all_search_schemas() -> None:
    assert search_schema_names([member(["a", "b"]), member([]), member(["b"])]) == ["a", "b", "b"]
    assert search_schema_names(None) == []
