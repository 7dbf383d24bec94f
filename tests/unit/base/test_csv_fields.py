"""Fields of CSV files may be as long as an item's text, and no longer."""

from __future__ import annotations

import csv

import pytest

from jedlik.base.csv_fields import MAX_FIELD_SIZE, allow_long_fields


def test_fields_may_be_as_long_as_the_limit() -> None:
    allow_long_fields()
    assert list(csv.reader(["a" * MAX_FIELD_SIZE])) == [["a" * MAX_FIELD_SIZE]]


def test_longer_fields_are_an_error() -> None:
    allow_long_fields()
    with pytest.raises(csv.Error, match="field larger"):
        list(csv.reader(["a" * (MAX_FIELD_SIZE + 1)]))
