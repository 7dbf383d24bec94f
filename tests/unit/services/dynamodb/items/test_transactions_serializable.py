"""Random concurrent transactions and single operations, over every engine and through faults."""

from __future__ import annotations

import asyncio
import itertools
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ConditionalCheckFailedException, TransactionCanceledException
from jedlik.base.ids import RandomIds
from jedlik.kernel.catalog_version import CatalogChanged
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.operations.registry import OPERATIONS
from jedlik.storage.engine import Engine
from jedlik.storage.failures import OutcomeUnknown, StorageUnavailable
from jedlik.storage.lmdb.logged_engine import LoggedLmdbEngine
from jedlik.storage.memory import MemoryEngine
from tests.control_plane import on_demand
from tests.faulty_engine import Faults, FaultyEngine
from tests.properties import examples
from tests.simulated_clock import SimulatedClock
from tests.unit.services.dynamodb.items.history import UNKNOWN, Call, State, Step, is_serializable

KEYS = "abc"
START: State = (5, 5, None)
REFUSED = "refused"

SHAKEN = Faults(delays=0.5, reruns=0.4)
FAILING = Faults(
    delays=0.5, reruns=0.3, read_fails=0.1, fails_before_commit=0.1, fails_after_commit=0.1
)

Opener = Callable[[Path, int], Engine]
OPENERS: dict[str, Opener] = {
    "memory": lambda _directory, _seed: MemoryEngine(),
    "memory-shaken": lambda _directory, seed: FaultyEngine(MemoryEngine(), SHAKEN, seed),
    "memory-failing": lambda _directory, seed: FaultyEngine(MemoryEngine(), FAILING, seed),
    "lmdb": lambda directory, _seed: LoggedLmdbEngine.open(directory, "relaxed"),
    "lmdb-failing": lambda directory, seed: FaultyEngine(
        LoggedLmdbEngine.open(directory, "relaxed"), FAILING, seed
    ),
}


# --- Operations: the request, and what it does to a dict ------------------------------------------

Action = tuple[str, str, dict[str, Any], Step]
"""Name, operation, request, and what it does."""


def key(name: str) -> dict[str, Any]:
    return {"TableName": "t", "Key": {"pk": {"S": name}}}


def item(name: str, value: int) -> dict[str, Any]:
    return {"pk": {"S": name}, "n": {"N": str(value)}}


def changed(state: State, **values: int | None) -> State:
    return tuple(values.get(name, old) for name, old in zip(KEYS, state, strict=True))


def at(state: State, name: str) -> int | None:
    return state[KEYS.index(name)]


def put(name: str, value: int) -> Action:
    request = {"TableName": "t", "Item": item(name, value)}
    return f"put {name}={value}", "PutItem", request, lambda state: (
        changed(state, **{name: value}), None,
    )  # fmt: skip


def create(name: str, value: int) -> Action:
    request = {
        "TableName": "t",
        "Item": item(name, value),
        "ConditionExpression": "attribute_not_exists(pk)",
    }

    def step(state: State) -> tuple[State, Any]:
        if at(state, name) is not None:
            return state, REFUSED
        return changed(state, **{name: value}), None

    return f"create {name}={value}", "PutItem", request, step


def delete(name: str) -> Action:
    return f"delete {name}", "DeleteItem", key(name), lambda state: (
        changed(state, **{name: None}), None,
    )  # fmt: skip


def add(name: str, value: int) -> Action:
    request = {
        **key(name),
        "UpdateExpression": "ADD n :n",
        "ExpressionAttributeValues": {":n": {"N": str(value)}},
        "ReturnValues": "UPDATED_NEW",
    }

    def step(state: State) -> tuple[State, Any]:
        total = (at(state, name) or 0) + value
        return changed(state, **{name: total}), total

    return f"add {name}+{value}", "UpdateItem", request, step


def get(name: str) -> Action:
    request = {**key(name), "ConsistentRead": True}
    return f"get {name}", "GetItem", request, lambda state: (state, at(state, name))


def read() -> Action:
    request = {"TransactItems": [{"Get": key(name)} for name in KEYS]}
    return "read all", "TransactGetItems", request, lambda state: (state, state)


def move(source: str, target: str, value: int) -> Action:
    """A transfer between two accounts that keeps the source from going below zero."""
    amount = {":n": {"N": str(value)}}
    take = {
        **key(source),
        "UpdateExpression": "SET n = n - :n",
        "ConditionExpression": "n >= :n",
        "ExpressionAttributeValues": amount,
    }
    give = {
        **key(target), "UpdateExpression": "ADD n :n", "ExpressionAttributeValues": amount,
    }  # fmt: skip
    request = {"TransactItems": [{"Update": take}, {"Update": give}]}

    def step(state: State) -> tuple[State, Any]:
        balance = at(state, source)
        if balance is None or balance < value:
            return state, REFUSED
        values = {source: balance - value, target: (at(state, target) or 0) + value}
        return changed(state, **values), None

    return f"move {source}-{value}->{target}", "TransactWriteItems", request, step


def answer_of(operation: str, body: Any) -> Any:
    """The part of an answer that says something about the state."""
    answer = orjson.loads(body) if isinstance(body, bytes) else body
    if operation == "GetItem":
        return number(answer.get("Item"))
    if operation == "TransactGetItems":
        return tuple(number(response.get("Item")) for response in answer["Responses"])
    return number(answer["Attributes"]) if operation == "UpdateItem" else None


def number(found: Any) -> int | None:
    return None if found is None else int(found["n"]["N"])


# --- Running clients ------------------------------------------------------------------------------


