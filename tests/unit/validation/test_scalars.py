"""Types and limits of scalars, each rule beside its counter-case."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.errors import SerializationException
from jedlik.services.dynamodb.shapes import SHAPES
from jedlik.validation.scalars import (
    Boolean,
    Number,
    Text,
    Timestamp,
    Value,
    WholeNumber,
    python_pattern,
)
from jedlik.validation.shape import Failures, Shape

TEXT = Text(None, None, None, None)
MAP_TEXT = "Start of structure or map found where not expected"


def refused(shape: Shape, value: Any, element: bool = False) -> str:
    assert not shape.accepts(value)
    with pytest.raises(SerializationException) as caught:
        shape.read(value, element)
    return caught.value.message


@pytest.mark.parametrize(
    ("shape", "java"),
    [
        (TEXT, "String"),
        (Number("integer", None, None), "Integer"),
        (Number("long", None, None), "Long"),
        (Number("double", None, None), "Double"),
        (Boolean(), "Boolean"),
    ],
)
@pytest.mark.parametrize(
    ("value", "token"),
    [
        ("23", "STRING_VALUE"),
        (True, "TRUE_VALUE"),
        (False, "FALSE_VALUE"),
        (23, "NUMBER_VALUE"),
        (2147483648, "NUMBER_VALUE"),
        (34.56, "DECIMAL_VALUE"),
        ([], None),
        ({}, None),
    ],
)
def test_tokens_of_a_wrong_type(shape: Shape, java: str, value: Any, token: str | None) -> None:
    good = {"String": str, "Boolean": bool}.get(java, (int, float))
    if isinstance(value, good) and (java == "Boolean" or not isinstance(value, bool)):
        assert shape.read(value, False) is not None
        return
    if value == []:
        expected = f"Unrecognized collection type class java.lang.{java}"
    elif value == {}:
        expected = MAP_TEXT
    elif java == "Boolean" and isinstance(value, str):
        expected = "Unexpected token received from parser"
    else:
        expected = f"{token} cannot be converted to {java}"
    assert refused(shape, value) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2020-01-01T00:00:00Z", "STRING_VALUE cannot be converted to Date"),
        (True, "TRUE_VALUE cannot be converted to Date"),
        ([], "Unrecognized collection type class java.util.Date"),
        ({}, MAP_TEXT),
    ],
)
def test_timestamps_are_numbers(value: Any, text: str) -> None:
    assert refused(Timestamp(), value) == text
    assert Timestamp().accepts(1577836800)
    assert Timestamp().accepts(1577836800.5)


@pytest.mark.parametrize(("word", "value"), [("true", True), ("FALSE", False), ("True", True)])
def test_the_words_of_booleans_are_read(word: str, value: bool) -> None:
    assert not Boolean().accepts(word)
    assert Boolean().read(word, False) is value


def test_booleans_are_shown_in_lower_case() -> None:
    assert [Boolean().show(value) for value in (True, False)] == ["true", "false"]


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("integer", 5.9, 5),
        ("integer", -5.9, -5),
        ("integer", 2**31, 2**31 - 1),
        ("integer", -(2**31) - 1, -(2**31)),
        ("integer", 1e300, 2**31 - 1),
        ("integer", float("inf"), 2**31 - 1),
        ("long", 2**31, 2**31),
        ("long", 2**63, 2**63 - 1),
        ("double", 1.5, 1.5),
        ("double", -(2**63), -(2**63)),
    ],
)
def test_numbers_are_cut_to_their_type(kind: str, value: float, read: float) -> None:
    shape = Number(kind, None, None)
    assert shape.read(value, False) == read
    assert shape.accepts(read)
    assert shape.accepts(value) == (value == read)


def test_whole_numbers_are_refused_rather_than_cut() -> None:
    shape = WholeNumber(1, None)
    assert shape.read(5.0, False) == 5
    assert refused(shape, 5.9) == "DECIMAL_VALUE cannot be converted to Integer"
    assert refused(shape, "5") == "STRING_VALUE cannot be converted to Integer"


def test_numbers_of_cbor_that_json_does_not_have() -> None:
    """What was read can be stored: as JSON, whose integers have 64 bits."""
    double = Number("double", None, None)
    for value in (-(2**64), 2**63, 2**64 - 1):
        assert not double.accepts(value)
        assert double.read(value, False).__class__ is float
    for kind in ("integer", "long"):
        with pytest.raises(SerializationException):
            Number(kind, None, None).read(float("nan"), False)


LOW = "Member must have value greater than or equal to 1"
HIGH = "Member must have value less than or equal to 100"


@pytest.mark.parametrize(
    ("value", "texts"), [(0, [LOW]), (1, []), (100, []), (101, [HIGH]), (-5, [LOW])]
)
def test_values_have_limits(value: int, texts: list[str]) -> None:
    shape = Number("integer", 1, 100)
    assert [text for _, text in shape.broken(value)] == texts
    assert shape.accepts(value) == (not texts)
    assert shape.constraints() == [HIGH, LOW]


SHORT = "Member must have length greater than or equal to 3"
LONG = "Member must have length less than or equal to 6"
PATTERN = "Member must satisfy regular expression pattern: [a-z😀]+"


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize(
    ("value", "broken"),
    [
        ("abc", []),
        ("ab", [SHORT]),
        ("abcdef", []),
        ("abcdefg", [LONG]),
        ("A", [SHORT, PATTERN]),
        ("abc\n", [PATTERN]),
        ("😀😀😀", []),
        ("a😀", []),
        ("😀😀😀a", [LONG]),
    ],
)
def test_texts_have_limits(value: str, broken: list[str], first: bool) -> None:
    shape = Text(3, 6, "[a-z😀]+", None, pattern_first=first)
    expected = sorted(broken, key=lambda text: text != PATTERN) if first else broken
    assert [text for _, text in shape.broken(value)] == expected
    assert shape.accepts(value) == (not broken)


@pytest.mark.parametrize(
    ("value", "good"),
    [("", True), ("a" * 4, True), ("a" * 5, False), ("😀😀", True), ("😀😀a", False)],
)
def test_a_limit_without_pattern_counts_utf16_units(value: str, good: bool) -> None:
    shape = Text(None, 4, None, None)
    assert shape.accepts(value) is good
    assert (not shape.broken(value)) is good


@pytest.mark.parametrize(("value", "good"), [("", False), ("a", True)])
def test_a_lower_limit_alone(value: str, good: bool) -> None:
    shape = Text(1, None, None, None)
    assert shape.accepts(value) is good
    assert (not shape.broken(value)) is good


@pytest.mark.parametrize("value", ["hash", "", "HASHRANGE", "HASH "])
def test_enums_are_exact(value: str) -> None:
    shape = Text(None, None, None, ("HASH", "RANGE"))
    assert shape.broken(value) == [("enum", "Member must satisfy enum value set: [HASH, RANGE]")]
    assert not shape.accepts(value)
    assert shape.accepts("HASH")
    assert shape.broken("RANGE") == []


@pytest.mark.parametrize(
    ("value", "element", "text"),
    [
        ("x", False, "Unexpected field type"),
        ("x", True, "Unexpected value type in payload"),
        (
            [],
            True,
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue",
        ),
    ],
)
def test_an_attribute_value_is_an_object(value: Any, element: bool, text: str) -> None:
    assert refused(Value(), value, element) == text
    assert Value().accepts({"anything": 1})


def test_a_null_attribute_value_counts_as_empty() -> None:
    failures = Failures()
    Value().check({}, "key.a.member", failures)
    assert not failures.empty_value
    Value().check(None, "key.a.member", failures)
    assert failures.empty_value


JAVA_PATTERNS = sorted(
    {
        shape[3]
        for shapes in SHAPES.values()
        for shape in shapes.values()
        if shape[0] == "string" and shape[3]
    }
)


@pytest.mark.parametrize("pattern", JAVA_PATTERNS)
def test_every_pattern_of_the_model_compiles_and_refuses_something(pattern: str) -> None:
    compiled = python_pattern(pattern)
    assert any(compiled.fullmatch(text) is None for text in ("$", '"', "\x00"))


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"\p{Print}+", ["a b~", " "], ["", "é", "a\n"]),
        (
            r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*",
            ["", "é\t", "😀"],
            ["\x00", "\ufffe"],
        ),
        (
            r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$",
            ["ab", "a.b", "a-_.b", "A0"],
            ["a", "", "-ab", "ab.", "é.e", "ab\n"],
        ),
    ],
)
def test_patterns_that_python_spells_otherwise(
    pattern: str, good: list[str], bad: list[str]
) -> None:
    compiled = python_pattern(pattern)
    assert [text for text in good if not compiled.fullmatch(text)] == []
    assert [text for text in bad if compiled.fullmatch(text)] == []
