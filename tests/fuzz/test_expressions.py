"""Random tokens and characters: an expression works or is refused, quickly."""

from __future__ import annotations

import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.services.dynamodb.expressions.conditions.condition import compile_condition
from jedlik.services.dynamodb.expressions.conditions.key_condition import compile_key_condition
from jedlik.services.dynamodb.expressions.placeholders import Placeholders
from jedlik.services.dynamodb.expressions.projection import compile_projection
from jedlik.services.dynamodb.expressions.updates.update import compile_update
from tests.properties import examples

ITEM: dict[str, Any] = {
    "a": {"S": "x"},
    "b": {"N": "1"},
    "c": {"L": [{"N": "1"}, {"M": {"a": {"S": "y"}}}]},
    "d": {"M": {"a": {"SS": ["p"]}, "b": {"L": []}}},
    "e": {"B": "AQ=="},
}
VALUES: dict[str, Any] = {
    ":s": {"S": "x"},
    ":n": {"N": "1"},
    ":l": {"L": [{"N": "2"}]},
    ":m": {"M": {}},
    ":t": {"SS": ["p", "q"]},
    ":b": {"B": "AQ=="},
    ":o": {"BOOL": True},
    ":z": {"NULL": True},
}
NAMES = {"#a": "a", "#c": "c", "#x": "d.a", "#k": "AND"}
SCHEMAS: list[Any] = [
    (("a", "S", "HASH"),),
    (("a", "S", "HASH"), ("b", "N", "RANGE")),
    (("a", "S", "HASH"), ("b", "N", "HASH"), ("c", "S", "RANGE"), ("d", "B", "RANGE")),
]

words = st.sampled_from(
    [
        *ITEM,
        *VALUES,
        *NAMES,
        ":u",
        "#u",
        "AND",
        "or",
        "Not",
        "BETWEEN",
        "in",
        "SET",
        "remove",
        "ADD",
        "DELETE",
        "attribute_exists",
        "attribute_not_exists",
        "attribute_type",
        "begins_with",
        "contains",
        "size",
        "if_not_exists",
        "list_append",
        "foo",
        "name",
        "(",
        ")",
        "(",
        ")",
        ",",
        ".",
        "[",
        "]",
        "[0]",
        "[1]",
        "=",
        "<>",
        "<",
        "<=",
        ">",
        ">=",
        "+",
        "-",
        "0",
        "1",
        "007",
        "99999999999",
        "#",
        ":",
        "_",
        "$",
        "\u00e9",
        "\U0001f600",
        "\x00",
    ]
)
soups = st.lists(words, max_size=30).map(" ".join) | st.lists(words, max_size=12).map("".join)

operands = st.sampled_from(
    ["a", "b", "c[0]", "c[1].a", "d.a", "#a", "#c[0]", "size(a)", *VALUES, "if_not_exists(a, :n)"]
)
clauses = st.one_of(
    st.tuples(operands, st.sampled_from(["=", "<>", "<", ">="]), operands).map(" ".join),
    st.tuples(operands, operands, operands).map(lambda t: f"{t[0]} BETWEEN {t[1]} AND {t[2]}"),
    st.tuples(
        st.sampled_from(["contains", "begins_with", "attribute_type", "size"]), operands, operands
    ).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
)
conditions = st.lists(clauses, min_size=1, max_size=4).map(" AND ".join)
actions = st.tuples(
    st.sampled_from(["SET", "SET", "ADD", "DELETE", "REMOVE"]), operands, operands, operands
).map(
    lambda t: {
        "SET": f"SET {t[1]} = {t[2]} + {t[3]}, {t[3]} = {t[1]}",
        "REMOVE": f"REMOVE {t[1]}, {t[2]}",
    }.get(t[0], f"{t[0]} {t[1]} {t[2]}")
)
texts = st.one_of(
    soups, conditions, actions, st.text(max_size=40), st.lists(actions, max_size=3).map(" ".join)
)


def try_all(text: str) -> int:
    """Compile and run a text as every kind of expression; returns how many accepted it."""
    taken = 0
    for names, values in ((NAMES, VALUES), (None, None)):
        try:
            compile_condition(text, Placeholders(names, values), "FilterExpression").matches(ITEM)
            taken += 1
        except ValidationException:
            pass
        try:
            compile_projection(text, Placeholders(names, values)).apply(ITEM)
            taken += 1
        except ValidationException:
            pass
        try:
            update = compile_update(text, Placeholders(names, values))
            update.image(update.apply(ITEM))
            taken += 1
        except ValidationException:
            pass
        for schema in SCHEMAS:
            try:
                compile_key_condition(text, Placeholders(names, values)).match(schema)
                taken += 1
            except ValidationException:
                pass
    return taken


@examples(500)
@given(texts)
def test_every_text_works_or_is_refused(text: str) -> None:
    before = repr(ITEM)
    try_all(text)
    assert repr(ITEM) == before


@examples(40)
@given(st.lists(words, min_size=1, max_size=4), st.sampled_from(["", " "]))
def test_long_texts_take_little_time(some: list[str], space: str) -> None:
    chunk = space.join(some) + space
    start = time.process_time()
    try_all(chunk * (4096 // len(chunk.encode())))
    assert time.process_time() - start < 2


def test_the_fuzzer_reaches_what_it_fuzzes() -> None:
    assert try_all("a = :s") == 1 + len(SCHEMAS) - 1
    assert try_all("SET c[0] = b + :n") == 1
    assert try_all("a, c[1].a") == 2
