"""Texts for JSON values of wrong types."""

from __future__ import annotations

import pytest

from jedlik.values.json_types import wrong_json_type


@pytest.mark.parametrize(
    ("content", "wanted", "text"),
    [
        ({}, "String", "Start of structure or map found where not expected"),
        ([], "Boolean", "Unrecognized collection type class java.lang.Boolean"),
        (1, "ByteBuffer", "only base-64-encoded strings are convertible to bytes"),
        ("x", "Map", "Unexpected field type"),
        ("x", "Boolean", "Unexpected token received from parser"),
        (True, "String", "TRUE_VALUE cannot be converted to String"),
        (1, "String", "NUMBER_VALUE cannot be converted to String"),
        (1.5, "Boolean", "DECIMAL_VALUE cannot be converted to Boolean"),
    ],
)
def test_the_text_names_what_was_found_or_wanted(content: object, wanted: str, text: str) -> None:
    assert wrong_json_type(content, wanted) == text
