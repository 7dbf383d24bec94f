"""What conditions say about items."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.base.turns import at_once
from jedlik.services.dynamodb.expressions.conditions.condition import (
    check_no_key_attributes,
    compile_condition,
)
from jedlik.services.dynamodb.expressions.conditions.legacy import filter_steps
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from tests.properties import examples

ITEM: dict[str, Any] = {
    "s": {"S": "hello"},
    "n": {"N": "5"},
    "b": {"B": "AQID"},  # 1, 2, 3
    "t": {"BOOL": True},
    "z": {"NULL": True},
    "ss": {"SS": ["x", "y"]},
    "ns": {"NS": ["1", "2.5"]},
    "bs": {"BS": ["AQ==", "Ag=="]},
    "l": {"L": [{"S": "x"}, {"N": "1"}, {"M": {"k": {"SS": ["p", "q"]}}}]},
    "m": {"M": {"a": {"N": "7"}, "o": {"M": {"p": {"L": [{"S": "deep"}]}}}}},
    "e": {"S": ""},
}


def holds(text: str, item: dict[str, Any] | None = ITEM, **values: Any) -> bool:
    given_values = {f":{name}": value for name, value in values.items()} or None
    placeholders = Placeholders(None, given_values)
    result = compile_condition(text, placeholders).matches(item)
    placeholders.check_all_used()
    return result


S, N, B = {"S": "hello"}, {"N": "5"}, {"B": "AQID"}


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("s = :v", {"S": "hello"}, True),
        ("s = :v", {"S": "Hello"}, False),
        ("s <> :v", {"S": "Hello"}, True),
        ("s <> :v", {"S": "hello"}, False),
        ("n = :v", {"S": "5"}, False),
        ("n <> :v", {"S": "5"}, True),
        ("s < :v", {"S": "hellp"}, True),
        ("s < :v", {"S": "hello"}, False),
        ("s <= :v", {"S": "hello"}, True),
        ("s > :v", {"S": "hell"}, True),
        ("s > :v", {"S": "i"}, False),
        ("s >= :v", {"S": "hello"}, True),
        ("n < :v", {"N": "10"}, True),
        ("n > :v", {"N": "-10"}, True),
        ("n > :v", {"S": "1"}, False),
        ("n < :v", {"S": "9"}, False),
        ("n >= :v", {"N": "5.0000000000000000000000000000000000001"}, False),
        ("b < :v", {"B": "AQIE"}, True),
        ("b < :v", {"B": "AQI="}, False),
        ("b >= :v", {"B": "AQI="}, True),
        ("t = :v", {"BOOL": True}, True),
        ("t = :v", {"BOOL": False}, False),
        ("z = :v", {"NULL": True}, True),
        ("ss = :v", {"SS": ["y", "x"]}, True),
        ("ss = :v", {"SS": ["y"]}, False),
        ("ns = :v", {"NS": ["2.5", "1"]}, True),
        ("ns = :v", {"SS": ["2.5", "1"]}, False),
        ("l[2] = :v", {"M": {"k": {"SS": ["q", "p"]}}}, True),
        ("l[2] = :v", {"M": {"k": {"SS": ["q"]}}}, False),
        ("m.a = :v", {"N": "7"}, True),
        ("m.o.p[0] = :v", {"S": "deep"}, True),
        ("m.o.p[1] = :v", {"S": "deep"}, False),
        ("m.o.q = :v", {"S": "deep"}, False),
        ("s.x = :v", {"S": "deep"}, False),
        ("m[0] = :v", {"S": "deep"}, False),
        ("l.x = :v", {"S": "deep"}, False),
        (":v = s", {"S": "hello"}, True),
        (":v > n", {"N": "6"}, True),
        (":v = :v", {"S": "1"}, True),
    ],
)
def test_when_comparisons_hold(text: str, value: Any, expected: bool) -> None:
    assert holds(text, v=value) is expected


@pytest.mark.parametrize("operator", ["=", "<", "<=", ">", ">="])
def test_comparison_with_a_missing_attribute_is_false(operator: str) -> None:
    assert not holds(f"gone {operator} :v", v={"S": "a"})
    assert not holds(f":v {operator} gone", v={"S": "a"})
    assert not holds(f"gone {operator} absent")
    assert holds(f"NOT gone {operator} :v", v={"S": "a"})


def test_unequal_holds_for_a_missing_attribute() -> None:
    assert holds("gone <> :v", v={"S": "a"})
    assert holds("gone <> :v", None, v={"S": "a"})


def test_attributes_are_compared_with_each_other() -> None:
    item = {"a": {"N": "1"}, "b": {"N": "2"}, "c": {"N": "1"}}
    assert holds("a < b", item)
    assert holds("a = c", item)
    assert not holds("a > b", item)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [("1", "9", True), ("5", "5", True), ("6", "9", False), ("1", "4.9", False)],
)
def test_between_includes_its_bounds(low: str, high: str, expected: bool) -> None:
    assert holds("n BETWEEN :a AND :b", a={"N": low}, b={"N": high}) is expected


def test_between_needs_one_type_and_an_attribute() -> None:
    assert not holds("n BETWEEN :a AND :b", a={"S": "1"}, b={"S": "9"})
    assert not holds("gone BETWEEN :a AND :b", a={"S": "1"}, b={"S": "9"})
    assert holds(":v between e and s", v={"S": "abc"})


def test_in_compares_type_and_value() -> None:
    assert holds("n IN (:a, :b)", a={"N": "4"}, b={"N": "5"})
    assert not holds("n IN (:a, :b)", a={"N": "4"}, b={"S": "5"})
    assert not holds("gone IN (:a)", a={"N": "4"})
    assert holds(":a in (gone, n)", a={"N": "5"})
    assert holds("ss IN (:a)", a={"SS": ["y", "x"]})


def test_attribute_exists() -> None:
    assert holds("attribute_exists(s)")
    assert holds("attribute_exists(z)")
    assert holds("attribute_exists(m.o.p[0])")
    assert not holds("attribute_exists(m.o.p[1])")
    assert not holds("attribute_exists(gone)")
    assert not holds("attribute_exists(s)", None)


def test_attribute_not_exists() -> None:
    assert holds("attribute_not_exists(gone)")
    assert holds("attribute_not_exists(m.gone)")
    assert holds("attribute_not_exists(s)", None)
    assert not holds("attribute_not_exists(s)")


@pytest.mark.parametrize("name", ["s", "n", "b", "t", "z", "ss", "ns", "bs", "l", "m"])
def test_attribute_type(name: str) -> None:
    kind = next(iter(ITEM[name]))
    for other in ("S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"):
        assert holds(f"attribute_type({name}, :t)", t={"S": other}) is (kind == other)
    assert not holds("attribute_type(gone, :t)", t={"S": "S"})


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("begins_with(s, :v)", {"S": "hell"}, True),
        ("begins_with(s, :v)", {"S": ""}, True),
        ("begins_with(s, :v)", {"S": "ello"}, False),
        ("begins_with(s, :v)", {"B": "aGVs"}, False),
        ("begins_with(b, :v)", {"B": "AQI="}, True),
        ("begins_with(b, :v)", {"B": "Ag=="}, False),
        ("begins_with(b, :v)", {"S": "AQ"}, False),
        ("begins_with(n, :v)", {"S": "5"}, False),
        ("begins_with(gone, :v)", {"S": "5"}, False),
        ("begins_with(:v, s)", {"S": "hello you"}, True),
        ("contains(s, :v)", {"S": "ell"}, True),
        ("contains(s, :v)", {"S": "elo"}, False),
        ("contains(s, :v)", {"N": "1"}, False),
        ("contains(b, :v)", {"B": "AgM="}, True),
        ("contains(b, :v)", {"B": "AwI="}, False),
        ("contains(b, :v)", {"S": "Q"}, False),
        ("contains(ss, :v)", {"S": "x"}, True),
        ("contains(ss, :v)", {"S": "w"}, False),
        ("contains(ss, :v)", {"N": "1"}, False),
        ("contains(ns, :v)", {"N": "2.5"}, True),
        ("contains(ns, :v)", {"S": "2.5"}, False),
        ("contains(bs, :v)", {"B": "Ag=="}, True),
        ("contains(l, :v)", {"N": "1"}, True),
        ("contains(l, :v)", {"S": "1"}, False),
        ("contains(l, :v)", {"M": {"k": {"SS": ["q", "p"]}}}, True),
        ("contains(n, :v)", {"N": "5"}, False),
        ("contains(m, :v)", {"S": "a"}, False),
        ("contains(gone, :v)", {"S": "a"}, False),
        ("contains(:v, e)", {"S": "a"}, True),
    ],
)
def test_begins_with_and_contains(text: str, value: Any, expected: bool) -> None:
    assert holds(text, v=value) is expected


@pytest.mark.parametrize(
    ("name", "size"),
    [("s", 5), ("b", 3), ("ss", 2), ("ns", 2), ("bs", 2), ("l", 3), ("m", 2), ("e", 0)],
)
def test_size_in_every_comparison(name: str, size: int) -> None:
    assert holds(f"size({name}) = :v", v={"N": str(size)})
    assert not holds(f"size({name}) > :v", v={"N": str(size)})
    assert holds(f"size({name}) BETWEEN :v AND :v", v={"N": str(size)})
    assert holds(f"size({name}) IN (:v)", v={"N": str(size)})


@pytest.mark.parametrize("name", ["n", "t", "z", "gone"])
def test_size_of_what_has_none_compares_with_nothing(name: str) -> None:
    assert not holds(f"size({name}) >= :v", v={"N": "0"})


def test_size_of_a_string_counts_utf16_units() -> None:
    assert holds("size(a) = :v", {"a": {"S": "\u00e9\U0001d11e"}}, v={"N": "3"})


def test_names_are_resolved_and_kept_apart_from_paths() -> None:
    names = {"#d": "a.b", "#n": "name"}
    item = {"a.b": {"S": "dot"}, "name": {"M": {"a.b": {"S": "in"}}}}
    for text, value in (("#d = :v", "dot"), ("#n.#d = :v", "in")):
        placeholders = Placeholders(names, {":v": {"S": value}})
        condition = compile_condition(text, placeholders)
        assert condition.matches(item)
        assert not condition.matches({"a": {"M": {"b": {"S": value}}}})


def test_one_text_serves_different_names_and_values() -> None:
    for name in ("a", "b", "a"):
        for value in ("1", "2"):
            placeholders = Placeholders({"#x": name}, {":v": {"N": value}})
            condition = compile_condition("#x = :v", placeholders)
            assert condition.matches({"a": {"N": value}}) is (name == "a")
            assert condition.attributes == (name,)


def test_attributes_are_the_top_level_ones_in_order() -> None:
    placeholders = Placeholders({"#x": "z"}, {":v": {"N": "1"}})
    text = "b.c = :v AND size(#x) > :v OR contains(a, :v) AND NOT b = :v AND :v IN (d)"
    assert compile_condition(text, placeholders).attributes == ("b", "z", "a", "d")


# --- Against an evaluator that knows nothing of the compiled one ----------------------------------

ATTRIBUTES = ("p", "q", "r")
LITERALS: dict[str, Any] = {
    ":n0": {"N": "0"},
    ":n1": {"N": "10"},
    ":n2": {"N": "-2.5"},
    ":s0": {"S": ""},
    ":s1": {"S": "ab"},
    ":s2": {"S": "abc"},
    ":b1": {"B": "YWI="},
    ":l1": {"L": [{"S": "ab"}, {"N": "10"}]},
    ":x1": {"SS": ["ab", "c"]},
}
ORDERED = tuple(name for name in LITERALS if name[1] in "nsb")

values = st.sampled_from(list(LITERALS.values()))
items = st.dictionaries(
    st.sampled_from(ATTRIBUTES),
    values
    | st.dictionaries(st.sampled_from(("k", "j")), values).map(lambda members: {"M": members}),
)

paths = st.sampled_from([*ATTRIBUTES, "p.k", "q.j", "r[0]", "q.k[1]"])


def operand(literals: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return st.one_of(
        paths.map(lambda path: ("path", path)),
        st.sampled_from(literals).map(lambda name: ("value", name)),
        paths.map(lambda path: ("size", path)),
    )


def different(pair: tuple[Any, ...]) -> bool:
    return not (pair[0][0] == pair[1][0] == "path" and pair[0][1] == pair[1][1])


def bounds_in_order(pair: tuple[str, str]) -> bool:
    low, high = (LITERALS[name] for name in pair)
    return low.keys() == high.keys() and not naive_less(high, low)


clauses = st.one_of(
    st.tuples(
        st.sampled_from(["=", "<>"]), operand(tuple(LITERALS)), operand(tuple(LITERALS))
    ).filter(lambda node: different(node[1:])),
    st.tuples(st.sampled_from(["<", "<=", ">", ">="]), operand(ORDERED), operand(ORDERED)).filter(
        lambda node: different(node[1:])
    ),
    st.tuples(
        st.just("between"),
        operand(ORDERED),
        st.tuples(st.sampled_from(ORDERED), st.sampled_from(ORDERED)).filter(bounds_in_order),
    ),
    st.tuples(
        st.just("in"), operand(tuple(LITERALS)), st.lists(operand(tuple(LITERALS)), min_size=1)
    ),
    paths.map(lambda path: ("exists", path)),
    st.tuples(st.just("begins_with"), paths, st.sampled_from([":s0", ":s1", ":b1"])),
    st.tuples(st.just("contains"), paths, st.sampled_from(tuple(LITERALS))),
    st.tuples(st.just("type"), paths, st.sampled_from(["S", "N", "M"])),
)
trees = st.recursive(
    clauses,
    lambda inner: st.one_of(
        st.tuples(st.just("and"), inner, inner),
        st.tuples(st.just("or"), inner, inner),
        st.tuples(st.just("not"), inner),
    ),
    max_leaves=8,
)

TYPES = {":tS": {"S": "S"}, ":tN": {"S": "N"}, ":tM": {"S": "M"}}
LEVELS = {"or": 1, "and": 2, "not": 3}


def render_operand(node: Any) -> str:
    return f"size({node[1]})" if node[0] == "size" else str(node[1])


def render(node: Any, level: int = 0) -> str:
    """The text, with parentheses only where precedence asks for them."""
    kind = node[0]
    if kind == "not":
        return f"not {render(node[1], 4)}" if level < 4 else f"({render(node)})"
    if kind in LEVELS:
        text = f" {kind.upper()} ".join(render(part, LEVELS[kind]) for part in node[1:])
        return f"({text})" if level > LEVELS[kind] else text
    if kind == "between":
        return f"{render_operand(node[1])} BETWEEN {node[2][0]} and {node[2][1]}"
    if kind == "in":
        return f"{render_operand(node[1])} IN ({', '.join(map(render_operand, node[2]))})"
    if kind == "exists":
        return f"attribute_exists({node[1]})"
    if kind == "type":
        return f"attribute_type({node[1]}, :t{node[2]})"
    if kind in ("begins_with", "contains"):
        return f"{kind}({node[1]},{node[2]})"
    return f"{render_operand(node[1])} {kind} {render_operand(node[2])}"


def naive_path(path: str, item: Any) -> Any:
    value = {"M": item}
    for part in path.replace("[", ".[").split("."):
        if value is None:
            return None
        if part.startswith("["):
            elements = value.get("L", [])
            index = int(part[1:-1])
            value = elements[index] if index < len(elements) else None
        else:
            value = value.get("M", {}).get(part)
    return value


def naive_operand(node: Any, item: Any) -> Any:
    kind, text = node
    if kind == "value":
        return LITERALS[text]
    value = naive_path(text, item)
    if kind == "path":
        return value
    if value is None or "N" in value:
        return None
    ((of, content),) = value.items()
    return {"N": str(2 if of == "B" else len(content))}  # the one binary has two bytes


def naive_less(left: Any, right: Any) -> bool:
    if left is None or right is None or left.keys() != right.keys():
        return False
    ((kind, one),) = left.items()
    ((_, other),) = right.items()
    if kind == "N":
        return float(one) < float(other)
    return kind in ("S", "B") and one < other


def naive_equal(left: Any, right: Any) -> bool:
    return left is not None and right is not None and left == right


def naive_clause(node: Any, item: Any) -> bool:
    kind = node[0]
    if kind == "exists":
        return naive_path(node[1], item) is not None
    if kind == "type":
        value = naive_path(node[1], item)
        return value is not None and node[2] in value
    if kind in ("begins_with", "contains"):
        value, other = naive_path(node[1], item), LITERALS[node[2]]
        if value is None:
            return False
        ((of, content),) = value.items()
        ((other_of, wanted),) = other.items()
        if of == other_of == "S":
            return content.startswith(wanted) if kind == "begins_with" else wanted in content
        if of == other_of == "B":
            return True  # there is only one binary
        if kind == "begins_with":
            return False
        return (of == "SS" and other_of == "S" and wanted in content) or (
            of == "L" and other in content
        )
    left = naive_operand(node[1], item)
    if kind == "between":
        low, high = (LITERALS[name] for name in node[2])
        ordered = left is not None and left.keys() == low.keys() == high.keys()
        return ordered and not naive_less(left, low) and not naive_less(high, left)
    if kind == "in":
        return any(naive_equal(left, naive_operand(option, item)) for option in node[2])
    right = naive_operand(node[2], item)
    same_order = (
        left is not None
        and right is not None
        and left.keys() == right.keys()
        and next(iter(left)) in ("S", "N", "B")
    )
    return {
        "=": naive_equal(left, right),
        "<>": not naive_equal(left, right),
        "<": naive_less(left, right),
        ">": naive_less(right, left),
        "<=": same_order and not naive_less(right, left),
        ">=": same_order and not naive_less(left, right),
    }[str(kind)]


def naive(node: Any, item: Any) -> bool:
    if node[0] == "and":
        return naive(node[1], item) and naive(node[2], item)
    if node[0] == "or":
        return naive(node[1], item) or naive(node[2], item)
    if node[0] == "not":
        return not naive(node[1], item)
    return naive_clause(node, item)


@examples(400)
@given(trees, st.lists(items, min_size=1, max_size=4))
def test_agrees_with_a_naive_evaluator(tree: Any, some: list[Any]) -> None:
    condition = compile_condition(render(tree), Placeholders(None, {**LITERALS, **TYPES}))
    for item in some:
        assert condition.matches(item) is naive(tree, item), render(tree)


@pytest.mark.parametrize(
    ("opening", "closing", "levels"),
    [("a = :v AND (b = :w OR (", "))", 74), ("NOT (a = :v AND NOT (", "))", 74)],
)
def test_the_deepest_trees_that_the_limits_allow(opening: str, closing: str, levels: int) -> None:
    text = opening * levels + "a = :v" + closing * levels
    deep = {"a": {"S": "x"}, "b": {"S": "y"}}
    placeholders = Placeholders(
        None, {":v": {"S": "x"}, ":w": {"S": "z"}} if ":w" in text else {":v": {"S": "x"}}
    )
    assert compile_condition(text, placeholders).matches(deep)


def test_deeply_nested_functions_are_refused_and_no_more() -> None:
    text = "size(" * 290 + "a" + ")" * 290 + " < :v"
    with pytest.raises(ValidationException, match="operator or function: size, operand type: N"):
        compile_condition(text, Placeholders(None, {":v": {"N": "1"}}))


def test_a_cached_plan_is_used_again() -> None:
    text = "size(a) BETWEEN :v AND :w AND (b < :v OR begins_with(#c, :s)) AND contains(d, :s)"
    given_values = {":v": {"N": "1"}, ":w": {"N": "2"}, ":s": {"S": "x"}}
    tests = {
        compile_condition(text, Placeholders({"#c": "c"}, given_values))._test for _ in range(3)
    }
    assert len(tests) == 1


def test_filters_do_not_read_key_attributes() -> None:
    condition = compile_condition("a = :v AND pk.x = :v", Placeholders(None, {":v": {"S": "x"}}))
    check_no_key_attributes(condition, ("q", "r"), "FilterExpression")
    with pytest.raises(ValidationException) as caught:
        check_no_key_attributes(condition, ("sk", "pk"), "FilterExpression")
    assert caught.value.message == (
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: pk"
    )
    legacy = at_once(filter_steps({"sk": {"ComparisonOperator": "NULL"}}))
    with pytest.raises(ValidationException) as caught:
        check_no_key_attributes(legacy, ("pk", "sk"), "QueryFilter")
    assert caught.value.message == (
        "QueryFilter can only contain non-primary key attributes: Primary key attribute: sk"
    )
