"""Document paths and trees of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.parsing.syntax import Parts
from jedlik.services.dynamodb.expressions.paths import PathTree, getter, path_tree, resolve, show


def test_show_and_resolve() -> None:
    assert show(("a", "b.c", 0, 12)) == "[a, b.c, [0], [12]]"
    assert resolve(("#a", 3, "b", "#b"), {"#a": "x#", "#b": "#b"}) == ("x#", 3, "b", "#b")


def test_what_paths_lead_to() -> None:
    item: dict[str, Any] = {"a": {"M": {"b": {"L": [{"S": "x"}]}, "c": {"N": "1"}}}}
    for path, expected in (
        (("a",), item["a"]),
        (("b",), None),
        (("a", "c"), {"N": "1"}),
        (("a", "d"), None),
        (("a", 0), None),
        (("a", "c", "d"), None),
        (("a", "b", 0), {"S": "x"}),
        (("a", "b", 1), None),
        (("a", "b", "c"), None),
        (("b", "c", "d", 0), None),
    ):
        assert getter(path)(item, {}) == expected


parts = st.lists(st.sampled_from(["a", "b", 0, 1]), max_size=2)
paths: st.SearchStrategy[Parts] = st.builds(
    lambda first, rest: (first, *rest), st.sampled_from(["a", "b", "c"]), parts
)


def naive_clash(one: Parts, other: Parts) -> str:
    """Paths overlap if one begins with the other; they conflict if they part at an attribute of a
    map and an element of a list."""
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return "overlap"
    parting = next(place for place in range(shorter) if one[place] != other[place])
    return "conflict" if {type(one[parting]), type(other[parting])} == {str, int} else ""


@given(st.lists(paths, max_size=6))
def test_clashes_are_found_where_they_are(some: list[Parts]) -> None:
    expected = ""
    clashes = [
        (naive_clash(other, path), other, path)
        for place, path in enumerate(some)
        for other in some[:place]
    ]
    for wanted in ("overlap", "conflict"):
        for relation, other, path in clashes:
            if relation == wanted and not expected:
                expected = (
                    f"Invalid P: Two document paths {relation} with each other; must remove or "
                    f"rewrite one of these paths; path one: {show(other)}, path two: {show(path)}"
                )
    pairs = [(path, place) for place, path in enumerate(some)]
    if expected:
        with pytest.raises(ValidationException) as caught:
            path_tree(pairs, "P")
        assert caught.value.message == expected
        return
    tree = path_tree(pairs, "P")
    for path, place in pairs:
        node: Any = tree.root
        for part in path:
            node = node[part]
        assert node == place


def test_a_refused_path_leaves_nothing_that_clashes() -> None:
    tree = PathTree[int]()
    assert tree.insert(("a", "b"), 1)
    assert not tree.insert(("a",), 2)
    assert not tree.insert(("a", "b", "c"), 3)
    assert not tree.insert(("a", 0), 4)
    assert tree.root == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("some", "one", "two"),
    [
        ([("d", 1), ("d", "b"), ("c", 1, "a"), ("c",)], r"\[c, \[1\], a\]", r"\[c\]"),
        ([("b", 1), ("b", "a"), ("a", "b"), ("a",)], r"\[a, b\]", r"\[a\]"),
    ],
)
def test_overlapping_paths_are_named_before_conflicting_ones(
    some: list[Parts], one: str, two: str
) -> None:
    with pytest.raises(ValidationException, match=rf"overlap .* one: {one}, path two: {two}$"):
        path_tree([(path, 0) for path in some], "P")


def test_many_paths_take_little_time() -> None:
    with pytest.raises(ValidationException, match=r"path one: \[a0\], path two: \[a0, b\]"):
        path_tree([*(((f"a{n}",), n) for n in range(20_000)), (("a0", "b"), 0)], "P")
    with pytest.raises(ValidationException, match=r"path one: \[a, \[0\]\], path two: \[a, b\]"):
        path_tree([(("a", 0), 0), (("a", "b"), 0), *(((f"a{n}",), n) for n in range(20_000))], "P")
