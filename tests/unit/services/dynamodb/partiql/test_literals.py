"""Literals as attribute values."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.services.dynamodb.partiql.reading import (
    NOT_WELL_FORMED,
    insert,
    literal,
    malformed,
    problem,
)

MIXED = "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"
INVALID = "One or more parameter values were invalid: "


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'x'", {"S": "x"}),
        ("''", {"S": ""}),
        ("'it''s'", {"S": "it's"}),
        ("1", {"N": "1"}),
        ("-0", {"N": "0"}),
        ("2.50", {"N": "2.5"}),
        ("1E3", {"N": "1000"}),
        ("-1.5e-3", {"N": "-0.0015"}),
        ("- - 1", {"N": "1"}),
        ("-/* c */-+5", {"N": "5"}),
        ("true", {"BOOL": True}),
        ("FALSE", {"BOOL": False}),
        ("Null", {"NULL": True}),
        ("[]", {"L": []}),
        ("[1, 'a', [null]]", {"L": [{"N": "1"}, {"S": "a"}, {"L": [{"NULL": True}]}]}),
        ("{}", {"M": {}}),
        ("{'x': 1, 'y': {'z': true}}", {"M": {"x": {"N": "1"}, "y": {"M": {"z": {"BOOL": True}}}}}),
        ("<<1, 34, 4.50>>", {"NS": ["1", "4.5", "34"]}),
        ("<<'a', 'b'>>", {"SS": ["a", "b"]}),
        ("[4, <<'a'>>]", {"L": [{"N": "4"}, {"SS": ["a"]}]}),
        ("?", {"?": 0}),
    ],
)
def test_literals_are_read_as_values(text: str, value: Any) -> None:
    assert literal(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<<>>", "Empty bags are not supported"),
        ("<<1, 'a'>>", MIXED),
        ("<<[1]>>", MIXED),
        ("<<'a', 'a'>>", f"{INVALID}Input collection [a, a] contains duplicates."),
        ("<<2, 2.0>>", f"{INVALID}Input collection [2, 2.0] contains duplicates! under root"),
    ],
)
def test_sets_hold_different_strings_or_different_numbers(text: str, message: str) -> None:
    assert problem(f"INSERT INTO t VALUE {{'a': {text}}}") == message


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("1e126", "root"),
        ("{'x': 1e126}", "root.x"),
        ("[1, 1e126]", "root[1]"),
        ("{'x': [{'y': 1e126}]}", "root.x[0].y"),
    ],
)
def test_numbers_out_of_range_are_named_by_their_path(text: str, path: str) -> None:
    assert problem(f"INSERT INTO t VALUE {{'a': {text}}}") == (
        "Number overflow. Attempting to store a number with magnitude larger than supported range "
        f"under {path}"
    )


def test_numbers_too_small_and_too_precise() -> None:
    assert problem("SELECT * FROM t WHERE a = 1e-131").endswith(
        "smaller than supported range under root"
    )
    digits = "123456789" * 5
    assert problem(f"SELECT * FROM t WHERE a = {digits}") == (
        "Attempting to store more than 38 significant digits in a Number under root"
    )


@pytest.mark.parametrize("number", ["1e2147483648", "1e99999999999", "1.5e-2147483647"])
def test_exponents_beyond_32_bits_cannot_be_read(number: str) -> None:
    assert malformed(f"SELECT * FROM t WHERE a = {number}") == ""


def test_an_exponent_of_zeros_is_read() -> None:
    assert literal("1e000000000000000001") == {"N": "10"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[?]", "Unsupported data type: Parameter under key root[0] at 1:28:1"),
        ("{'k': ?}", "Unsupported data type: Parameter under key root.k at 1:33:1"),
        ("name", "Unsupported data type: name under key root at 1:27:4"),
        ('"name"', "Unsupported data type: name under key root at 1:27:6"),
        ("set_add(<<'a'>>, <<'b'>>)", "Unsupported data type: set_add under key root at 1:27:7"),
    ],
)
def test_what_is_no_constant_has_no_place_in_a_literal(text: str, message: str) -> None:
    assert problem(f"INSERT INTO t VALUE {{'a': {text}}}") == message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[1 2]", "Expected RIGHT_BRACKET"),
        ("[1,]", "Unexpected term"),
        ("{1: 2}", "Unexpected term"),
        ("{'a' 2}", "Expected COLON"),
        ("-'a'", "Unexpected term"),
        ("-?", "Unexpected term"),
        ("", "Unexpected term"),
        ("where", "Unexpected keyword"),
    ],
)
def test_malformed_literals(text: str, found: str) -> None:
    assert malformed(f"INSERT INTO t VALUE {{'a': {text}}}") == found


def test_a_literal_has_32_levels_at_most() -> None:
    deep = "{'a':" * 31 + "1" + "}" * 31
    assert "M" in literal(deep)
    assert problem(f"INSERT INTO t VALUE {{'d': {{'a':{deep}}}}}") == (
        "Nesting Levels have exceeded supported limits under root" + ".a" * 32
    )
    assert problem(f"INSERT INTO t VALUE {{'d': {'[' * 4000}").endswith("root" + "[0]" * 32)


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ("{'a': 1, 'a': 2}", "a under root at 1:30:3"),
        ("{'a': {'x': 1, 'x': 2}}", "x under root at 1:27:1"),
        ("{'a': [{'y': {'x': 1, 'x': 2}}]}", "x under root[0].y at 1:34:1"),
    ],
)
def test_no_two_members_have_one_name(item: str, found: str) -> None:
    assert problem(f"INSERT INTO t VALUE {item}") == f"Duplicate keys in tuple. Key: {found}"
    _, same_name_elsewhere = insert("INSERT INTO t VALUE {'a': {'a': 1}, 'A': {'a': 1}}")
    assert len(same_name_elsewhere) == 2


def test_no_binary_literals() -> None:
    assert problem("INSERT INTO t VALUE {'a': {{YQ==}}}").startswith(NOT_WELL_FORMED)
