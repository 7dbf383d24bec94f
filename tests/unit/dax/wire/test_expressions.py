"""Trees of expressions, as the real client makes them, become texts with the same meaning."""

from __future__ import annotations

from typing import Any

import pytest
from amazondax import CborSExprGenerator

from jedlik.dax.wire import cbor
from jedlik.dax.wire.cbor import MalformedCbor
from jedlik.dax.wire.expressions import ExpressionWriter, projection_paths, values_at

NAMES = {"#a": "a", "#d": "with.dot", "#r": "range"}
VALUES = {":x": {"N": "1"}, ":y": {"S": "y"}, ":z": {"N": "3"}}


def used(table: dict[str, Any], text: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name in text}


def tree(text: str, kind: str) -> bytes:
    texts = dict.fromkeys(("Condition", "KeyCondition", "Filter", "Update", "Projection"))
    texts[kind] = text
    encoded = CborSExprGenerator.encode_expressions(
        *texts.values(), used(NAMES, text), used(VALUES, text)
    )
    return bytes(getattr(encoded, kind))


def spelled(writer: ExpressionWriter, text: str) -> str:
    """A text with what its placeholders stand for."""
    for placeholder, name in sorted(writer.names.items(), reverse=True):
        text = text.replace(placeholder, f"<{name}>")
    for placeholder, value in sorted(writer.values.items(), reverse=True):
        ((_, content),) = value.items()
        text = text.replace(placeholder, f"'{content}'")
    return text


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("a = :x", "<a> = '1'"),
        ("#d <> :x", "<with.dot> <> '1'"),
        ("a.b[3].#r >= :x", "<a>.<b>[3].<range> >= '1'"),
        ("a < :x and b <= :x and c > :y", "<a> < '1' AND <b> <= '1' AND <c> > '2'"),
        ("a = :x OR b = :x AND c = :x", "<a> = '1' OR (<b> = '1' AND <c> = '1')"),
        ("(a = :x OR b = :x) AND c = :x", "(<a> = '1' OR <b> = '1') AND <c> = '1'"),
        ("NOT a = :x", "NOT <a> = '1'"),
        ("NOT (a = :x AND b = :x)", "NOT (<a> = '1' AND <b> = '1')"),
        ("NOT (NOT a = :x)", "NOT (NOT <a> = '1')"),
        ("a BETWEEN :x AND :z", "<a> BETWEEN '1' AND '3'"),
        ("a IN (:x, b, :y)", "<a> IN ('1', <b>, '2')"),
        ("attribute_exists(a)", "attribute_exists(<a>)"),
        ("attribute_not_exists(a.b)", "attribute_not_exists(<a>.<b>)"),
        ("attribute_type(a, :y)", "attribute_type(<a>, '2')"),
        ("begins_with(a, :y)", "begins_with(<a>, '2')"),
        ("contains(a, :y)", "contains(<a>, '2')"),
        ("size(a) > :x", "size(<a>) > '1'"),
    ],
)
def test_conditions_are_written(given: str, written: str) -> None:
    writer = ExpressionWriter()
    told = spelled(writer, writer.condition(tree(given, "Condition")))
    assert told == written.replace("'2'", "'y'")


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("SET a = :x, b.c = d", "SET <a> = '1', <b>.<c> = <d>"),
        ("SET a = a + :x", "SET <a> = <a> + '1'"),
        ("SET a = b - :x REMOVE c", "SET <a> = <b> - '1' REMOVE <c>"),
        ("SET a = if_not_exists(a, :x) + :z", "SET <a> = if_not_exists(<a>, '1') + '3'"),
        ("SET a = list_append(a, :y)", "SET <a> = list_append(<a>, 'y')"),
        ("REMOVE a, b[1]", "REMOVE <a>, <b>[1]"),
        ("ADD a :x DELETE b :y", "ADD <a> '1' DELETE <b> 'y'"),
    ],
)
def test_updates_are_written(given: str, written: str) -> None:
    writer = ExpressionWriter()
    assert spelled(writer, writer.update(tree(given, "Update"))) == written


def test_expressions_of_a_request_share_names_but_not_values() -> None:
    writer = ExpressionWriter()
    update = writer.update(tree("SET a = :x", "Update"))
    condition = writer.condition(tree("a = :z AND b = :x", "Condition"))
    assert (update, condition) == ("SET #0 = :0", "#0 = :1 AND #1 = :2")
    assert writer.names == {"#0": "a", "#1": "b"}
    assert writer.values == {":0": {"N": "1"}, ":1": {"N": "3"}, ":2": {"N": "1"}}


