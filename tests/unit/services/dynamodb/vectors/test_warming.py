"""Partitions that were searched before a restart are loaded after it, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jedlik.kernel.keyspaces import VECTORS_IN_USE
from jedlik.services.dynamodb.background.maintenance import Maintenance
from jedlik.services.dynamodb.vectors import in_use, sketches
from jedlik.services.dynamodb.vectors.held import HeldVectors
from jedlik.services.dynamodb.vectors.search import held_vectors
from jedlik.services.dynamodb.vectors.warming import warm
from jedlik.services.dynamodb.verifying.verification import Verification
from tests.control_plane import ControlPlane, attributes, on_demand
from tests.stored_rows import rows

INDEX = {
    "IndexName": "nearest",
    "VectorAttribute": {"AttributeName": "v"},
    "Dimensions": 2,
    "DistanceFunction": "EUCLIDEAN",
    "SearchSchema": [{"AttributeName": "t", "SearchSchemaElementType": "HASH"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}


@pytest.fixture
def plane(monkeypatch: Any) -> Iterator[ControlPlane]:
    monkeypatch.setattr(sketches, "EXACT_ROWS", 3)
    plane = ControlPlane()
    defined = {"AttributeDefinitions": attributes("p", "t")}
    plane.call("CreateTable", **{**on_demand("t", "p"), **defined}, VectorIndexes=[INDEX])
    for at, tenant in enumerate(["large"] * 5 + ["small"] * 2 + ["unsearched"] * 5):
        vector = {"L": [{"N": str(at)}, {"N": "1"}]}
        plane.put({"p": {"S": str(at)}, "t": {"S": tenant}, "v": vector}, table="t")
    yield plane
    plane.close()


def search(plane: ControlPlane, tenant: str) -> list[str]:
    found = plane.call(
        "SearchVectors", TableName="t", IndexName="nearest", TopK=2,
        SearchVector=[{"N": "0"}, {"N": "1"}], SearchConditionExpression="t = :t",
        ExpressionAttributeValues={":t": {"S": tenant}},
    )  # fmt: skip
    return [each["Item"]["p"]["S"] for each in found["SearchResults"]]


def sizes_after_a_restart(plane: ControlPlane) -> list[int]:
    """How many vectors are held of each partition."""
    plane.restart()
    plane.run(warm(plane.database))
    return [len(held.rows) for held in _held(plane).memory._held]


def _held(plane: ControlPlane) -> HeldVectors:
    held = plane.run(held_vectors(plane.database))
    assert held is not None
    return held


def test_large_partitions_that_were_searched_are_loaded(plane: ControlPlane) -> None:
    assert sizes_after_a_restart(plane) == []
    for tenant in ("large", "small"):
        search(plane, tenant)
    assert len(rows(plane, VECTORS_IN_USE)) == 1
    assert sizes_after_a_restart(plane) == [5]
    assert search(plane, "large") == ["0", "1"]
    findings: list[Any] = []
    plane.run(Verification(plane.database.store, findings.append).run())
    assert findings == []


def test_what_was_not_searched_for_a_day_is_forgotten(plane: ControlPlane) -> None:
    search(plane, "large")
    plane.pass_seconds(in_use.NOTE_SECONDS + 1)
    search(plane, "large")  # is noted again
    plane.pass_seconds(24 * 3600 - 1)
    assert sizes_after_a_restart(plane) == [5]
    plane.pass_seconds(2)
    assert sizes_after_a_restart(plane) == []
    assert rows(plane, VECTORS_IN_USE) == []


def test_notes_go_with_their_table(plane: ControlPlane) -> None:
    search(plane, "large")
    plane.call("DeleteTable", TableName="t")
    assert sizes_after_a_restart(plane) == []
    plane.run(Maintenance(plane.database).run_once())
    assert rows(plane, VECTORS_IN_USE) == []


def test_memory_that_is_taken_is_not_taken_again(plane: ControlPlane) -> None:
    search(plane, "large")
    plane.restart()
    memory = _held(plane).memory
    memory.limit = 0
    memory.used = 1
    plane.run(warm(plane.database))
    assert len(memory) == 0
