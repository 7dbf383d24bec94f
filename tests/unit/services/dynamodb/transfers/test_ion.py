"""Ion text, read back by the Ion library."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from jedlik.services.dynamodb.transfers.ion import ion_item, ion_value
from tests.strategies import items

simpleion = pytest.importorskip("amazon.ion.simpleion")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"N": "103"}, "103."),
        ({"N": "600"}, "6d2"),
        ({"N": "1.5"}, "1.5"),
        ({"N": "-0.25"}, "-0.25"),
        ({"N": "0"}, "0."),
        ({"N": "1E-20"}, "1d-20"),
        ({"S": 'a "b"\n'}, '"a \\"b\\"\\n"'),
        ({"BOOL": False}, "false"),
        ({"NULL": True}, "null"),
        ({"B": "AAE="}, "{{AAE=}}"),
        ({"SS": ["x", "y"]}, '$dynamodb_SS::["x","y"]'),
        ({"NS": ["1", "20"]}, "$dynamodb_NS::[1.,2d1]"),
        ({"M": {"a": {"L": [{"N": "1"}]}}}, "{a:[1.]}"),
        ({"M": {"null": {"N": "1"}, "it's": {"N": "2"}}}, "{'null':1.,'it\\'s':2.}"),
    ],
)
def test_values_are_written_in_ion(value: dict[str, Any], text: str) -> None:
    assert ion_value(value) == text


def plain(value: dict[str, Any]) -> Any:
    """What the library should read."""
    ((kind, content),) = value.items()
    if kind == "N":
        return Decimal(content)
    if kind == "NS":
        return [Decimal(each) for each in content]
    if kind == "NULL":
        return None
    if kind == "L":
        return [plain(each) for each in content]
    if kind == "M":
        return {name: plain(each) for name, each in content.items()}
    return content


def read(value: Any) -> Any:
    """What the library read, without its own types."""
    if hasattr(value, "items"):
        return {str(name): read(each) for name, each in value.items()}
    if isinstance(value, list):
        return [read(each) for each in value]
    if "Null" in type(value).__name__:
        return None
    return value


@given(items)
def test_the_library_reads_what_is_written(item: dict[str, Any]) -> None:
    without_binary = {k: v for k, v in item.items() if "B" not in str(v)}
    found = simpleion.loads("$ion_1_0 " + ion_item(without_binary))
    assert read(found) == {name: plain(value) for name, value in without_binary.items()}