def test_projections_find_their_values() -> None:
    paths = projection_paths(tree("a, b.c[2], #d", "Projection"))
    assert paths == [("a",), ("b", "c", 2), ("with.dot",)]
    item: dict[str, Any] = {
        "b": {"M": {"c": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]}}}, "with.dot": {"S": "d"},
    }  # fmt: skip
    assert values_at(item, paths) == {1: {"N": "2"}, 2: {"S": "d"}}
    assert values_at(item, [("b", "x"), ("b", "c", 3), ("b", 0), ("with.dot", "x")]) == {}


def test_a_chain_as_long_as_the_service_takes_is_read() -> None:
    text = " AND ".join(["a = :x"] * 150)
    writer = ExpressionWriter()
    assert writer.condition(tree(text, "Condition")).count("AND") == 149


PATH = [18, "a"]
VALUE = [17, 0]


def encoded(node: Any) -> bytes:
    if isinstance(node, list):
        return cbor.array([encoded(each) for each in node])
    if node is None:
        return cbor.NULL
    return cbor.integer(node) if isinstance(node, int) else cbor.text(node)


@pytest.mark.parametrize(
    "node",
    [
        None, 1, [], ["a"], [99, PATH], [0, PATH], [0, PATH, VALUE, VALUE], [0, PATH, [17, 1]],
        [0, PATH, [17, -1]], [0, PATH, [17, None]], [0, PATH, [18]], [0, [18, 1], VALUE],
        [0, [18, None], VALUE], [10, PATH], [10, PATH, VALUE, VALUE], [10, PATH, 3], [8],
        [8, [0, PATH, VALUE], 1], [6, [0, PATH, VALUE]], [19, PATH, VALUE], [11, [99]],
    ],
)  # fmt: skip
def test_what_is_no_condition(node: Any) -> None:
    data = cbor.array([cbor.integer(1), encoded(node), cbor.array([cbor.integer(5)])])
    with pytest.raises(MalformedCbor):
        ExpressionWriter().condition(data)


@pytest.mark.parametrize(
    "node", [None, [None], [[18, "a"]], [[19, PATH]], [[22, PATH, VALUE]], [[0, PATH, VALUE]], 5]
)
def test_what_is_no_update(node: Any) -> None:
    data = cbor.array([cbor.integer(1), encoded(node), cbor.array([cbor.integer(5)])])
    with pytest.raises(MalformedCbor):
        ExpressionWriter().update(data)


@pytest.mark.parametrize("data", ["", "80", "8202f680", "8301f6", "830180", "f6", "8101"])
def test_what_is_no_expression(data: str) -> None:
    for read in (ExpressionWriter().condition, ExpressionWriter().update, projection_paths):
        with pytest.raises(MalformedCbor):
            read(bytes.fromhex(data))


def negated(times: int) -> bytes:
    """NOT NOT ... attribute_exists(a), each within the one before."""
    exists = encoded([11, [18, "a"]])
    return b"\x83\x01" + b"\x82\x08" * times + exists + b"\x80"


def test_trees_of_as_many_operators_as_an_expression_may_have_are_read() -> None:
    text = ExpressionWriter().condition(negated(300))
    assert text.count("NOT") == 300


@pytest.mark.parametrize("times", [cbor.MAX_DEPTH, 5000, 100_000])
def test_depth_has_a_bottom(times: int) -> None:
    with pytest.raises(MalformedCbor, match="deep"):
        ExpressionWriter().condition(negated(times))


EXISTS = cbor.array([cbor.integer(11), cbor.array([cbor.integer(18), cbor.text("a")])])
FIRST = cbor.array([cbor.integer(17), cbor.integer(0)])
LEVELS = 396
"""As many as fit into `MAX_DEPTH`."""


def nested(inner: bytes, *functions: int, more: bytes = b"") -> bytes:
    """Functions around each other in turn, the last operand of each being `more`, if any."""
    for level in range(LEVELS):
        head = cbor.integer(functions[level % len(functions)])
        inner = cbor.array([head, inner, *([more] if more else [])])
    return inner


@pytest.mark.parametrize(
    "tree",
    [nested(EXISTS, 8), nested(EXISTS, 6, 7, more=EXISTS)],
    ids=["NOT", "AND and OR"],
)
def test_conditions_of_any_depth_are_written(tree: bytes) -> None:
    """The interpreter's stack suffices for them."""
    written = ExpressionWriter().condition(cbor.array([cbor.integer(1), tree, cbor.array([])]))
    assert written.count("attribute_exists") in (1, LEVELS + 1)


@pytest.mark.parametrize("function", [16, 23, 24, 25, 26])
def test_updates_of_any_depth_are_written(function: int) -> None:
    operand = nested(FIRST, function, more=FIRST)
    action = cbor.array([cbor.integer(19), cbor.array([cbor.integer(18), cbor.text("a")]), operand])
    tree = cbor.array([action])
    data = cbor.array([cbor.integer(1), tree, cbor.array([cbor.integer(1)])])
    assert ExpressionWriter().update(data).count(":0") == LEVELS + 1
