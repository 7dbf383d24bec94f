"""Long reads take a place before they hold much: transactions, batches and pages alike."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import Any

import orjson
import pytest

from jedlik.services.dynamodb.database.database import LONG_READ
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from tests.callers import occupy
from tests.control_plane import ControlPlane
from tests.unit.services.dynamodb.items.local_index import WITH_LOCAL_INDEX

ITEMS = 5
LONG = "x" * (LONG_READ // 2)
KEYS = [{"pk": {"S": "p"}, "n": {"N": str(number)}} for number in range(ITEMS)]
SELECTS = [
    {"Statement": f"SELECT * FROM music WHERE pk = 'p' AND n = {number}"} for number in range(ITEMS)
]
PARTITION = {
    "TableName": "music",
    "KeyConditionExpression": "pk = :p",
    "ExpressionAttributeValues": {":p": {"S": "p"}},
}
READS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "scan": ("Scan", {"TableName": "music"}, {"TableName": "music", "Limit": 1}),
    "filtered": (
        "Scan",
        {
            "TableName": "music",
            "FilterExpression": "n >= :n",
            "ExpressionAttributeValues": {":n": {"N": "0"}},
        },
        {"TableName": "music", "Limit": 1},
    ),
    "query": ("Query", PARTITION, {**PARTITION, "Limit": 1}),
    "local index": (
        "Query",
        {**PARTITION, "IndexName": "by-x", "Select": "ALL_ATTRIBUTES"},
        {**PARTITION, "IndexName": "by-x", "Limit": 1},
    ),
    "statement": (
        "ExecuteStatement",
        {"Statement": "SELECT * FROM music WHERE pk = 'p'"},
        {"Statement": "SELECT * FROM music WHERE pk = 'p'", "Limit": 1},
    ),
    "statement of several ranges": (
        "ExecuteStatement",
        {"Statement": "SELECT * FROM music WHERE pk = 'p' AND n IN [0, 1, 2, 3, 4]"},
        {"Statement": "SELECT * FROM music WHERE pk = 'p' AND n IN [0]"},
    ),
    "batch": (
        "BatchGetItem",
        {"RequestItems": {"music": {"Keys": KEYS}}},
        {"RequestItems": {"music": {"Keys": KEYS[:1]}}},
    ),
    "transaction": (
        "TransactGetItems",
        {"TransactItems": [{"Get": {"TableName": "music", "Key": key}} for key in KEYS]},
        {"TransactItems": [{"Get": {"TableName": "music", "Key": KEYS[0]}}]},
    ),
    "statements": (
        "BatchExecuteStatement",
        {"Statements": SELECTS},
        {"Statements": SELECTS[:1]},
    ),
    "transaction of statements": (
        "ExecuteTransaction",
        {"TransactStatements": SELECTS},
        {"TransactStatements": SELECTS[:1]},
    ),
}


@pytest.fixture
def stocked(plane: ControlPlane) -> ControlPlane:
    plane.call("CreateTable", **WITH_LOCAL_INDEX)
    plane.put(*({**key, "x": key["n"], "long": {"S": LONG}} for key in KEYS))
    return plane


async def _answer(plane: ControlPlane, operation: str, payload: dict[str, Any]) -> bytes:
    answer = await OPERATIONS[operation](plane.database, orjson.loads(orjson.dumps(payload)))
    return answer if isinstance(answer, bytes) else orjson.dumps(answer)


@pytest.mark.parametrize("case", READS)
def test_with_all_places_taken_long_reads_wait_and_hold_nothing(
    stocked: ControlPlane, case: str
) -> None:
    operation, long, short = READS[case]
    places = stocked.database.long_reads

    async def run() -> None:
        free = await _answer(stocked, operation, long)
        last = await occupy(places)
        assert await _answer(stocked, operation, short)
        tracemalloc.start()
        waiting = asyncio.ensure_future(_answer(stocked, operation, long))
        for _ in range(5):
            await asyncio.sleep(0)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert not waiting.done()
        assert held < LONG_READ, "it has let go of what is longer"
        places.give_back(last)
        assert await waiting == free
        assert places.is_free_for(None), "it leaves its place to the next"

    stocked.run(run())
