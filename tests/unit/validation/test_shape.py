"""How failures are collected, ordered and limited."""

from __future__ import annotations

import pytest

from jedlik.base.errors import ValidationException
from jedlik.validation.scalars import Text
from jedlik.validation.shape import MAX_REPORTED, MAX_SHOWN, Failures, token

TEXT = Text(None, None, None, None)


def message(failures: Failures) -> str:
    with pytest.raises(ValidationException) as caught:
        failures.raise_any()
    return caught.value.message


def test_without_failures_nothing_is_raised() -> None:
    Failures().raise_any()


def test_texts_of_one_and_several_failures() -> None:
    failures = Failures()
    failures.add(TEXT, "x", "tableName", "C")
    one = "Value 'x' at 'tableName' failed to satisfy constraint: C"
    assert message(failures) == f"1 validation error detected: {one}"
    failures.add(None, None, "key", "D")
    two = "Value null at 'key' failed to satisfy constraint: D"
    assert message(failures) == f"2 validation errors detected: {one}; {two}"


def test_no_more_than_ten() -> None:
    failures = Failures()
    for index in range(MAX_REPORTED + 5):
        assert failures.full is (index >= MAX_REPORTED)
        failures.add(None, None, str(index), "C")
    assert message(failures).startswith("10 validation errors detected: ")


def test_a_long_value_is_cut() -> None:
    failures = Failures()
    failures.add(TEXT, "x" * MAX_SHOWN * 2, "p", "C")
    assert message(failures).count("x") == MAX_SHOWN


def test_which_error_comes_first() -> None:
    failures = Failures()
    failures.empty_value = True
    assert message(failures).startswith("Supplied AttributeValue is empty")
    failures.own += ["own", "second own"]
    assert message(failures) == "own"
    failures.add_text("found")
    assert message(failures) == "1 validation error detected: found"
    failures.missing.append("missing")
    assert message(failures) == "missing"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (True, "TRUE_VALUE"),
        (False, "FALSE_VALUE"),
        ("", "STRING_VALUE"),
        (1, "NUMBER_VALUE"),
        (1.0, "DECIMAL_VALUE"),
    ],
)
def test_the_names_of_json_tokens(value: object, name: str) -> None:
    assert token(value) == name