async def call(database: Database, operation: str, request: dict[str, Any]) -> Any:
    """An operation the way a dispatcher runs it."""
    wire = orjson.dumps(request)
    while True:
        try:
            return await OPERATIONS[operation](database, orjson.loads(wire))
        except CatalogChanged:
            continue


class Clients:
    """Runs the actions of several clients at the same time and writes down what they saw."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._events = itertools.count()
        self.history: list[Call] = []

    async def run(self, actions: list[Action]) -> None:
        for name, operation, request, step in actions:
            start = next(self._events)
            end: float = math.inf
            try:
                answer = answer_of(operation, await call(self._database, operation, request))
                end = next(self._events)
            except (ConditionalCheckFailedException, TransactionCanceledException):
                answer, end = REFUSED, next(self._events)
            except OutcomeUnknown:
                answer = UNKNOWN
            except StorageUnavailable:
                continue  # It did not take place.
            self.history.append(Call(name, step, start, end, answer))


async def run_clients(engine: Engine, programs: list[list[Action]]) -> tuple[list[Call], Any]:
    """The history of the clients, and all items in the end."""
    inner = engine.engine if isinstance(engine, FaultyEngine) else engine
    # The table is made, and read in the end, without faults.
    quiet = Database(inner, SimulatedClock(1e9), RandomIds())
    await call(quiet, "CreateTable", on_demand("t"))
    for name, value in zip(KEYS, START, strict=True):
        if value is not None:
            await call(quiet, "PutItem", {"TableName": "t", "Item": item(name, value)})
    clients = Clients(Database(engine, SimulatedClock(1e9), RandomIds()))
    await asyncio.gather(*(clients.run(program) for program in programs))
    last = answer_of("TransactGetItems", await call(quiet, "TransactGetItems", read()[2]))
    await engine.close()
    return clients.history, last


def outcome(opener: Opener, seed: int, programs: list[list[Action]]) -> tuple[list[Call], Any]:
    with tempfile.TemporaryDirectory() as directory:

        async def run() -> tuple[list[Call], Any]:
            return await run_clients(opener(Path(directory), seed), programs)

        return asyncio.run(run())


names = st.sampled_from(KEYS)
small = st.integers(1, 4)
moves = st.permutations(KEYS).flatmap(
    lambda order: st.builds(move, st.just(order[0]), st.just(order[1]), small)
)
actions = st.one_of(
    moves,
    moves,
    st.builds(put, names, small),
    st.builds(create, names, small),
    st.builds(delete, names),
    st.builds(add, names, small),
    st.builds(get, names),
    st.builds(read),
)
programs = st.lists(st.lists(actions, min_size=1, max_size=4), min_size=2, max_size=4)
transfers = st.lists(
    st.lists(moves | st.builds(read), min_size=1, max_size=6), min_size=2, max_size=5
)
seeds = st.integers(0, 1 << 32)


@examples(40)
@given(data=st.data())
@pytest.mark.parametrize("name", OPENERS)
def test_histories_are_strictly_serializable(name: str, data: st.DataObject) -> None:
    seed, chosen = data.draw(seeds), data.draw(programs)
    history, last = outcome(OPENERS[name], seed, chosen)
    ending = Call("the end", lambda state: (state, state), math.inf, math.inf, last)
    assert is_serializable([*history, ending], START), [
        (each.name, each.start, each.end, each.answer) for each in history
    ]


@examples(30)
@given(data=st.data())
@pytest.mark.parametrize("name", OPENERS)
def test_transfers_neither_make_nor_lose_money(name: str, data: st.DataObject) -> None:
    seed, chosen = data.draw(seeds), data.draw(transfers)
    history, last = outcome(OPENERS[name], seed, chosen)
    seen = [each.answer for each in history if each.name == "read all"] + [last]
    for balances in seen:
        if balances is not UNKNOWN:
            assert sum(balance or 0 for balance in balances) == 10, balances
            assert all(balance is None or balance >= 0 for balance in balances), balances


# --- The checker itself ---------------------------------------------------------------------------


def seen(action: Action, start: float, end: float, answer: Any) -> Call:
    return Call(action[0], action[3], start, end, answer)


def test_the_checker_finds_a_lost_update() -> None:
    both = [seen(add("a", 1), 0, 3, 6), seen(add("a", 1), 1, 2, 6)]
    assert not is_serializable(both, START)
    assert is_serializable([both[0], seen(add("a", 1), 1, 2, 7)], START)


def test_the_checker_finds_a_stale_read() -> None:
    written = seen(put("a", 1), 0, 1, None)
    assert not is_serializable([written, seen(get("a"), 2, 3, 5)], START)
    assert is_serializable([written, seen(get("a"), 0.5, 3, 5)], START)


def test_the_checker_finds_half_a_transaction() -> None:
    moved = seen(move("a", "b", 2), 0, 5, None)
    assert not is_serializable([moved, seen(read(), 1, 2, (3, 5, None))], START)
    assert is_serializable([moved, seen(read(), 1, 2, (3, 7, None))], START)


def test_what_is_unknown_may_have_happened_or_not() -> None:
    unknown = seen(put("a", 1), 0, math.inf, UNKNOWN)
    assert is_serializable([unknown, seen(get("a"), 1, 2, 5)], START)
    assert is_serializable([unknown, seen(get("a"), 1, 2, 1)], START)
    assert not is_serializable([unknown, seen(get("a"), 1, 2, 2)], START)
    back = [unknown, seen(get("a"), 1, 2, 1), seen(get("a"), 3, 4, 5)]
    assert not is_serializable(back, START)
