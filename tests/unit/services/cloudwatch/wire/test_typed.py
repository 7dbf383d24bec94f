"""Parts of forms as values."""

from __future__ import annotations

import pytest

from jedlik.base.errors import SerializationException
from jedlik.services.cloudwatch.shapes import SHAPES
from jedlik.services.cloudwatch.wire.typed import read_time, typed

OF_KIND = {shape[0]: name for name, shape in reversed(SHAPES.items())}


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("-2", -2), ("+3", 3)])
def test_numbers_and_times_are_read(text: str, value: int) -> None:
    assert typed(text, OF_KIND["integer"]) == value
    assert typed(f"{text}.5e1", OF_KIND["double"]) == float(f"{text}.5e1")
    assert read_time(text) == value


@pytest.mark.parametrize("text", ["1_0", "\u0661", "\uff11", "", "1 0", "0x1", "one"])
@pytest.mark.parametrize("kind", ["integer", "double", "timestamp"])
def test_what_only_python_takes_for_a_number(kind: str, text: str) -> None:
    with pytest.raises(SerializationException):
        typed(text, OF_KIND[kind])


@pytest.mark.parametrize("kind", ["integer", "double", "timestamp", "boolean", "list"])
def test_structures_are_none_of_these(kind: str) -> None:
    with pytest.raises(SerializationException):
        typed({"a": "b"}, OF_KIND[kind])
