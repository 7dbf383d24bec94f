"""The gate: who waits for whom, with a connection that answers as a database would."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from jedlik.storage.engine import Changes, Value
from jedlik.storage.postgres import commits as module
from jedlik.storage.postgres.commits import Commits
from jedlik.storage.postgres.decisions import Waiting
from jedlik.storage.postgres.lanes import OnlyRead
from jedlik.storage.postgres.statements import CLEAR_NOTE, COMMIT, READ_FOR_WRITE

OTHER_NODE = b"somebody"


def gate_for(*keys: bytes, node: bytes = OTHER_NODE) -> bytes:
    return node + b"".join(len(key).to_bytes(4, "big") + key for key in keys)


class Guarded:
    """Reads `guard` and puts `key`."""

    def __init__(self, guard: bytes, key: bytes) -> None:
        self.keys = (guard, key)

    def decide(self, _values: Sequence[Value]) -> Changes[str]:
        return Changes({self.keys[1]: b"new"}, "done")


class Database:
    """Takes a connection's place: two rows and a gate. Each of its `looks` takes 100 ms of a time
    that is the event loop's; `gates` are the gates from a look on."""

    def __init__(self, gates: dict[int, bytes | None]) -> None:
        self.gate: bytes | None = None
        self._gates = gates
        self.looks = 0
        self.commits: list[int] = []
        self.removed: list[bytes] = []
        self.warned = False

    def time(self) -> float:
        return self.looks / 10

    async def use(self, work: Callable[[Any], Awaitable[Any]], _deadline: float) -> Any:
        return await work(self)

    async def fetch(self, statement: str, *arguments: Any) -> list[Any]:
        if statement == CLEAR_NOTE:
            self.removed.append(arguments[1])
            self.gate = None
            return []
        assert statement == READ_FOR_WRITE
        self.looks += 1
        self.gate = self._gates.get(self.looks, self.gate)
        rows: list[tuple[bytes | None, bytes]] = [(b"guard", b"g"), (b"key", b"old")]
        return rows if self.gate is None else [*rows, (None, self.gate)]

    async def value(self, statement: str, *_arguments: Any) -> int:
        assert statement == COMMIT
        self.commits.append(self.looks)
        return 1


def committed(database: Database) -> str:
    async def run() -> str:
        loop = asyncio.get_running_loop()
        loop.time = database.time  # type: ignore[method-assign]
        task = Guarded(b"guard", b"key")
        future: asyncio.Future[str] = loop.create_future()
        commits = Commits(database, OnlyRead())  # type: ignore[arg-type]
        await commits.commit([Waiting(task, task.keys, future, loop.time())])
        return await future

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_THE_GATE", 0.0)


def test_a_batch_holds_back_while_another_node_wants_to_change_what_it_reads() -> None:
    database = Database({1: gate_for(b"more", b"guard"), 4: None})
    assert committed(database) == "done"
    assert database.commits == [4], "only once the gate was open"
    assert database.removed == []


def test_what_a_batch_changes_is_not_its_to_hold_back_for() -> None:
    database = Database({1: gate_for(b"key", b"more")})
    assert committed(database) == "done"
    assert database.commits == [1]
    assert database.removed == [], "the gate is left for those that it is for"


def test_a_gate_that_a_dead_node_has_left_is_removed() -> None:
    gate = gate_for(b"guard")
    database = Database({1: gate})
    assert committed(database) == "done"
    assert database.removed == [gate]
    assert database.commits == [6], "after half a second"


def test_each_gate_is_waited_for_by_itself() -> None:
    second = gate_for(b"guard", node=b"another!")
    database = Database({1: gate_for(b"guard"), 5: second})
    assert committed(database) == "done"
    assert database.removed == [second]
    assert database.commits == [10], "half a second after the second gate was seen"


@pytest.mark.parametrize(("most", "is_apart"), [(3, True), (4, False)])
def test_large_values_are_decided_on_in_a_thread(
    most: int, is_apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conditions may look into them for long; here they have four bytes."""
    seen = []

    class Noted(Guarded):
        def decide(self, values: Sequence[Value]) -> Changes[str]:
            seen.append(threading.current_thread() is not threading.main_thread())
            return super().decide(values)

    async def run() -> str:
        task, loop = Noted(b"guard", b"key"), asyncio.get_running_loop()
        future: asyncio.Future[str] = loop.create_future()
        commits = Commits(Database({}), OnlyRead())  # type: ignore[arg-type]
        await commits.commit([Waiting(task, task.keys, future, loop.time())])
        return await future

    monkeypatch.setattr(module, "AT_ONCE", most)
    assert asyncio.run(run()) == "done"
    assert seen == [is_apart]
