"""What projections leave of items."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.projection import compile_projection, project_attributes

ITEM: dict[str, Any] = {
    "a": {"S": "x"},
    "l": {"L": [{"N": "0"}, {"N": "1"}, {"M": {"x": {"N": "2"}, "y": {"N": "3"}}}]},
    "m": {"M": {"a": {"N": "1"}, "b": {"M": {"c": {"N": "2"}, "d": {"N": "3"}}}}},
    "a.b": {"S": "dot"},
    "hollow": {"M": {}},
}


def left(text: str, names: dict[str, str] | None = None) -> Any:
    return compile_projection(text, Placeholders(names)).apply(ITEM)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", {"a": {"S": "x"}}),
        ("a, gone", {"a": {"S": "x"}}),
        ("gone", {}),
        ("m.a", {"m": {"M": {"a": {"N": "1"}}}}),
        ("m.b.c, m.b.d, m.a", {"m": ITEM["m"]}),
        ("m.b.c, m.gone", {"m": {"M": {"b": {"M": {"c": {"N": "2"}}}}}}),
        ("m.gone", {}),
        ("m.b.gone, a", {"a": {"S": "x"}}),
        ("hollow.x", {}),
        ("a.b", {}),
        ("l[0]", {"l": {"L": [{"N": "0"}]}}),
        ("l[2].y, l[0]", {"l": {"L": [{"N": "0"}, {"M": {"y": {"N": "3"}}}]}}),
        ("l[1], l[9]", {"l": {"L": [{"N": "1"}]}}),
        ("l[9]", {}),
        ("l[0].x", {}),
        ("l.x", {}),
        ("m[0]", {}),
    ],
)
def test_what_a_projection_leaves(text: str, expected: Any) -> None:
    assert left(text) == expected


def test_names_may_contain_dots_and_differ_between_requests() -> None:
    assert left("#d, #m.#m", {"#d": "a.b", "#m": "m"}) == {"a.b": {"S": "dot"}}
    placeholders = Placeholders({"#x": "m"})
    projection = compile_projection("#x.a, l[0], #x.b", placeholders)
    assert projection.top_level == ("m", "l")
    placeholders.check_all_used()
    # The same text, another meaning.
    assert compile_projection("#x.a, l[0], #x.b", Placeholders({"#x": "q"})).top_level == ("q", "l")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "a, b, a",
            (
                "Two document paths overlap with each other; must remove or rewrite one of "
                "these paths; path one: [a], path two: [a]"
            ),
        ),
        (
            "a.b[0], a",
            (
                "Two document paths overlap with each other; must remove or rewrite one of "
                "these paths; path one: [a, b, [0]], path two: [a]"
            ),
        ),
        (
            "a, a.b",
            (
                "Two document paths overlap with each other; must remove or rewrite one of "
                "these paths; path one: [a], path two: [a, b]"
            ),
        ),
        (
            "a.b, a[0]",
            (
                "Two document paths conflict with each other; must remove or rewrite one of "
                "these paths; path one: [a, b], path two: [a, [0]]"
            ),
        ),
        (
            "#x",
            (
                "An expression attribute name used in the document path is not defined; "
                "attribute name: #x"
            ),
        ),
    ],
)
def test_texts_for_invalid_projections(text: str, problem: str) -> None:
    with pytest.raises(ValidationException) as caught:
        left(text, {"#y": "y"})
    assert caught.value.message == f"Invalid ProjectionExpression: {problem}"


def test_attributes_to_get() -> None:
    projection = project_attributes(["a.b", "a", "gone"])
    assert projection.apply(ITEM) == {"a.b": {"S": "dot"}, "a": {"S": "x"}}
    assert projection.top_level == ("a.b", "a", "gone")
    with pytest.raises(ValidationException) as caught:
        project_attributes(["a", "b", "a"])
    assert caught.value.message == (
        "One or more parameter values were invalid: Duplicate value in attribute name: a"
    )


@given(st.sets(st.sampled_from([*ITEM, "gone"]), min_size=1))
def test_a_projection_of_a_projection_is_itself(names: set[str]) -> None:
    placeholders = {f"#{place}": name for place, name in enumerate(sorted(names))}
    projection = compile_projection(", ".join(placeholders), Placeholders(placeholders))
    once = projection.apply(ITEM)
    assert projection.apply(once) == once == {n: ITEM[n] for n in names if n in ITEM}


class CountedItem(dict[str, Any]):
    """An item that counts how often a name is looked up in it."""

    looked_up = 0

    def __contains__(self, name: object) -> bool:
        self.looked_up += 1
        return super().__contains__(name)


def test_an_item_costs_what_it_has_attributes_however_many_are_asked_for() -> None:
    item = CountedItem({"a7": {"N": "1"}, "other": {"N": "2"}})
    projection = project_attributes([f"a{number}" for number in range(1_000)])
    assert projection.apply(item) == {"a7": {"N": "1"}}
    assert item.looked_up <= len(item)
