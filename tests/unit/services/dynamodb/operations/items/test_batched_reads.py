"""Reads of many items at once: others are served between them, and nothing is read in vain."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest

from jedlik.base import turns
from jedlik.services.dynamodb.operations.items import batch_get_item
from jedlik.services.dynamodb.operations.partiql import batch_execute_statement
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.storage.engine import Value
from tests.callers import occupy
from tests.control_plane import ControlPlane, on_demand

ITEMS = 6
KEYS = [{"pk": {"S": str(number)}} for number in range(ITEMS)]
LONG = "x" * 10_000
WHOLE = [{"Statement": f"SELECT * FROM music WHERE pk = '{number}'"} for number in range(ITEMS)]
SELECTS = [{"Statement": f"SELECT a FROM music WHERE pk = '{number}'"} for number in range(ITEMS)]

READS: dict[str, dict[str, Any]] = {
    "BatchGetItem": {"RequestItems": {"music": {"Keys": KEYS, "ProjectionExpression": "a"}}},
    "TransactGetItems": {
        "TransactItems": [
            {"Get": {"TableName": "music", "Key": key, "ProjectionExpression": "a"}} for key in KEYS
        ]
    },
    "BatchExecuteStatement": {"Statements": SELECTS},
    "ExecuteTransaction": {"TransactStatements": SELECTS},
}


@pytest.fixture
def filled(plane: ControlPlane) -> ControlPlane:
    plane.call("CreateTable", **on_demand("music"))
    plane.put(*({**key, "a": {"N": "1"}, "b": {"S": LONG}} for key in KEYS), table="music")
    return plane


@pytest.mark.parametrize("operation", READS)
def test_others_have_their_turn_between_items(
    filled: ControlPlane, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns.Turns, "over", True)

    async def turns_of_others() -> tuple[int, bytes]:
        seen = [0]

        async def watch() -> None:
            while True:
                seen[0] += 1
                await asyncio.sleep(0)

        watching = asyncio.ensure_future(watch())
        answer = await OPERATIONS[operation](filled.database, READS[operation])
        watching.cancel()
        assert isinstance(answer, bytes)
        return seen[0], answer

    seen, answer = filled.run(turns_of_others())
    assert answer.count(b'{"a":{"N":"1"}}') == ITEMS
    assert seen >= ITEMS


def test_a_batch_is_read_in_pieces_as_far_as_there_is_room(
    filled: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces: list[int] = []
    read = filled.database.store.read

    async def noted(keys: Sequence[bytes]) -> list[Value]:
        pieces.append(len(keys) - 1)  # without the catalog's version
        return await read(keys)

    monkeypatch.setattr(filled.database.engine, "read", noted)
    monkeypatch.setattr(batch_get_item, "_FIRST_KEYS", 2)
    monkeypatch.setattr(batch_get_item, "_PIECE", 3 * len(LONG))
    request = {"RequestItems": {"music": {"Keys": KEYS}}}
    answer = orjson.loads(filled.run(OPERATIONS["BatchGetItem"](filled.database, request)))
    assert pieces == [2, 2, 2]
    assert [item["pk"] for item in answer["Responses"]["music"]] == [key["pk"] for key in KEYS]
    assert answer["UnprocessedKeys"] == {}

    pieces.clear()
    monkeypatch.setattr(batch_get_item, "MAX_BATCH_GET_SIZE", int(2.5 * len(LONG)))
    answer = orjson.loads(filled.run(OPERATIONS["BatchGetItem"](filled.database, request)))
    assert pieces == [2, 2]
    assert [item["pk"] for item in answer["Responses"]["music"]] == [key["pk"] for key in KEYS[:2]]
    assert answer["UnprocessedKeys"] == {"music": {"Keys": KEYS[2:]}}


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("BatchGetItem", lambda count: {"RequestItems": {"music": {"Keys": KEYS[:count]}}}),
        ("BatchExecuteStatement", lambda count: {"Statements": WHOLE[:count]}),
    ],
)
def test_long_batches_wait_for_each_other_and_short_ones_do_not(
    filled: ControlPlane,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    make: Callable[[int], dict[str, Any]],
) -> None:
    for module in (batch_get_item, batch_execute_statement):
        monkeypatch.setattr(module, "LONG_BATCH", 2 * len(LONG))
    operation, database = OPERATIONS[name], filled.database
    long, short = make(ITEMS), make(1)

    async def beside_others() -> bytes:
        last = await occupy(database.long_batches)
        waiting = asyncio.ensure_future(operation(database, long))
        assert LONG.encode() in await operation(database, short)
        assert not waiting.done()
        database.long_batches.give_back(last)
        return await waiting

    assert filled.run(beside_others()).count(LONG.encode()) == ITEMS
    assert database.long_batches.is_free_for(None), "it leaves its place to the next"


def test_an_answer_is_no_longer_than_three_times_what_counts(
    filled: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_get_item, "_MAX_ANSWER", int(1.5 * len(LONG)))
    request = {"RequestItems": {"music": {"Keys": KEYS}, "other": {"Keys": KEYS[:1]}}}
    filled.call("CreateTable", **on_demand("other"))
    answer = filled.call("BatchGetItem", **request)
    assert len(answer["Responses"]["music"]) == 2
    assert answer["Responses"]["other"] == []
    left = {"music": {"Keys": KEYS[2:]}, "other": {"Keys": KEYS[:1]}}
    assert answer["UnprocessedKeys"] == left
