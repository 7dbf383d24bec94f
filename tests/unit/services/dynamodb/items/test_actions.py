"""What actions make of an item: as a whole and a test at a time, and no further than need be."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ConditionalCheckFailedException, ValidationException
from jedlik.services.dynamodb.expressions.conditions.condition import compile_condition
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.items import actions
from jedlik.services.dynamodb.items.actions import ConditionGuard
from jedlik.values.canonical import UPDATED_TOO_LARGE
from jedlik.values.image import Image
from jedlik.values.sizes import item_size
from jedlik.values.stored import size_of
from tests.control_plane import ControlPlane, on_demand
from tests.properties import examples

KEY = {"pk": {"S": "p"}}
TESTS = ("n = :n", "attribute_exists(a)", "NOT contains(s, :s)", "n IN (:n, :m)")


def image(item: Any) -> Image:
    return Image.of(item, item_size(item))


def outcome(check: Any) -> Any:
    try:
        check()
    except ConditionalCheckFailedException as error:
        return orjson.dumps(error.details)
    return None


@examples(60)
@given(
    item=st.fixed_dictionaries(
        {"pk": st.just({"S": "p"})},
        optional={
            "n": st.sampled_from([{"N": "1"}, {"N": "2"}, {"N": "3"}]),
            "a": st.just({"BOOL": True}),
            "s": st.sampled_from([{"S": "x"}, {"S": "y"}]),
        },
    ),
    tests=st.lists(st.sampled_from(TESTS), min_size=1, max_size=4),
    joined=st.sampled_from([" AND ", " OR "]),
    show_item=st.booleans(),
)
def test_a_test_at_a_time_is_the_same(
    item: Any, tests: list[str], joined: str, show_item: bool
) -> None:
    values: Any = {":n": {"N": "1"}, ":m": {"N": "2"}, ":s": {"S": "x"}}
    condition = compile_condition(joined.join(tests), Placeholders(None, values))
    guard = ConditionGuard(condition, show_item=show_item)
    old = image(item)
    assert outcome(lambda: list(guard.steps(old))) == outcome(lambda: guard.check(old))
    assert guard.reads == 1 + len(tests) + tests.count(TESTS[3])


def test_a_failure_holds_the_item_as_stored_and_not_decoded() -> None:
    values: Any = {":n": {"N": "1"}}
    guard = ConditionGuard(compile_condition("n = :n", Placeholders(None, values)), show_item=True)
    old = image({**KEY, "n": {"N": "2"}})
    with pytest.raises(ConditionalCheckFailedException) as raised:
        guard.check(old)
    shown = raised.value.details["Item"]
    assert type(shown) is orjson.Fragment
    assert orjson.loads(orjson.dumps(shown)) == old.item


def test_no_condition_goes_through_nothing() -> None:
    guard = ConditionGuard(None)
    assert (guard.reads, list(guard.steps(image(KEY)))) == (0, [])


VECTOR = [{"N": f"0.{number}1"} for number in range(30)]


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({"UpdateExpression": "SET w = :one REMOVE gone"}, {"v": {"L": VECTOR}, "w": {"N": "1"}}),
        ({"UpdateExpression": "SET v = :list"}, {"v": {"L": VECTOR[:20]}}),
        ({"UpdateExpression": "SET v[0] = :one"}, {"v": {"L": [{"N": "1"}, *VECTOR[1:]]}}),
        ({"UpdateExpression": "REMOVE v[0]"}, {"v": {"L": VECTOR[1:]}}),
        ({"UpdateExpression": "SET v = list_append(:list, v)"},
         {"v": {"L": VECTOR[:20] + VECTOR}}),
        ({"UpdateExpression": "SET w = v REMOVE v"}, {"w": {"L": VECTOR}}),
        ({"UpdateExpression": "SET w = :one",
          "ConditionExpression": "v[0] = :first AND contains(v, :first)"},
         {"v": {"L": VECTOR}, "w": {"N": "1"}}),
        ({"AttributeUpdates": {"v": {"Action": "ADD", "Value": {"L": [{"N": "1"}]}}}},
         {"v": {"L": [*VECTOR, {"N": "1"}]}}),
    ],
)  # fmt: skip
def test_long_lists_of_numbers_are_updated_as_others(
    music: ControlPlane, update: dict[str, Any], expected: dict[str, Any]
) -> None:
    music.put({**KEY, "v": {"L": VECTOR}})
    values = {":one": {"N": "1"}, ":list": {"L": VECTOR[:20]}, ":first": VECTOR[0]}
    texts = " ".join(text for text in update.values() if isinstance(text, str))
    used = {name: value for name, value in values.items() if name in texts}
    more = {"ExpressionAttributeValues": used} if used else {}
    music.call("UpdateItem", TableName="music", Key=KEY, **update, **more)
    item = music.call("GetItem", TableName="music", Key=KEY)["Item"]
    assert item == {**KEY, **expected}
    table = music.run(music.database.table("music"))
    (stored,) = music.run(music.database.engine.read((table.key_of(KEY),)))
    assert size_of(stored) == item_size(item)


@pytest.fixture
def music(plane: ControlPlane) -> ControlPlane:
    plane.call("CreateTable", **on_demand())
    plane.put({**KEY, "l": {"L": [{"S": "x" * 1000}] * 300}})
    return plane


def test_an_item_that_is_far_too_large_is_not_measured_to_its_end(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []
    growth = actions._growth

    def counted(name: str, *values: Any) -> int:
        measured.append(name)
        return growth(name, *values)

    monkeypatch.setattr(actions, "_growth", counted)
    copies = "SET " + ", ".join(f"a{at} = l" for at in range(100))
    text = music.invalid("UpdateItem", TableName="music", Key=KEY, UpdateExpression=copies)
    assert text == UPDATED_TOO_LARGE
    assert len(measured) == 2


def test_lists_that_no_item_has_room_for_are_an_item_that_is_too_large(
    music: ControlPlane,
) -> None:
    element = {"S": ""}
    item = {"pk": {"S": "q"}, "l": {"L": [element] * 200_000}}
    music.call("PutItem", TableName="music", Item=item)
    key = {"pk": item["pk"]}
    appended = "SET " + ", ".join(f"a{at} = list_append(l, l)" for at in range(100))
    missing = "The provided expression refers to an attribute that does not exist in the item"
    for expression, text in [(appended, UPDATED_TOO_LARGE), (f"{appended}, b = gone", missing)]:
        assert text == music.invalid(
            "UpdateItem", TableName="music", Key=key, UpdateExpression=expression
        )
    nested = "list_append(" * 10 + "l" + ", [''])" * 10
    statement = f"UPDATE \"music\" SET l = {nested} WHERE pk = 'q'"
    music.call("ExecuteStatement", Statement=statement)
    stored = music.call("GetItem", TableName="music", Key=key)["Item"]
    assert len(stored["l"]["L"]) == 200_010


def test_an_attribute_may_be_moved_though_both_together_are_too_large(
    music: ControlPlane,
) -> None:
    update = "SET a = l REMOVE l"
    music.call("UpdateItem", TableName="music", Key=KEY, UpdateExpression=update)
    assert music.call("GetItem", TableName="music", Key=KEY)["Item"].keys() == {"pk", "a"}
    with pytest.raises(ValidationException, match="size"):
        music.call(
            "UpdateItem", TableName="music", Key=KEY, UpdateExpression="SET b = a, c = a REMOVE a"
        )
