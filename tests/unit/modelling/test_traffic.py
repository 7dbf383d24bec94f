"""Recorded requests compared with the access patterns of a model."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.modelling.reading import parse_model
from jedlik.modelling.serving import Grade
from jedlik.modelling.traffic import Comparison, compare, count_traffic
from tests.unit.modelling.models import document, pattern

QUERY = {"operation": "Query", "table": "T", "key": {"PK": "=", "SK": "begins_with"}, "units": 0.5}
PROFILE = {
    "Name": "profile", "Operation": "GetItem", "Entity": "User",
    "Key": {"PK": "USER#{id}", "SK": "PROFILE"},
}  # fmt: skip
ORDER = {**PROFILE, "Name": "order", "Entity": "Order", "Key": {"PK": "USER#{id}", "SK": "ORDER#1"}}


def compared(entries: list[dict[str, Any]], *patterns: dict[str, Any]) -> Comparison:
    model = parse_model(document(AccessPatterns=list(patterns or (pattern(),))))
    return compare(model, count_traffic(model, entries))


def said(found: Comparison) -> list[tuple[Grade, str, str]]:
    return [(each.grade, each.about, each.text) for each in found.findings]


def test_a_pattern_that_is_asked_for() -> None:
    found = compared([QUERY, QUERY])
    assert (found.grade, said(found)) == (Grade.GOOD, [])
    assert found.sightings[0].requests == 2


@pytest.mark.parametrize(
    "other",
    [
        {"index": "byStatus"}, {"key": {"PK": "="}}, {"key": {"PK": "=", "SK": "between"}},
        {"operation": "Scan", "key": None}, {"operation": "GetItem"},
    ],
)  # fmt: skip
def test_another_way_to_ask_is_named_and_the_pattern_missed(other: dict[str, Any]) -> None:
    found = compared([{**QUERY, **other}])
    texts = [text for _, _, text in said(found)]
    assert "was never requested" in texts
    assert "1 request, 0.5 units; no access pattern names this" in texts


def test_a_scan_that_no_pattern_names_is_bad() -> None:
    scan = {"operation": "Scan", "table": "T", "units": 100.0}
    found = compared([QUERY, scan, scan])
    assert said(found) == [
        (Grade.RED, "Scan T", "2 requests, 200.0 units; no access pattern names this")
    ]
    named = {"Name": "all", "Operation": "Scan", "Entity": "User"}
    assert said(compared([QUERY, scan], pattern(), named)) == []


def test_how_a_way_is_written() -> None:
    found = compared([{**QUERY, "index": "byStatus", "key": {"status": "=", "SK": "<"}}])
    assert "Query T.byStatus by SK < and status =" in [about for _, about, _ in said(found)]


def test_patterns_that_a_log_does_not_tell_apart_are_counted_together() -> None:
    found = compared([{"operation": "GetItem", "table": "T"}], PROFILE, ORDER)
    assert [(each.requests, each.alike) for each in found.sightings] == [
        (1, ["order"]), (1, ["profile"]),
    ]  # fmt: skip
    assert found.grade == Grade.GOOD


def test_a_log_that_does_not_say_how_keys_are_asked_for() -> None:
    found = compared([{"operation": "Query", "table": "T"}])
    assert (found.grade, found.sightings[0].requests) == (Grade.GOOD, 1)


@pytest.mark.parametrize(
    ("operation", "perhaps"),
    [("BatchGetItem", 1), ("TransactGetItems", 1), ("ExecuteStatement", 1), ("BatchWriteItem", 0)],
)
def test_batches_may_have_asked(operation: str, perhaps: int) -> None:
    found = compared([{"operation": operation, "table": "Other,T"}], PROFILE)
    assert found.sightings[0].perhaps == perhaps
    (text,) = [text for _, _, text in said(found)]
    assert text.startswith("was never requested on its own" if perhaps else "was never requested")


@pytest.mark.parametrize(
    "entry",
    [
        {}, {"operation": "Query"}, {"operation": "Query", "table": "Other"}, {"operation": 7},
        {"operation": "CreateTable", "table": "T"}, {"operation": "Query", "table": ["T"]},
        {"operation": "BatchGetItem", "table": "Other"},
    ],
)  # fmt: skip
def test_what_is_of_others(entry: dict[str, Any]) -> None:
    found = compared([QUERY, entry])
    assert found.traffic.of_others == 1
    assert found.grade == Grade.GOOD


def test_writes_name_no_index_and_no_key() -> None:
    put = {"Name": "write", "Operation": "PutItem", "Entity": "Order", "Index": "byStatus"}
    entry = {"operation": "PutItem", "table": "T", "key": {"PK": "=", "SK": "="}, "units": "x"}
    assert said(compared([entry], put)) == []
