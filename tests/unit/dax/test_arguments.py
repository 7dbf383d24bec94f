"""Values in arguments: what is not of the kind that is expected is refused, whatever it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jedlik.dax import arguments
from jedlik.dax.wire.cbor import MalformedCbor, Reader
from tests.unit.dax.wire.values_written import written

KINDS: list[Any] = [None, True, 1, b"\xff", "a", ["a"], {"a": 1}]


@pytest.mark.parametrize(
    ("check", "taken"),
    [
        (arguments.integer, [1]),
        (arguments.byte_string, [b"\xff"]),
        (arguments.array, [["a"]]),
        (arguments.text, ["a"]),
        (lambda value: arguments.choice({1: "ONE"}, value), [1]),
        (lambda value: arguments.flag({7: value}, 7), [True, 1]),
    ],
)
def test_one_kind_is_taken(check: Callable[[Any], Any], taken: list[Any]) -> None:
    for value in KINDS:
        if value in taken and type(value) in map(type, taken):
            check(value)
        else:
            with pytest.raises(MalformedCbor):
                check(value)


def test_a_text_may_come_as_its_bytes() -> None:
    assert arguments.text("é".encode()) == "é"


def test_a_number_that_stands_for_nothing_is_refused() -> None:
    assert arguments.choice({1: "ONE"}, 1) == "ONE"
    with pytest.raises(MalformedCbor):
        arguments.choice({1: "ONE"}, 2)


def test_options_may_be_missing_but_not_unknown() -> None:
    assert arguments.read_options(Reader(written(None))) == {}
    assert arguments.read_options(Reader(written({2: True, 19: "t"}))) == {2: True, 19: "t"}
    for given in ({20: True}, {"2": True}, []):
        with pytest.raises(MalformedCbor):
            arguments.read_options(Reader(written(given)))
    assert arguments.flag({}, 2) is False


@pytest.mark.parametrize("given", [None, [], [True, None], [1, None, []], [None, None, None]])
def test_the_request_of_a_table_in_a_batch_has_three_parts(given: Any) -> None:
    assert arguments.table_request([None, b"p", ["k"]]) == (False, b"p", ["k"])
    with pytest.raises(MalformedCbor):
        arguments.table_request(given)


def test_columns_may_be_missing_but_not_of_other_lengths() -> None:
    assert arguments.rows(["a", "b"], None, [1, 2]) == [("a", None, 1), ("b", None, 2)]
    for column in ([1], [1, 2, 3], "ab"):
        with pytest.raises(MalformedCbor):
            arguments.rows(["a", "b"], column)
