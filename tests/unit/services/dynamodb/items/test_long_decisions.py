"""Decisions on large items are made before the lock of their commit, and hold only for what was
looked at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import orjson
import pytest

from jedlik.base.errors import ServiceError
from jedlik.base.turns import Turns
from jedlik.services.dynamodb.database.database import DECODED
from jedlik.services.dynamodb.items import long_decisions
from jedlik.services.dynamodb.items import write as write_module
from jedlik.services.dynamodb.items.actions import ConditionGuard, UpdateAction
from jedlik.storage.failures import StorageUnavailable
from jedlik.values.image import Image
from jedlik.values.sizes import item_size
from tests.control_plane import ControlPlane, index, on_demand
from tests.store_task import Store

TESTS = 40
KEY = {"pk": {"S": "p"}}
LARGE = {**KEY, "v": {"S": "x" * 50_000}, "n": {"N": "1"}, "l": {"L": [{"N": "1"}]}}
"""Times TESTS it is more than may be decided under the lock."""
SMALL = {**KEY, "v": {"S": "x"}, "n": {"N": "1"}, "l": {"L": [{"N": "1"}]}}
HOLDS = {
    "ConditionExpression": " AND ".join(f"(contains(v, :x) OR n = :{at})" for at in range(TESTS)),
    "ExpressionAttributeValues": {":x": {"S": "x"}}
    | {f":{at}": {"N": str(at)} for at in range(TESTS)},
}
FAILS = {
    "ConditionExpression": " OR ".join(["contains(v, :y)"] * TESTS),
    "ExpressionAttributeValues": {":y": {"S": "y"}},
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}
IN_TABLE = {"TableName": "music"}


class Lock:
    """Counts what is decided while the engine's lock is held: within `decide`."""

    def __init__(self, plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
        self.held = False
        self.tasks = 0
        self.under_lock = 0
        self.before = 0
        engine = plane.database.engine
        write = engine.write

        async def locked(task: Any) -> Any:
            self.tasks += 1
            decide = task.decide

            class Locked:
                keys = task.keys

                def decide(_, values: Any) -> Any:  # noqa: N805
                    self.held = True
                    try:
                        return decide(values)
                    finally:
                        self.held = False

            return await write(Locked())

        monkeypatch.setattr(engine, "write", locked)
        self._count(ConditionGuard, "check", monkeypatch)
        self._count(ConditionGuard, "steps", monkeypatch)
        self._count(UpdateAction, "changed", monkeypatch)

    def _count(self, owner: type, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        method = getattr(owner, name)

        def counted(of: Any, old: Image | None) -> Any:
            if self.held:
                self.under_lock += 1
            else:
                self.before += 1
            return method(of, old)

        monkeypatch.setattr(owner, name, counted)


@pytest.fixture
def music(plane: ControlPlane) -> ControlPlane:
    plane.call("CreateTable", **on_demand())
    return plane


def _statement(text: str) -> dict[str, str]:
    return {"Statement": text}


WHERE = " WHERE pk = 'p' AND (" + " OR ".join(["contains(v, 'x')"] * TESTS) + ")"
SET = _statement('UPDATE "music" SET n = 7' + WHERE)
UPDATE = {"UpdateExpression": "SET n = n + :0"}


def _alone(kind: str, **request: Any) -> dict[str, Any]:
    """A transaction of one write."""
    return {"TransactItems": [{kind: {"Key": KEY, **IN_TABLE, **request}}]}


WRITES: list[tuple[str, dict[str, Any]]] = [
    ("PutItem", {"Item": {**KEY, "new": {"BOOL": True}}, **HOLDS, **IN_TABLE}),
    ("DeleteItem", {"Key": KEY, **HOLDS, **IN_TABLE}),
    ("UpdateItem", {"Key": KEY, **UPDATE, **HOLDS, **IN_TABLE, "ReturnValues": "ALL_NEW"}),
    ("TransactWriteItems", _alone("Update", **UPDATE, **HOLDS)),
    ("TransactWriteItems", _alone("ConditionCheck", **HOLDS)),
    ("ExecuteStatement", SET),
    ("ExecuteStatement", _statement('DELETE FROM "music"' + WHERE)),
    ("ExecuteTransaction", {"TransactStatements": [SET]}),
    ("BatchExecuteStatement", {"Statements": [SET]}),
    ("PutItem", {"Item": KEY, **FAILS, **IN_TABLE}),
    ("UpdateItem", {"Key": KEY, "UpdateExpression": "SET n = :y", **FAILS, **IN_TABLE}),
    ("TransactWriteItems", _alone("Delete", **FAILS)),
]


def _result(plane: ControlPlane, operation: str, payload: dict[str, Any]) -> Any:
    """What an operation answers, and the item afterwards."""
    try:
        answer: Any = plane.call(operation, **payload)
    except ServiceError as error:
        answer = (error.code(), error.message, orjson.dumps(error.details))
    return answer, plane.call("GetItem", TableName="music", Key=KEY, ConsistentRead=True)


@pytest.mark.parametrize(("operation", "payload"), WRITES)
def test_large_items_are_decided_on_before_the_lock_with_the_same_result(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch, operation: str, payload: dict[str, Any]
) -> None:
    music.put(LARGE)
    with monkeypatch.context() as unbounded:
        unbounded.setattr(write_module, "SHORT", 1 << 40)
        expected = _result(music, operation, payload)
    music.put(LARGE)
    lock = Lock(music, monkeypatch)
    assert _result(music, operation, payload) == expected
    assert lock.under_lock == 0
    assert lock.before > 0


def test_small_items_are_decided_on_once_under_the_lock(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    music.put(SMALL)
    lock = Lock(music, monkeypatch)
    music.call("UpdateItem", Key=KEY, **UPDATE, **HOLDS, **IN_TABLE)
    assert (lock.tasks, lock.before, lock.under_lock) == (1, 0, 2)


def test_large_items_that_nothing_is_asked_of_are_replaced_at_once(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    music.put(LARGE)
    lock = Lock(music, monkeypatch)
    music.put(LARGE)
    assert (lock.tasks, lock.before) == (1, 0)


def _often(form: str) -> dict[str, Any]:
    """An update that uses a list of the request thirty times."""
    changes = ", ".join(form % at for at in range(30))
    value = {"L": [{"S": ""}] * 3000}
    return {"UpdateExpression": f"SET {changes}", "ExpressionAttributeValues": {":v": value}}


@pytest.mark.parametrize("before", [None, SMALL])
@pytest.mark.parametrize("form", ["a%d = :v", "a%d = list_append(:v, :v)"])
def test_long_values_are_put_into_items_before_the_lock_with_the_same_result(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch, form: str, before: Any
) -> None:
    payload = {"Key": KEY, **_often(form), **IN_TABLE}
    if before is not None:
        music.put(before)
    with monkeypatch.context() as unbounded:
        unbounded.setattr(write_module, "SHORT", 1 << 40)
        expected = _result(music, "UpdateItem", payload)
    music.call("DeleteItem", Key=KEY, **IN_TABLE)
    if before is not None:
        music.put(before)
    lock = Lock(music, monkeypatch)
    assert _result(music, "UpdateItem", payload) == expected
    assert lock.under_lock == 0
    assert lock.before > 0


@pytest.mark.parametrize("before", [None, SMALL])
def test_long_values_are_searched_before_the_lock_with_the_same_result(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch, before: Any
) -> None:
    payload = {
        "Item": {**KEY, "new": {"BOOL": True}}, **IN_TABLE,
        "ConditionExpression": " OR ".join(["contains(:v, :w)"] * TESTS),
        "ExpressionAttributeValues": {":v": {"L": [{"S": ""}] * 3000}, ":w": {"S": "x"}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }  # fmt: skip
    if before is not None:
        music.put(before)
    with monkeypatch.context() as unbounded:
        unbounded.setattr(write_module, "SHORT", 1 << 40)
        expected = _result(music, "PutItem", payload)
    lock = Lock(music, monkeypatch)
    assert _result(music, "PutItem", payload) == expected
    assert lock.under_lock == 0
    assert lock.before > 0


def test_what_is_far_too_large_is_not_measured_to_its_end(music: ControlPlane) -> None:
    music.put({**KEY, "l": {"L": []}})
    elements = ", ".join(f"l[{at}] = :v" for at in range(250))
    update = {
        "UpdateExpression": f"SET {elements}",
        "ExpressionAttributeValues": {":v": {"L": [{"S": ""}] * 100_000}},
    }
    began = time.process_time()
    with pytest.raises(ServiceError):
        music.call("TransactWriteItems", **_alone("Update", **update))
    assert time.process_time() - began < 2


def test_the_items_of_a_transaction_count_together(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them alone would be decided on under the lock."""
    keys = [{"pk": {"S": str(at)}} for at in range(12)]
    for key in keys:
        music.put({**LARGE, **key})
    check = {
        "ConditionExpression": "contains(v, :x)",
        "ExpressionAttributeValues": {":x": {"S": "x"}},
        **IN_TABLE,
    }
    lock = Lock(music, monkeypatch)
    few = [{"ConditionCheck": {"Key": key, **check}} for key in keys[:2]]
    music.call("TransactWriteItems", TransactItems=few)
    assert (lock.tasks, lock.before, lock.under_lock) == (1, 0, 2)
    many = [{"ConditionCheck": {"Key": key, **check}} for key in keys]
    music.call("TransactWriteItems", TransactItems=many)
    assert lock.tasks == 3
    assert lock.before == len(keys)


Interfere = Callable[[Any], Awaitable[None]]


def _interfering(monkeypatch: pytest.MonkeyPatch, interfere: Interfere) -> list[int]:
    """Have something happen after each time that decisions were made; returns their rooms."""
    decide = write_module.decide
    rooms = []

    async def then_interfere(database: Any, writes: Any, room: int, caller: Any) -> Any:
        decisions = await decide(database, writes, room, caller)
        rooms.append(room)
        await interfere((database, writes[0].key))
        return decisions

    monkeypatch.setattr(write_module, "decide", then_interfere)
    return rooms


def _stored(item: dict[str, Any]) -> bytes:
    return Image.of(item, 50_100).stored


def test_an_item_that_has_changed_meanwhile_is_decided_on_again(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    music.put(LARGE)

    async def change_once(place: Any) -> None:
        database, key = place
        if len(rooms) == 1:
            await database.engine.write(Store(key, _stored({**LARGE, "n": {"N": "5"}})))

    rooms = _interfering(monkeypatch, change_once)
    lock = Lock(music, monkeypatch)
    answer = music.call(
        "UpdateItem", Key=KEY, **UPDATE, **HOLDS, **IN_TABLE, ReturnValues="UPDATED_NEW"
    )
    assert answer["Attributes"] == {"n": {"N": "5"}}, "n + 0 of the later item"
    assert rooms == [2 * long_decisions.UNDER_LOCK, 4 * long_decisions.UNDER_LOCK]
    assert lock.under_lock == 0


def test_an_item_of_which_the_condition_is_no_longer_true(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    music.put(LARGE)

    async def shrink(place: Any) -> None:
        database, key = place
        await database.engine.write(Store(key, _stored({**SMALL, "v": {"S": "other"}})))

    _interfering(monkeypatch, shrink)
    refusal = music.refusal("DeleteItem", Key=KEY, **HOLDS, **IN_TABLE)
    assert refusal.code() == "ConditionalCheckFailedException"
    assert music.call("GetItem", Key=KEY, **IN_TABLE)["Item"]["v"] == {"S": "other"}


def test_a_write_that_is_always_overtaken_is_decided_under_the_lock_as_far_as_there_is_room(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    music.put(LARGE)

    async def change(place: Any) -> None:
        database, key = place
        item = {**LARGE, "n": {"N": str(len(rooms))}}
        await database.engine.write(Store(key, _stored(item)))

    rooms = _interfering(monkeypatch, change)
    lock = Lock(music, monkeypatch)
    music.call("UpdateItem", Key=KEY, **UPDATE, **HOLDS, **IN_TABLE)
    assert lock.under_lock == 2, "once, its condition and its change"
    del rooms[:]
    monkeypatch.setattr(write_module, "NONE_MADE", long_decisions.Decisions({}, 0))
    with pytest.raises(StorageUnavailable):
        music.call("UpdateItem", Key=KEY, **UPDATE, **HOLDS, **IN_TABLE)
    assert len(rooms) == long_decisions.ATTEMPTS


def test_a_repeated_transaction_is_not_decided_on_again(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    music.put(LARGE)
    items = [{"Update": {"Key": KEY, **UPDATE, **HOLDS, **IN_TABLE}}]
    music.call("TransactWriteItems", TransactItems=items, ClientRequestToken="once")
    lock = Lock(music, monkeypatch)
    music.call("TransactWriteItems", TransactItems=items, ClientRequestToken="once")
    assert (lock.before, lock.under_lock) == (0, 0)


def test_a_table_with_an_index_being_backfilled(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    music.put(LARGE)
    music.call(
        "UpdateTable",
        TableName="music",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "a")
        ],
        GlobalSecondaryIndexUpdates=[{"Create": index("gsi", "a")}],
    )
    lock = Lock(music, monkeypatch)
    music.call("UpdateItem", Key=KEY, **UPDATE, **HOLDS, **IN_TABLE)
    assert lock.under_lock == 0


def test_few_items_are_decoded_at_a_time_and_none_until_the_task_has_run(
    music: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = most = 0

    async def applied(_action: Any, old: Any, _turns: Any) -> Image:
        nonlocal held, most
        held += 1
        most = max(most, held)
        await asyncio.sleep(0)
        held -= 1
        after = {**old.item, "new": {"BOOL": True}}
        return Image.of(after, item_size(after))

    monkeypatch.setattr(long_decisions, "_applied", applied)
    item = {**KEY, "v": {"S": "x" * 300_000}}
    old = Image.of(item, item_size(item))
    update = UpdateAction.__new__(UpdateAction)

    async def decided() -> list[long_decisions.Decision]:
        one = partial(long_decisions._decision, music.database, update, old, Turns(), None)
        return await asyncio.gather(*[one() for _ in range(10)])

    for decision in music.run(decided()):
        assert decision.new is not None
        assert decision.new._item is None
        assert decision.new._joined is None
        assert decision.new.item["new"] == {"BOOL": True}
    assert most == DECODED // 2, "the rest is for other callers"
