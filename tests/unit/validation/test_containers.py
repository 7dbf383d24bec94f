"""Structures, lists and maps: types, limits, paths and how values are shown."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from jedlik.base.errors import SerializationException
from jedlik.base.limits import MAX_EXAMINED_PARTS
from jedlik.validation.containers import MAX_SHOWN_PARTS, ListOf, MapOf, Member, Structure
from jedlik.validation.scalars import Number, Text, Value
from jedlik.validation.shape import Failures, Shape

NAME = Text(1, 3, None, None)
COUNT = Number("integer", 1, None)
ANY_TEXT = Text(None, None, None, None)
ELEMENT = Structure("Element", [Member("Name", NAME, required=True), Member("Count", COUNT)])
PACKAGE = "com.amazonaws.dynamodb.v20120810"
MAP_TEXT = "Start of structure or map found where not expected"
NULL = "Member must not be null"
SHORT = "Member must have length greater than or equal to 1"
LONG = "Member must have length less than or equal to 3"


def failures_of(shape: Shape, value: Any) -> list[str]:
    failures = Failures()
    shape.check(shape.read(value, True), "at", failures)
    assert shape.accepts(value) is not bool(failures.found)
    return [
        text.removeprefix("Value ").replace(" failed to satisfy constraint:", "")
        for text in failures.found
    ]


@pytest.mark.parametrize(
    ("shape", "element", "value", "text"),
    [
        (ELEMENT, False, "x", "Unexpected field type"),
        (ELEMENT, True, 5, "Unexpected value type in payload"),
        (ELEMENT, False, [], f"Unrecognized collection type class {PACKAGE}.Element"),
        (ListOf(ELEMENT, None, None), False, True, "Unexpected field type"),
        (ListOf(ELEMENT, None, None), False, {}, MAP_TEXT),
        (ListOf(ELEMENT, None, None), False, [[]], (f"Unrecognized collection type class {PACKAGE}."
         "Element")),
        (ListOf(NAME, None, None), False, [1], "NUMBER_VALUE cannot be converted to String"),
        (MapOf(ANY_TEXT, NAME, None, None), False, 5, "Unexpected field type"),
        (MapOf(ANY_TEXT, NAME, None, None), False, [],
         "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>"),
        (MapOf(ANY_TEXT, Value(), None, None), False, [],
         f"Unrecognized collection type java.util.Map<java.lang.String, {PACKAGE}.AttributeValue>"),
        (MapOf(ANY_TEXT, ListOf(ELEMENT, 1, 2), None, None), False, [],
         ("Unrecognized collection type java.util.Map<java.lang.String, "
         f"java.util.List<{PACKAGE}.Element>>")),
        (MapOf(ANY_TEXT, Value(), None, None), False, {"a": 5}, "Unexpected value type in payload"),
    ],
)  # fmt: skip
def test_wrong_types(shape: Shape, element: bool, value: Any, text: str) -> None:
    assert not shape.accepts(value)
    with pytest.raises(SerializationException) as caught:
        shape.read(value, element)
    assert caught.value.message == text


@pytest.mark.parametrize("shape", [ListOf(NAME, None, None), MapOf(ANY_TEXT, NAME, None, None)])
def test_a_scalar_for_a_list_or_map_in_another(shape: Shape) -> None:
    with pytest.raises(SerializationException) as caught:
        ListOf(shape, None, None).read([5], False)
    assert "ParameterizedTypeImpl cannot be cast to class java.lang.Class" in caught.value.message


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ({"Name": "a"}, []),
        ({"Name": "a", "Count": 1}, []),
        ({}, [f"null at 'at.name' {NULL}"]),
        ({"Name": "", "Count": 0},
         ["'0' at 'at.count' Member must have value greater than or equal to 1",
          f"'' at 'at.name' {SHORT}"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_structures(value: Any, texts: list[str]) -> None:
    assert sorted(failures_of(ELEMENT, value)) == sorted(texts)


def test_a_null_member_is_absent() -> None:
    assert ELEMENT.read({"Name": "a", "Count": None}, False) == {"Name": "a", "Count": None}
    failures = Failures()
    ELEMENT.check({"Name": "a", "Count": None}, "at", failures)
    assert failures.found == []


def test_a_member_may_be_required_unless_another_is_there() -> None:
    shape = Structure("S", [Member("A", ANY_TEXT, True, unless="B"), Member("B", ANY_TEXT)])
    for value, good in [({"B": "b"}, True), ({"A": "a"}, True), ({}, False), ({"B": None}, False)]:
        failures = Failures()
        shape.check(value, "", failures)
        assert (not failures.found) is good


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ([{"Name": "a"}], []),
        ([], [f"'[]' at 'at' {SHORT}"]),
        ([{"Name": "a"}] * 3,
         [(f"'[{', '.join(['Element(name=a, count=null)'] * 3)}]' at 'at' "
          "Member must have length less than or equal to 2")]),
        ([{"Name": "a"}, {}], [f"null at 'at.2.member.name' {NULL}"]),
        ([None], [f"null at 'at.1.member' {NULL}"]),
    ],
)  # fmt: skip
def test_lists_of_structures(value: Any, texts: list[str]) -> None:
    assert failures_of(ListOf(ELEMENT, 1, 2), value) == texts


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (["a", "abc"], []),
        (["a", "abcd"],
         [f"'[a, abcd]' at 'at' Member must satisfy constraint: [{LONG}, {SHORT}]"]),
        (["a", None],
         [f"'[a, null]' at 'at' Member must satisfy constraint: [{LONG}, {SHORT}, {NULL}]"]),
    ],
)  # fmt: skip
def test_failures_of_scalars_in_a_list_are_reported_at_the_list(
    value: Any, texts: list[str]
) -> None:
    assert failures_of(ListOf(NAME, None, None), value) == texts


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ({"a": "b"}, []),
        ({}, [f"'{{}}' at 'at' {SHORT}"]),
        ({"abcd": "b"},
         [f"'{{abcd=b}}' at 'at' Map keys must satisfy constraint: [{LONG}, {SHORT}]"]),
        ({"a": ""}, [f"'{{a=}}' at 'at' Map value must satisfy constraint: [{LONG}, {SHORT}]"]),
        ({"a": None},
         [f"'{{a=null}}' at 'at' Map value must satisfy constraint: [{LONG}, {SHORT}, {NULL}]"]),
    ],
)  # fmt: skip
def test_maps_of_scalars(value: Any, texts: list[str]) -> None:
    assert failures_of(MapOf(NAME, NAME, 1, 2), value) == texts


def test_a_map_may_be_too_long() -> None:
    value = {"a": "x", "b": "x", "c": "x"}
    assert failures_of(MapOf(NAME, NAME, 1, 2), value) == [
        "'{a=x, b=x, c=x}' at 'at' Member must have length less than or equal to 2"
    ]


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ({"t": [{"Name": "a"}]}, []),
        ({"t": []}, [(f"'{{t=[]}}' at 'at' Map value must satisfy constraint: "
                     f"[Member must have length less than or equal to 2, {SHORT}]")]),
        ({"t": [{}]}, [f"null at 'at.t.member.1.member.name' {NULL}"]),
        ({"t": None}, [f"null at 'at.t.member' {NULL}"]),
    ],
)  # fmt: skip
def test_maps_of_lists(value: Any, texts: list[str]) -> None:
    assert failures_of(MapOf(ANY_TEXT, ListOf(ELEMENT, 1, 2), None, None), value) == texts


@pytest.mark.parametrize(
    ("value", "texts"),
    [({"t": {"Name": "a"}}, []), ({"t": {}}, [f"null at 'at.t.member.name' {NULL}"])],
)
def test_maps_of_structures(value: Any, texts: list[str]) -> None:
    assert failures_of(MapOf(ANY_TEXT, ELEMENT, None, None), value) == texts


@pytest.mark.parametrize("container", [lambda part: [part], lambda part: {"a": part}])
def test_null_attribute_values_are_noted(container: Any) -> None:
    value = container(None)
    shape = (
        ListOf(Value(), None, None) if isinstance(value, list) else MapOf(NAME, Value(), None, None)
    )
    assert not shape.accepts(value)
    failures = Failures()
    shape.check(shape.read(value, False), "key", failures)
    assert failures.empty_value
    assert failures.found == []


def test_names_in_maps_of_attribute_values_are_checked_elsewhere() -> None:
    shape = MapOf(NAME, Value(), None, None)
    assert shape.accepts({"longer than three": {}})
    assert failures_of(shape, {"longer than three": {}}) == []


def test_reading_copies_only_what_changes() -> None:
    counts = Structure("Counts", [Member("All", ListOf(COUNT, None, None))])
    shape = Structure("Outer", [Member("In", MapOf(NAME, counts, None, None))])
    value = {"In": {"a": {"All": [1, 2.5]}, "b": {"All": [3]}}}
    before = copy.deepcopy(value)
    read = shape.read(value, False)
    assert read == {"In": {"a": {"All": [1, 2]}, "b": {"All": [3]}}}
    assert value == before
    assert read["In"]["b"] is value["In"]["b"]
    same = {"In": {"a": {"All": [1]}}}
    assert shape.read(same, False) is same


def test_long_lists_and_maps_are_shown_in_part() -> None:
    many = MAX_SHOWN_PARTS * 2
    assert ListOf(NAME, None, None).show(["a"] * many).count("a") == MAX_SHOWN_PARTS
    shown = MapOf(NAME, NAME, None, None).show({str(i): "a" for i in range(many)})
    assert shown.count("a") == MAX_SHOWN_PARTS


class Counted(Text):
    """A text that counts how often one is looked at."""

    def __init__(self) -> None:
        super().__init__(1, 3, None, None)
        accepts, self.looked_at = self.accepts, 0

        def counted(value: Any) -> bool:
            self.looked_at += 1
            return accepts(value)

        self.accepts = counted


@pytest.mark.parametrize("kind", [list, dict])
def test_of_what_is_far_too_long_not_all_is_looked_at(kind: type) -> None:
    text = Counted()
    shape = ListOf(text, 1, 3) if kind is list else MapOf(ANY_TEXT, text, 1, 3)
    names = [f"n{number}" for number in range(3 * MAX_EXAMINED_PARTS)]
    assert failures_of(shape, names if kind is list else dict.fromkeys(names, "x"))[0].endswith(
        LONG
    )
    assert text.looked_at <= MAX_EXAMINED_PARTS
