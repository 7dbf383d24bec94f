"""A condition tested step by step comes to what it comes to as a whole."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.expressions.conditions.condition import Condition, compile_condition
from jedlik.services.dynamodb.expressions.placeholders import Placeholders

VALUES = {":a": {"S": "a"}, ":b": {"S": "b"}, ":n": {"N": "1"}}
LEAVES = st.sampled_from(
    [
        "x = :a",
        "x <> y",
        "contains(l, :n)",
        "x IN (:a, :b, :n)",
        "attribute_exists(y)",
        "x BETWEEN :a AND :b",
        "size(l) > :n",
    ]
)
TEXTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} AND {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        inner.map(lambda one: f"(NOT {one})"),
    ),
    max_leaves=8,
)
ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "x": st.sampled_from(list(VALUES.values())),
        "y": st.sampled_from(list(VALUES.values())),
        "l": st.lists(st.sampled_from(list(VALUES.values()))).map(lambda given: {"L": given}),
    },
)


def compiled(text: str) -> Condition:
    used = {name: value for name, value in VALUES.items() if name in text}
    return compile_condition(text, Placeholders(None, used or None))


def in_steps(condition: Condition, item: dict[str, Any]) -> tuple[bool, int]:
    steps, count = condition.steps(item), 0
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value, count
        count += 1


@given(TEXTS, ITEMS)
def test_the_outcome_is_the_same(text: str, item: dict[str, Any]) -> None:
    condition = compiled(text)
    holds, count = in_steps(condition, item)
    assert holds is condition.matches(item)
    assert 1 <= count <= condition.tests


def test_a_condition_suspends_after_each_test() -> None:
    condition = compiled("x IN (:a, :b) AND NOT contains(l, :n)")
    assert condition.tests == 3
    assert in_steps(condition, {"x": VALUES[":b"], "l": {"L": []}}) == (True, 3)
    assert in_steps(condition, {"x": VALUES[":n"]}) == (False, 2)
