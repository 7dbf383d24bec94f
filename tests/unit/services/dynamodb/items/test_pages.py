"""Pages of many tiny items are read and joined in pieces that let others go on between them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from jedlik.base import turns
from jedlik.services.dynamodb.items import pages
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from tests.control_plane import ControlPlane, keys, on_demand
from tests.turns_of_others import beside_others
from tests.unit.services.dynamodb.items.local_index import WITH_LOCAL_INDEX

ALL = {"TableName": "music"}
PARTITION = {
    "TableName": "music",
    "KeyConditionExpression": "pk = :p",
    "ExpressionAttributeValues": {":p": {"S": "p"}},
}
READS: dict[str, tuple[str, dict[str, Any]]] = {
    "scan": ("Scan", ALL),
    "count": ("Scan", {**ALL, "Select": "COUNT"}),
    "limit": ("Scan", {**ALL, "Limit": 9}),
    "reverse": ("Query", {**PARTITION, "ScanIndexForward": False}),
    "projection": ("Query", {**PARTITION, "ProjectionExpression": "n"}),
    "filter": (
        "Scan",
        {
            **ALL,
            "FilterExpression": "n > :n",
            "ExpressionAttributeValues": {":n": {"N": "20"}},
        },
    ),
    "statement": ("ExecuteStatement", {"Statement": "SELECT n FROM music WHERE pk = 'p'"}),
}


@pytest.fixture
def stocked(plane: ControlPlane) -> ControlPlane:
    plane.call(
        "CreateTable",
        **on_demand(
            KeySchema=keys("pk", "/n"),
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "n", "AttributeType": "N"},
            ],
        ),
    )
    plane.put(*({"pk": {"S": "p"}, "n": {"N": str(number)}} for number in range(30)))
    return plane


async def _with_a_counter(plane: ControlPlane, operation: str, payload: Any) -> tuple[Any, int]:
    """An answer, and how often others had a turn before it came."""
    asked = orjson.loads(orjson.dumps(payload))
    body, turns_taken = await beside_others(OPERATIONS[operation](plane.database, asked))
    return orjson.loads(body) if isinstance(body, bytes) else body, turns_taken


@pytest.mark.parametrize("case", READS)
def test_pieces_answer_as_one(
    stocked: ControlPlane, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation, payload = READS[case]
    whole, _ = stocked.run(_with_a_counter(stocked, operation, payload))
    monkeypatch.setattr(pages, "_RUN", 4)
    monkeypatch.setattr(turns.Turns, "over", True)
    pieces, turns_taken = stocked.run(_with_a_counter(stocked, operation, payload))
    assert pieces == whole
    rows = 9 if case == "limit" else 30
    assert turns_taken >= rows // 4


def test_a_page_ends_with_the_item_that_makes_it_a_megabyte(plane: ControlPlane) -> None:
    """Not with the one before it or after it (API reference, "Query")."""
    plane.call("CreateTable", **WITH_LOCAL_INDEX)
    for number in range(6):
        filler = {"S": "x" * (256 * 1024 - len("pkpntext") - 2)}  # a number takes 2 bytes
        plane.put({"pk": {"S": "p"}, "n": {"N": str(number + 1)}, "text": filler})
    page = plane.call("Query", **PARTITION, ReturnConsumedCapacity="TOTAL")
    assert page["ConsumedCapacity"]["CapacityUnits"] == 128.0, "a megabyte to the byte"
    assert (page["Count"], page["LastEvaluatedKey"]["n"]) == (4, {"N": "4"})
    rest = plane.call("Query", **PARTITION, ExclusiveStartKey=page["LastEvaluatedKey"])
    assert [item["n"]["N"] for item in rest["Items"]] == ["5", "6"]
    assert "LastEvaluatedKey" not in rest


def test_a_page_that_takes_several_runs_ends_with_that_item_too(plane: ControlPlane) -> None:
    """The last run brings more than fits, since items are longer when stored than as counted."""
    plane.call("CreateTable", **WITH_LOCAL_INDEX)
    many = {f"a{number}": {"S": "x"} for number in range(100, 300)}
    filler = {"S": "x" * (1024 - len("pkpntext") - 4 - 5 * len(many))}
    for number in range(1000, 2030):  # a number of five digits takes 4 bytes
        n = {"N": f"{number}1"}
        plane.put({"pk": {"S": "p"}, "n": n, "text": filler, **many})
    page = plane.call("Query", **PARTITION, Select="COUNT", ReturnConsumedCapacity="TOTAL")
    assert page["ConsumedCapacity"]["CapacityUnits"] == 128.0, "a megabyte to the byte"
    assert page["Count"] == 1024


@pytest.mark.parametrize(("consistent", "units"), [(True, 4.0), (False, 2.0)])
def test_items_that_a_local_index_fetches_cost_half_unless_consistent(
    plane: ControlPlane, consistent: bool, units: float
) -> None:
    """Developer guide, "Local secondary indexes", "Fetching attributes from the base table"."""
    plane.call("CreateTable", **WITH_LOCAL_INDEX)
    for number in range(3):
        n = {"N": str(number)}
        plane.put({"pk": {"S": "p"}, "n": n, "x": n, "text": {"S": "far from a read unit"}})
    answer = plane.call(
        "Query",
        **PARTITION,
        IndexName="by-x",
        Select="ALL_ATTRIBUTES",
        ConsistentRead=consistent,
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"]["CapacityUnits"] == units, "the entries, and three items"


@pytest.fixture
def indexed(plane: ControlPlane) -> ControlPlane:
    """Long items, and some short ones, behind a local index that has only their keys."""
    plane.call("CreateTable", **WITH_LOCAL_INDEX)
    for number in range(60):
        n = {"N": str(number)}
        text = {"S": "x" * (300_000 if number >= 30 else 100)}
        plane.put({"pk": {"S": "p"}, "n": n, "x": n, "text": text})
    return plane


def test_a_local_index_fetches_few_long_items_at_a_time(
    indexed: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = indexed.database.engine
    read, sizes = engine.read, []

    async def counted(keys: Any) -> Any:
        values = await read(keys)
        sizes.append(sum(len(value) for value in values if value is not None))
        return values

    monkeypatch.setattr(engine, "read", counted)
    request = {**PARTITION, "IndexName": "by-x", "Select": "ALL_ATTRIBUTES"}
    found, counts = [], []
    for reverse in (False, True):
        start = {}
        while True:
            payload = {**request, **start, "ScanIndexForward": not reverse}
            answer, _ = indexed.run(_with_a_counter(indexed, "Query", payload))
            counts.append(answer["Count"])
            found += [int(item["n"]["N"]) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert found == [*range(60), *reversed(range(60))]
    # Each item counts with its read units: 300 KB with 296 KiB, a short one with 4 KiB.
    assert counts[:3] == [34, 4, 4]
    assert max(sizes) < 5_000_000


def test_a_page_ends_once_its_filter_has_searched_the_requests_values_enough(
    stocked: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = {"L": [{"S": "x"}] * 1000 + [{"N": str(even)} for even in range(0, 30, 2)]}
    request = {
        **ALL,
        "FilterExpression": "contains(:v, n)",
        "ExpressionAttributeValues": {":v": searched},
    }
    whole = stocked.call("Scan", **request)
    assert (whole["ScannedCount"], whole["Count"]) == (30, 15)
    monkeypatch.setattr(pages, "_MAX_FILTERING", 10 * pages.PART * 1016)
    found: list[Any] = []
    scanned = []
    answer = whole | {"LastEvaluatedKey": None}
    while "LastEvaluatedKey" in answer:
        key = answer["LastEvaluatedKey"]
        answer = stocked.call("Scan", **request, **({"ExclusiveStartKey": key} if key else {}))
        found += answer["Items"]
        scanned.append(answer["ScannedCount"])
    assert found == whole["Items"]
    assert scanned == [10, 10, 10]
