"""Rows in memory behave like a dict of entries."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.vectors import blocks
from jedlik.services.dynamodb.vectors.conditions import SearchTerm
from jedlik.services.dynamodb.vectors.rows import (
    HeldEntry,
    VectorRows,
    filter_code,
    filter_codes,
)
from tests.properties import examples

ATTRIBUTES: list[dict[str, Any]] = [
    {},
    {"c": {"S": "x"}},
    {"c": {"S": "y"}, "n": {"N": "1"}},
    {"n": {"N": "2"}},
]
keys = st.integers(0, 60).map(lambda number: b"%d" % number)
puts = st.dictionaries(
    keys, st.tuples(st.integers(-9, 9), st.sampled_from(range(len(ATTRIBUTES)))), max_size=40
)
changes = st.lists(puts | keys, max_size=20)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: Any) -> None:
    monkeypatch.setattr(blocks, "_MAX_ROWS", 16)


@examples(100)
@given(changes)
def test_rows_are_what_was_put_and_not_deleted(history: list[Any]) -> None:
    rows = VectorRows(np, 2, ("c", "n"))
    model: dict[bytes, tuple[bytes, dict[str, Any]]] = {}
    for change in history:
        if isinstance(change, bytes):
            rows.delete(change)
            model.pop(change, None)
            continue
        entries = []
        for key, (number, which) in change.items():
            packed = struct.pack("<2f", number, 0.5)
            model[key] = (packed, ATTRIBUTES[which])
            entries.append(HeldEntry(key, packed, filter_codes("cn", ATTRIBUTES[which])))
        rows.put(entries)
    assert len(rows) == len(rows.vectors) == len(model)
    got = {key: rows.packed(place) for place, key in enumerate(rows.keys)}
    assert got == {key: packed for key, (packed, _) in model.items()}
    term = SearchTerm("c", {"S": "x"})
    matching, lengths = set(), {}
    for number in range(rows.vectors.count):
        first = number * rows.vectors.block_rows
        mask = rows.mask([term], number)
        matching |= {rows.keys[first + at] for at in np.flatnonzero(mask)}
        for at, length in enumerate(rows.lengths(number)):
            lengths[rows.keys[first + at]] = length
    assert matching == {key for key, (_, has) in model.items() if has.get("c") == {"S": "x"}}
    for key, (packed, _) in model.items():
        assert lengths[key] == pytest.approx(np.hypot(*struct.unpack("<2f", packed)))
    places = np.arange(0, len(rows), 3)
    gathered = [row.tobytes() for row in rows.vectors.take(places)]
    assert gathered == [rows.packed(place) for place in places]


def test_memory_is_given_back() -> None:
    rows = VectorRows(np, 2, ())
    rows.put([HeldEntry(b"%d" % each, bytes(8), ()) for each in range(100)])
    assert rows.vectors.count == 7
    for each in range(98):
        rows.delete(b"%d" % each)
    assert rows.vectors.count == 1
    assert len(rows.vectors._blocks) == 1


def test_what_cannot_be_multiplied_in_32_bits_is_noted() -> None:
    for number, ordinary in ((0.0, True), (1.0, True), (3e38, False), (1e-40, False)):
        rows = VectorRows(np, 1, ())
        rows.put([HeldEntry(b"k", struct.pack("<f", number), ())])
        assert rows.is_ordinary is ordinary


def test_a_missing_attribute_equals_nothing() -> None:
    assert filter_code(None) == 0 != filter_code({"S": ""})
