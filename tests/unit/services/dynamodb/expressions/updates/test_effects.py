"""What updates do to items."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.updates.update import compile_update
from jedlik.values.compare import equal
from tests.properties import examples
from tests.unit.services.dynamodb.expressions.updates.applying import (
    ITEM,
    MISSING,
    ONE,
    X,
    changed,
    compiled,
    difference,
    numbers,
)

WRONG_TYPE = "An operand in the update expression has an incorrect data type"
OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
INVALID_PATH = "The document path provided in the update expression is invalid for update"


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("SET q = :v", {"v": X}, {"q": X}),
        ("set s = :v", {"v": X}, {"s": X}),
        ("SET s = :v, q = :v", {"v": X}, {"s": X, "q": X}),
        ("SET q = s", {}, {"q": {"S": "hello"}}),
        ("SET q = m.l[0].x", {}, {"q": {"S": "y"}}),
        ("SET n = n + :v", {"v": ONE}, {"n": {"N": "6"}}),
        ("SET n = n - :v", {"v": ONE}, {"n": {"N": "4"}}),
        ("SET n = :v - n", {"v": ONE}, {"n": {"N": "-4"}}),
        ("SET q = (n + n)", {}, {"q": {"N": "10"}}),
        ("SET q = ((n) + (n))", {}, {"q": {"N": "10"}}),
        ("SET q = (n)", {}, {"q": {"N": "5"}}),
        ("SET q = (n) - n", {}, {"q": {"N": "0"}}),
        ("SET q = if_not_exists(s, :v)", {"v": X}, {"q": {"S": "hello"}}),
        ("SET q = if_not_exists(q, :v)", {"v": X}, {"q": X}),
        ("SET q = if_not_exists(q, s)", {}, {"q": {"S": "hello"}}),
        ("SET q = if_not_exists(s, gone)", {}, {"q": {"S": "hello"}}),
        ("SET q = if_not_exists(q, :z) + :v", {"z": {"N": "0"}, "v": ONE}, {"q": ONE}),
        ("SET l = list_append(l, :v)", {"v": numbers(4)}, {"l": numbers(0, 1, 2, 3, 4)}),
        ("SET l = list_append(:v, l)", {"v": numbers(4)}, {"l": numbers(4, 0, 1, 2, 3)}),
        (
            "SET q = list_append(if_not_exists(q, :e), :v)",
            {"e": numbers(), "v": numbers(1)},
            {"q": numbers(1)},
        ),
        # Operands read the old item.
        ("SET s = n, n = s", {}, {"s": {"N": "5"}, "n": {"S": "hello"}}),
        ("REMOVE s SET q = s", {}, {"s": None, "q": {"S": "hello"}}),
        ("SET q = n ADD n :v", {"v": ONE}, {"q": {"N": "5"}, "n": {"N": "6"}}),
        # Maps and lists.
        ("SET m.a = :v", {"v": X}, {"m": {"M": {**ITEM["m"]["M"], "a": X}}}),
        ("SET m.extra = :v", {"v": X}, {"m": {"M": {**ITEM["m"]["M"], "extra": X}}}),
        (
            "SET m.l[0].x = :v REMOVE m.a, m.s",
            {"v": X},
            {"m": {"M": {"l": {"L": [{"M": {"x": X}}]}}}},
        ),
        ("SET l[1] = :v", {"v": {"N": "9"}}, {"l": numbers(0, 9, 2, 3)}),
        ("SET l[4] = :v", {"v": {"N": "9"}}, {"l": numbers(0, 1, 2, 3, 9)}),
        (
            "SET l[99] = :v, l[50] = :w",
            {"v": {"N": "9"}, "w": {"N": "8"}},
            {"l": numbers(0, 1, 2, 3, 8, 9)},
        ),
        ("REMOVE s, gone", {}, {"s": None}),
        ("REMOVE l[1], l[3]", {}, {"l": numbers(0, 2)}),
        ("REMOVE l[0], l[1], l[2], l[3]", {}, {"l": numbers()}),
        ("REMOVE l[7]", {}, {}),
        ("REMOVE m.gone", {}, {}),
        ("REMOVE l[0] SET l[2] = :v, l[9] = l[0]", {"v": {"N": "7"}}, {"l": numbers(1, 7, 3, 0)}),
        ("ADD n :v", {"v": {"N": "-7.5"}}, {"n": {"N": "-2.5"}}),
        ("ADD q :v", {"v": ONE}, {"q": ONE}),
        ("ADD ss :v", {"v": {"SS": ["b", "c"]}}, {"ss": {"SS": ["a", "b", "c"]}}),
        ("ADD q :v", {"v": {"NS": ["1"]}}, {"q": {"NS": ["1"]}}),
        ("ADD m.a :v", {"v": ONE}, {"m": {"M": {**ITEM["m"]["M"], "a": {"N": "2"}}}}),
        ("ADD m.k :v", {"v": ONE}, {"m": {"M": {**ITEM["m"]["M"], "k": ONE}}}),
        ("ADD l[3] :v, l[8] :v", {"v": ONE}, {"l": numbers(0, 1, 2, 4, 1)}),
        ("DELETE ss :v", {"v": {"SS": ["b", "z"]}}, {"ss": {"SS": ["a"]}}),
        ("DELETE ss :v", {"v": {"SS": ["b", "a"]}}, {"ss": None}),
        ("DELETE gone :v", {"v": {"SS": ["b"]}}, {}),
        ("DELETE m.s :v", {"v": {"SS": ["q"]}}, {"m": {"M": {"a": ONE, "l": ITEM["m"]["M"]["l"]}}}),
        (
            "ADD n :v REMOVE s DELETE ss :w SET q = :v",
            {"v": ONE, "w": {"SS": ["a"]}},
            {"n": {"N": "6"}, "s": None, "ss": {"SS": ["b"]}, "q": ONE},
        ),
    ],
)
def test_what_updates_change(text: str, values: dict[str, Any], expected: dict[str, Any]) -> None:
    assert difference(text, **values) == expected


@pytest.mark.parametrize(
    ("text", "values", "problem"),
    [
        ("SET q = gone", {}, MISSING),
        ("SET q = m.gone", {}, MISSING),
        ("SET q = l[9]", {}, MISSING),
        ("SET q = gone + :v", {"v": ONE}, MISSING),
        ("SET q = if_not_exists(gone, also)", {}, MISSING),
        ("SET q = list_append(gone, :v)", {"v": numbers()}, MISSING),
        ("SET q = s + :v", {"v": ONE}, WRONG_TYPE),
        ("SET q = :v - ss", {"v": ONE}, WRONG_TYPE),
        ("SET q = list_append(s, :v)", {"v": numbers()}, WRONG_TYPE),
        ("SET q = list_append(if_not_exists(q, :w), :v)", {"v": numbers(), "w": X}, WRONG_TYPE),
        ("ADD s :v", {"v": ONE}, WRONG_TYPE),
        ("ADD ss :v", {"v": {"NS": ["1"]}}, WRONG_TYPE),
        ("ADD ss :v", {"v": ONE}, WRONG_TYPE),
        ("DELETE ns :v", {"v": {"SS": ["1"]}}, WRONG_TYPE),
        ("DELETE n :v", {"v": {"NS": ["1"]}}, WRONG_TYPE),
        ("SET gone.a = :v", {"v": X}, INVALID_PATH),
        ("SET s.a = :v", {"v": X}, INVALID_PATH),
        ("SET m[0] = :v", {"v": X}, INVALID_PATH),
        ("SET l.a = :v", {"v": X}, INVALID_PATH),
        ("SET m.gone.a = :v", {"v": X}, INVALID_PATH),
        ("SET l[9].a = :v", {"v": X}, INVALID_PATH),
        ("REMOVE gone.a", {}, INVALID_PATH),
        ("REMOVE gone[0]", {}, INVALID_PATH),
        ("ADD gone.a :v", {"v": ONE}, INVALID_PATH),
        ("DELETE gone.a :v", {"v": {"SS": ["1"]}}, INVALID_PATH),
        (
            "ADD n :v",
            {"v": {"N": "0." + "0" * 40 + "1"}},
            OVERFLOW,
        ),
    ],
)
def test_items_that_do_not_have_what_it_takes(
    text: str, values: dict[str, Any], problem: str
) -> None:
    update = compiled(text, **values)
    with pytest.raises(ValidationException) as caught:
        update.apply(ITEM)
    assert caught.value.message == problem


def test_new_items_share_what_did_not_change() -> None:
    new = changed("SET m.a = :v", v=X)
    assert new["l"] is ITEM["l"]
    assert new["m"]["M"]["l"] is ITEM["m"]["M"]["l"]
    assert new["m"] is not ITEM["m"]


# --- Algebra --------------------------------------------------------------------------------------

elements = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)


def apply(text: str, item: dict[str, Any], value: Any) -> dict[str, Any]:
    return compile_update(text, Placeholders(None, {":v": value})).apply(item)


@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30))
def test_adding_and_taking_away_is_nothing(start: int, step: int) -> None:
    item = {"n": {"N": str(start)}}
    there = apply("ADD n :v", item, {"N": str(step)})
    assert there == {"n": {"N": str(start + step)}}
    assert apply("SET n = n - :v", there, {"N": str(step)}) == item


@given(elements, elements)
def test_set_algebra(some: list[str], others: list[str]) -> None:
    item = {"s": {"SS": some}}
    union = apply("ADD s :v", item, {"SS": others})
    assert set(union["s"]["SS"]) == {*some, *others}
    assert len(union["s"]["SS"]) == len({*some, *others})
    assert apply("ADD s :v", union, {"SS": others}) == union
    left = apply("DELETE s :v", union, {"SS": others})
    assert set(left.get("s", {"SS": []})["SS"]) == {*some} - {*others}
    assert ("s" in left) is bool({*some} - {*others})
    other_way = apply("ADD s :v", {"s": {"SS": others}}, {"SS": some})
    assert equal(other_way["s"], union["s"])


@examples(150)
@given(
    st.lists(st.integers(0, 99), max_size=6),
    st.dictionaries(st.integers(0, 9), st.none() | st.integers(100, 199), min_size=1, max_size=5),
)
def test_lists_against_a_model(start: list[int], actions: dict[int, int | None]) -> None:
    sets = [f"l[{index}] = :v{value}" for index, value in actions.items() if value is not None]
    removes = [f"l[{index}]" for index, value in actions.items() if value is None]
    text = (f"SET {', '.join(sets)} " if sets else "") + (
        f"REMOVE {', '.join(removes)}" if removes else ""
    )
    values = {f":v{v}": {"N": str(v)} for v in actions.values() if v is not None}
    update = compile_update(text, Placeholders(None, values or None))
    model: dict[int, int | None] = dict(enumerate(start))
    model.update({i: v for i, v in actions.items() if v is not None or i in model})
    expected = numbers(*(v for _, v in sorted(model.items()) if v is not None))
    assert update.apply({"l": numbers(*start)}) == {"l": expected}


def test_deeply_nested_operands_are_no_problem() -> None:
    text = "SET q = " + "if_not_exists(q," * 238 + ":v" + ")" * 238
    assert changed(text, v=X)["q"] == X
